"""From the files of a series to what is known of its stacks of planes."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.energy import check_spectral
from bonecohort.images.geometry import by_position, heights_mm, placed, stack_affine
from bonecohort.images.grouping import Candidate, find_candidates
from bonecohort.images.slices import PixelLayout, Place, SeriesKey, Slice
from bonecohort.images.sources import SourceFile
from bonecohort.images.stack_choice import is_t2

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.intake.cache import CachedSeries, HeaderCache

HEAD = 2  # the axis of LPS that points to the head


@dataclass(frozen=True)
class Stack:
    """Parallel planes that make a volume, unless ``fault`` says why the converter refuses them."""

    n_slices: int
    normal: tuple[float, float, float]  # LPS
    spacing_mm: float
    coverage_mm: float  # along the normal, from outer face to outer face
    height_mm: float  # of one plane's field of view, along the body
    facts: dict[str, Any] = field(default_factory=dict)  # acquisition values by BIDS name
    described_as_t2: bool = False
    t2_weighted: bool = False
    fault: str = ""
    separated_by: tuple[str, ...] = ()
    energy_allowed: bool = True  # a conventional CT, or of an energy that the study accepts


@dataclass(frozen=True)
class SeriesSummary:
    """One series of one participant, without identity; ``refusal`` says why it is no volume."""

    uid: str
    number: str
    day: int | None  # since the participant's first date
    modality: str
    folder: Path
    shares_folder: bool
    n_files: int
    stacks: tuple[Stack, ...] = ()
    refusal: str = ""
    words: frozenset[str] = frozenset()
    age_years: int | None = None
    sex: str = ""


def summarise_participant(
    cache: HeaderCache,
    offset_days: Mapping[int, int | None],
    allowed_kev: tuple[float, float] | None = None,
) -> list[SeriesSummary]:
    """Return every series of a participant, in the order they were met.

    ``offset_days`` has a number for each row of the key of the participant: the days from the
    participant's first date to the row's. It is None where that is unknown. ``allowed_kev`` are the
    lowest and the highest energy of monoenergetic images that the study accepts.
    """
    return [
        _summarise(cache, cached, offset_days[cached.record], allowed_kev)
        for cached in cache.series_of(offset_days)
    ]


def _summarise(
    cache: HeaderCache,
    series: CachedSeries,
    offset_days: int | None,
    allowed_kev: tuple[float, float] | None,
) -> SeriesSummary:
    files = list(cache.files_of(series.rows))
    day = None if series.day is None or offset_days is None else series.day + offset_days
    folder = Path(os.path.commonpath([str(Path(path).parent) for path, _ in files]))
    traits = [_parsed(text) for _, planes in files for text, _ in planes]
    refusals = Counter(one["refusal"] for one in traits if one["refusal"])
    described_as_t2 = any("T2" in one["words"] for one in traits)
    key = SeriesKey(series.uid, series.number, "", "", described_as_t2)
    slices = [
        _slice(key, text, position)
        for _, planes in files
        for text, position in planes
        if not _parsed(text)["refusal"]
    ]
    stacks, refusal = stacks_of(slices, allowed_kev)
    if not slices:
        refusal = refusals.most_common(1)[0][0] if refusals else "no image"
    return SeriesSummary(
        uid=series.uid,
        number=series.number,
        day=day,
        modality=next((one["modality"] for one in traits), ""),
        folder=folder,
        shares_folder=cache.is_shared(folder, series.rows),
        n_files=len(files),
        stacks=stacks,
        refusal=refusal,
        words=frozenset(word for one in traits for word in one["words"]),
        age_years=next((one["age_years"] for one in traits if one["age_years"] is not None), None),
        sex=next((one["sex"] for one in traits if one["sex"]), ""),
    )


def stacks_of(
    slices: Iterable[Slice], allowed_kev: tuple[float, float] | None = None
) -> tuple[tuple[Stack, ...], str]:
    """Return the stacks of one series, as the converter would find them, or why there is none."""
    candidates, remainders = find_candidates(slices)
    refusal = "" if candidates or not remainders else remainders[0].reason
    return tuple(_stack(candidate, allowed_kev) for candidate in candidates), refusal


def _stack(candidate: Candidate, allowed_kev: tuple[float, float] | None) -> Stack:
    first = candidate.slices[0]
    place = placed(first)
    # Duplicates are the converter's to judge, for it sees their pixels.
    planes = [group[0] for group in by_position(candidate.slices)]
    heights = heights_mm(planes, place.normal)
    spacing = float(np.median(np.diff(heights)))
    x, y, z = (float(part) for part in place.normal)
    rows_mm = first.layout.rows * place.row_spacing_mm * abs(place.column_direction[HEAD])
    columns_mm = first.layout.columns * place.column_spacing_mm * abs(place.row_direction[HEAD])
    return Stack(
        n_slices=len(planes),
        normal=(x, y, z),
        spacing_mm=spacing,
        coverage_mm=float(heights[-1] - heights[0]) + spacing,
        height_mm=float(rows_mm + columns_mm),
        facts=first.facts,
        described_as_t2=first.series.described_as_t2,
        t2_weighted=is_t2(first),
        fault=_fault(candidate, planes),
        separated_by=candidate.separated_by,
        energy_allowed=_energy_allowed(first.facts, allowed_kev),
    )


def _energy_allowed(facts: Mapping[str, Any], allowed_kev: tuple[float, float] | None) -> bool:
    """Whether the converter would not refuse an image for its X-ray energy."""
    try:
        check_spectral(facts, allowed_kev)
    except DataFault:
        return False
    return True


def _fault(candidate: Candidate, planes: list[Slice]) -> str:
    """Return why the converter would refuse a stack for its geometry; '' when it would not."""
    if candidate.problems:
        return candidate.problems[0]
    try:
        stack_affine(planes)
    except DataFault as fault:
        return fault.reason.rstrip(".")
    return ""


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> dict[str, Any]:
    traits: dict[str, Any] = json.loads(text)
    return traits


def _slice(key: SeriesKey, text: str, position: list[float] | None) -> Slice:
    """Return a plane as the converter's grouping knows it; its pixels are not looked at."""
    traits = _parsed(text)
    layout = PixelLayout("", None, 0, traits["rows"], traits["columns"], 0, 0, signed=False)
    place = None
    if position is not None:
        orientation = np.array(traits["orientation"])
        place = Place(np.array(position), orientation[:3], orientation[3:], *traits["spacing"])
    return Slice(
        file=_NO_FILE,
        frame=0,
        layout=layout,
        place=place,
        rescale=None,
        rescale_type="",
        series=SeriesKey(
            key.uid, key.number, "", traits["frame_of_reference"], key.described_as_t2
        ),
        instance_number="",
        facts=traits["facts"],
    )


def _no_pixels() -> Any:
    raise NotImplementedError("a header's plane has no pixels")


_NO_FILE = SourceFile("", _no_pixels)
