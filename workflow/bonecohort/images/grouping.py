"""From the planes of a folder to candidate stacks of one matrix, direction, reconstruction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bonecohort.images.energy import ENERGY_FACT, KIND_FACT
from bonecohort.images.geometry import (
    MIN_SLICES,
    by_position,
    distinct_positions,
    is_even,
    placed,
    same_direction,
)
from bonecohort.images.slices import Slice, count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

FactValue = Any  # a number, a text or a list of texts
SPACING_DECIMALS = 3  # PixelSpacing equal to a thousandth of a millimetre is equal

# What must be one value in a stack. A series that holds several is split by them.
CONSTANT_FACTS = (
    "ConvolutionKernel", "KVP", "EchoTime", "EchoNumber", KIND_FACT, ENERGY_FACT
)  # fmt: skip
# What may change in a good stack, and distinguishes two stacks when they overlap.
OVERLAP_FACTS = (
    "AcquisitionNumber",
    "TemporalPositionIdentifier",
    "SliceThickness",
    "ImageType",
    "ContrastBolusAgent",
    "ReconstructionDiameter",
    "FlipAngle",
    "RepetitionTime",
)
UNITS = {"KVP": " kV", "EchoTime": " s", "SliceThickness": " mm", ENERGY_FACT: " keV"}


@dataclass
class Candidate:
    """Planes that may make a volume; ``problems`` refuse it once it is chosen."""

    slices: list[Slice]
    problems: list[str] = field(default_factory=list)
    separated_by: tuple[str, ...] = ()
    odd: list[Slice] = field(default_factory=list)  # derived images of the series left out

    @property
    def is_stack(self) -> bool:
        """Whether there are enough positions to make a volume."""
        return distinct_positions(self.slices) >= MIN_SLICES


@dataclass
class Remainder:
    """Planes of a series that make no stack, and why."""

    series: str
    count: int
    reason: str


def find_candidates(slices: Iterable[Slice]) -> tuple[list[Candidate], list[Remainder]]:
    """Split planes into candidate stacks.

    A series is split by matrix, direction and the values of ``CONSTANT_FACTS``. Where planes then
    still overlap, it is split by one of ``OVERLAP_FACTS`` that makes every part an even stack. What
    is left of a series beside its stacks becomes a problem of those stacks: a stack that lost a
    plane to a wrong tag must not pass as whole. Only derived images (a reformat that a workstation
    added) are left out of a stack of original ones, which is whole without them.
    """
    candidates: list[Candidate] = []
    remainders: list[Remainder] = []
    for series, members in _grouped(slices, lambda dicom_slice: dicom_slice.series.name).items():
        result, strays = _split_series(members)
        strays = _without_derived(result, strays)
        candidates.extend(result)
        if not result:
            remainders.append(Remainder(str(series), len(members), _why_no_stack(members)))
        elif strays:
            for candidate in result:
                candidate.problems.extend(_describe_strays(strays, candidate))
    return candidates, remainders


def _grouped(
    slices: Iterable[Slice], key: Callable[[Slice], Hashable]
) -> dict[Hashable, list[Slice]]:
    groups: dict[Hashable, list[Slice]] = defaultdict(list)
    for dicom_slice in slices:
        groups[key(dicom_slice)].append(dicom_slice)
    return dict(groups)


def _split_series(members: Sequence[Slice]) -> tuple[list[Candidate], list[Slice]]:
    """Return the stacks of one series and the planes that belong to none."""
    candidates: list[Candidate] = []
    strays = [dicom_slice for dicom_slice in members if dicom_slice.place is None]
    lying = [dicom_slice for dicom_slice in members if dicom_slice.place is not None]
    for geometry in _grouped(lying, matrix_of).values():
        for parallel in _by_direction(geometry):
            stacks, rest = _by_reconstruction(parallel)
            candidates.extend(stacks)
            strays.extend(rest)
    return candidates, strays


def _without_derived(result: Sequence[Candidate], strays: Sequence[Slice]) -> list[Slice]:
    """Take derived images out of stacks of original ones; return the planes that stay strays."""
    for candidate in result:
        originals = [dicom_slice for dicom_slice in candidate.slices if not is_derived(dicom_slice)]
        is_mixed = 0 < len(originals) < len(candidate.slices)
        if is_mixed and not is_even(candidate.slices) and is_even(originals):
            candidate.odd = [
                dicom_slice for dicom_slice in candidate.slices if is_derived(dicom_slice)
            ]
            candidate.slices = originals
    of_originals = [one for one in result if not any(map(is_derived, one.slices))]
    if not of_originals or len(of_originals) < len(result):
        return list(strays)
    for candidate in of_originals:
        candidate.odd += [dicom_slice for dicom_slice in strays if is_derived(dicom_slice)]
    return [dicom_slice for dicom_slice in strays if not is_derived(dicom_slice)]


def is_derived(dicom_slice: Slice) -> bool:
    """Whether ImageType says that a plane was made of other images (PS3.3, C.7.6.1.1.2)."""
    return "DERIVED" in dicom_slice.facts.get("ImageType", ())


def matrix_of(dicom_slice: Slice) -> Hashable:
    """Return what planes of one grid have in common, beside their direction."""
    place = placed(dicom_slice)
    return (
        dicom_slice.layout.rows,
        dicom_slice.layout.columns,
        round(place.row_spacing_mm, SPACING_DECIMALS),
        round(place.column_spacing_mm, SPACING_DECIMALS),
        dicom_slice.series.frame_of_reference,
    )


def _by_direction(slices: Sequence[Slice]) -> list[list[Slice]]:
    groups: list[list[Slice]] = []
    for dicom_slice in slices:
        home = next((g for g in groups if same_direction(placed(g[0]), placed(dicom_slice))), None)
        if home is None:
            groups.append([dicom_slice])
        else:
            home.append(dicom_slice)
    return groups


def _by_reconstruction(parallel: list[Slice]) -> tuple[list[Candidate], list[Slice]]:
    """Split parallel planes by what must be constant, then by what separates overlapping ones."""
    varying = tuple(name for name in CONSTANT_FACTS if _varies(parallel, name))
    parts = list(_grouped(parallel, lambda dicom_slice: _values(dicom_slice, varying)).values())
    candidates: list[Candidate] = []
    strays: list[Slice] = []
    for part in parts:
        candidate = Candidate(part, separated_by=varying)
        if not candidate.is_stack:
            strays.extend(part)
        elif is_even(part):
            candidates.append(candidate)
        else:
            candidates.extend(_by_overlap(candidate))
    return candidates, strays


def _by_overlap(candidate: Candidate) -> list[Candidate]:
    """Split planes that overlap by the one value that makes every part an even stack."""
    for name in OVERLAP_FACTS:
        parts = list(_grouped(candidate.slices, partial(_values, names=(name,))).values())
        if len(parts) > 1 and all(is_even(part) for part in parts) and _overlap(parts):
            apart = (*candidate.separated_by, name)
            return [Candidate(part, separated_by=apart) for part in parts]
    return [candidate]


def _overlap(parts: Sequence[Sequence[Slice]]) -> bool:
    """Whether the parts cover one another, rather than follow one another."""
    normal = placed(parts[0][0]).normal
    ranges = sorted(
        (min(heights), max(heights))
        for part in parts
        for heights in [[float(placed(dicom_slice).position_mm @ normal) for dicom_slice in part]]
    )
    return all(low < high for (_, high), (low, _) in pairwise(ranges))


def _varies(slices: Sequence[Slice], name: str) -> bool:
    return len({_values(dicom_slice, (name,)) for dicom_slice in slices}) > 1


def _values(dicom_slice: Slice, names: tuple[str, ...]) -> Hashable:
    return tuple(_hashable(dicom_slice.facts.get(name)) for name in names)


def _hashable(value: FactValue) -> Hashable:
    return tuple(value) if isinstance(value, list) else value


def _why_no_stack(members: Sequence[Slice]) -> str:
    """Say why a series makes no volume."""
    lying = [dicom_slice for dicom_slice in members if dicom_slice.place is not None]
    if not lying:
        return (
            "its images lack a usable ImagePositionPatient, ImageOrientationPatient or PixelSpacing"
        )
    largest = max(_by_direction(lying), key=len)
    positions = distinct_positions(largest)
    if positions == 1 and len(largest) > 1:
        return f"its {len(largest)} images lie at one position, so they make no volume"
    return (
        f"it has only {count_of(len(lying), 'slice')}, at {count_of(positions, 'position')} "
        f"along one normal; at least {MIN_SLICES} are needed to make a volume"
    )


def _describe_strays(strays: Sequence[Slice], candidate: Candidate) -> list[str]:
    """Say what sets the planes apart that belong to a stack's series but not to the stack."""
    reference = candidate.slices[0]
    reasons: dict[str, int] = defaultdict(int)
    for dicom_slice in strays:
        reasons[_difference(dicom_slice, reference)] += 1
    return [f"{count_of(count, 'slice')} of the series {why}" for why, count in reasons.items()]


def _difference(dicom_slice: Slice, reference: Slice) -> str:
    if dicom_slice.place is None:
        return (
            "lack a usable ImagePositionPatient, ImageOrientationPatient or PixelSpacing, where "
            "the others have them"
        )
    if (dicom_slice.layout.rows, dicom_slice.layout.columns) != (
        reference.layout.rows,
        reference.layout.columns,
    ):
        return (
            f"have another matrix size: {dicom_slice.layout.rows} × "
            f"{dicom_slice.layout.columns} (Rows × Columns) where the others have "
            f"{reference.layout.rows} × {reference.layout.columns}"
        )
    if not same_direction(placed(dicom_slice), placed(reference)):
        return "have another orientation (ImageOrientationPatient) than the others"
    if matrix_of(dicom_slice) != matrix_of(reference):
        return "have another PixelSpacing or frame of reference than the others"
    names = [
        name
        for name in CONSTANT_FACTS
        if _values(dicom_slice, (name,)) != _values(reference, (name,))
    ]
    return "differ from the others in " + ", ".join(
        f"{name} ({dicom_slice.facts.get(name, 'absent')} where the others have "
        f"{reference.facts.get(name, 'none')})"
        for name in names
    )


def describe(candidate: Candidate) -> str:
    """Name a candidate by its series and its acquisition, without any description text."""
    first = candidate.slices[0]
    number = f"series {first.series.number}" if first.series.number else "unnumbered series"
    uid = f", series_uid {first.series.label}" if first.series.uid else ""
    spacing = by_position(candidate.slices)
    details = [f"{len(spacing)} slices"]
    for name in dict.fromkeys((*_SHOWN_FACTS, *candidate.separated_by)):
        if name in first.facts:
            value = first.facts[name]
            text = "/".join(value) if isinstance(value, list) else value
            details.append(f"{name} {text}{UNITS.get(name, '')}")
    return f"{number} ({', '.join(details)}{uid})"


_SHOWN_FACTS = ("ConvolutionKernel", "SliceThickness", "EchoTime", KIND_FACT, ENERGY_FACT)
