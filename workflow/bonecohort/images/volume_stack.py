"""The planes of a folder as a stack of volumes of one grid, distinguished by an index.

Where a single volume asks for one reconstruction, a stack takes every series that belongs to one
acquisition: each b value or echo may be a series of its own. Repeats of one volume stay apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.diffusion import B_KEY
from bonecohort.images.geometry import by_position, placed, same_direction
from bonecohort.images.grouping import matrix_of
from bonecohort.images.pixels import read_stored
from bonecohort.images.slices import count_of
from bonecohort.images.stack_choice import check_one_patient, of_series
from bonecohort.images.trace_choice import without_doubles
from bonecohort.images.volume_index import (
    B_INDEX,
    ECHO_INDEX,
    ECHO_KEY,
    TAGS,
    check_b_value,
    index_key,
    index_text,
    is_other_part,
    is_reference,
    lacks_index,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from bonecohort.images.slices import Slice
    from bonecohort.techniques.image import Image

BySeries = dict[str, list["Slice"]]
NAME_ONE = "Name one in the series_uid column of series.tsv, or list a folder with those alone."
SAME_ECHO_S = 1e-5


@dataclass(frozen=True)
class VolumeStack:
    """Volumes of one grid, each in order along the normal; sorted by their index.

    Attributes
    ----------
    volumes
        The planes of each volume.
    dropped
        Identical copies left out.
    notes
        What was not taken.
    """

    volumes: list[list[Slice]]
    dropped: list[Slice]
    notes: list[str]

    @property
    def planes(self) -> list[Slice]:
        """All planes, volume by volume."""
        return [plane for volume in self.volumes for plane in volume]


def find_volumes(slices: Sequence[Slice], image: Image, series_uid: str | None) -> VolumeStack:
    """Return the stack of volumes that the planes of a folder make.

    Raises
    ------
    DataFault
        No series gives the index, or not of every image. Planes are missing. Several series hold
        the same volume, so it is not known which is meant.
    """
    wanted = of_series(slices, series_uid) if series_uid else list(slices)
    check_one_patient(wanted)
    wanted, notes = _of_kind(wanted, image)
    series, more = _with_index(wanted, image)
    notes += more
    if B_INDEX in image.volumes:
        for dicom_slice in (plane for planes in series.values() for plane in planes):
            check_b_value(dicom_slice.facts[B_KEY])
        series, more = without_doubles(series)
        notes += more
    series, dropped = _without_copies(series, image)
    _check_one_grid(series)
    if ECHO_INDEX not in image.volumes:
        _check_one_echo(series)
    _check_no_rival(series, image)
    return VolumeStack(_volumes(series, image), dropped, notes)


def is_of_stack(dicom_slice: Slice, image: Image) -> bool:
    """Whether an image is neither a map computed from the stack nor another part of the signal."""
    words = {str(word).upper() for word in dicom_slice.facts.get("ImageType", ())}
    return not words & set(image.without) and not is_other_part(dicom_slice.facts, image)


def _of_kind(slices: Sequence[Slice], image: Image) -> tuple[list[Slice], list[str]]:
    """Leave out maps computed from the stack, and other parts of the signal."""
    kept = [dicom_slice for dicom_slice in slices if is_of_stack(dicom_slice, image)]
    if not kept:
        words = ", ".join(image.without)
        raise DataFault(f"Every image is a map or another part of the signal (ImageType {words}).")
    left = len(slices) - len(kept)
    text = f"{count_of(left, 'image was', 'images were')} left out: computed maps by ImageType."
    return kept, [text] if left else []


def _with_index(slices: Sequence[Slice], image: Image) -> tuple[BySeries, list[str]]:
    """Return the planes by series; a series without any index is left out."""
    result: BySeries = defaultdict(list)
    for dicom_slice in slices:
        result[dicom_slice.series.name].append(dicom_slice)
    series: BySeries = {}
    lacking_all = []
    for name, planes in result.items():
        lacking = [
            text for dicom_slice in planes if (text := lacks_index(dicom_slice.facts, image))
        ]
        if len(lacking) == len(planes):
            lacking_all += lacking
        elif lacking:
            raise DataFault(
                f"Of {len(planes)} images of the series {len(lacking)} "
                f"{'has' if len(lacking) == 1 else 'have'} no {lacking[0]} ({TAGS[lacking[0]]}): "
                "every image needs one. Export the series again."
            )
        else:
            series[name] = planes
    if not series:
        raise DataFault(
            f"None of {count_of(len(slices), 'image')} has the {lacking_all[0]} "
            f"({TAGS[lacking_all[0]]}). Export the series with it, or convert it by dcm2niix and "
            "list its NIfTI file."
        )
    left = len(result) - len(series)
    text = f"{count_of(left, 'series', 'series')} without {' and '.join(image.volumes)} left out."
    return series, [text] if left else []


def _without_copies(series: BySeries, image: Image) -> tuple[BySeries, list[Slice]]:
    """Drop planes of one series of the same number, place, index and pixels as another."""
    dropped: list[Slice] = []
    kept: BySeries = {}
    for name, planes in series.items():
        by_number: dict[Hashable, list[Slice]] = defaultdict(list)
        for dicom_slice in planes:
            place = tuple(np.round(dicom_slice.place.position_mm, 2)) if dicom_slice.place else None
            by_number[
                dicom_slice.instance_number,
                dicom_slice.frame,
                place,
                index_key(dicom_slice.facts, image),
            ].append(dicom_slice)
        copies = {
            id(other)
            for same in by_number.values()
            if len(same) > 1
            for first in [read_stored(same[0])]
            for other in same[1:]
            if other.rescale == same[0].rescale and np.array_equal(read_stored(other), first)
        }
        dropped += [dicom_slice for dicom_slice in planes if id(dicom_slice) in copies]
        kept[name] = [dicom_slice for dicom_slice in planes if id(dicom_slice) not in copies]
    return kept, dropped


def _check_one_grid(series: BySeries) -> None:
    planes = [dicom_slice for own in series.values() for dicom_slice in own]
    unplaced = sum(dicom_slice.place is None for dicom_slice in planes)
    if unplaced:
        raise DataFault(
            f"{count_of(unplaced, 'image')} of {len(planes)} lack a usable ImagePositionPatient, "
            "ImageOrientationPatient or PixelSpacing."
        )
    first = planes[0]
    others = [
        dicom_slice
        for dicom_slice in planes
        if matrix_of(dicom_slice) != matrix_of(first)
        or not same_direction(placed(dicom_slice), placed(first))
    ]
    if others:
        raise DataFault(
            f"The images lie on several grids: {len(others)} of {len(planes)} have another matrix, "
            f"spacing, orientation or frame of reference than the others. {NAME_ONE}"
        )


def _check_one_echo(series: BySeries) -> None:
    """Refuse volumes whose echo times differ: T2 would weight them differently."""
    times = [dicom_slice.facts.get(ECHO_KEY) for own in series.values() for dicom_slice in own]
    times_s = sorted({float(time) for time in times if time is not None})
    if times_s and times_s[-1] - times_s[0] > SAME_ECHO_S:
        listed = " and ".join(f"{1000 * time:g}" for time in (times_s[0], times_s[-1]))
        raise DataFault(
            f"The volumes have different echo times, {listed} ms: they are of several "
            f"acquisitions. {NAME_ONE}"
        )


def _check_no_rival(series: BySeries, image: Image) -> None:
    """Refuse a volume that two series hold: a second acquisition, or another reconstruction."""
    seen: dict[Hashable, str] = {}
    for name, planes in series.items():
        for key, dicom_slice in {
            index_key(dicom_slice.facts, image): dicom_slice for dicom_slice in planes
        }.items():
            if seen.setdefault(key, name) != name and not is_reference(dicom_slice.facts, image):
                labels = ", ".join(own[0].series.label or "(blank)" for own in series.values())
                raise DataFault(
                    f"Several series hold {index_text(dicom_slice.facts, image)}: {labels}. "
                    f"{NAME_ONE}"
                )


def _volumes(series: BySeries, image: Image) -> list[list[Slice]]:
    """Return the volumes; each has one plane at every position."""
    planes = [dicom_slice for own in series.values() for dicom_slice in own]
    place_of = {
        id(dicom_slice): place
        for place, group in enumerate(by_position(planes))
        for dicom_slice in group
    }
    positions = max(place_of.values()) + 1
    by_key: dict[tuple[Hashable, ...], list[Slice]] = defaultdict(list)
    for dicom_slice in planes:
        by_key[index_key(dicom_slice.facts, image)].append(dicom_slice)
    volumes = []
    for key in sorted(by_key, key=_sortable):
        stacks: list[list[Slice]] = [[] for _ in range(positions)]
        for dicom_slice in sorted(by_key[key], key=_acquired):
            stacks[place_of[id(dicom_slice)]].append(dicom_slice)
        counts = [len(stack) for stack in stacks]
        if min(counts) < max(counts):
            short = sum(count < max(counts) for count in counts)
            raise DataFault(
                f"Images of {index_text(by_key[key][0].facts, image)} are missing: at {short} of "
                f"{count_of(positions, 'position')} there are fewer than the {max(counts)} at the "
                "others. Export the series again."
            )
        volumes += [[stack[repeat] for stack in stacks] for repeat in range(counts[0])]
    return volumes


def _sortable(key: tuple[Hashable, ...]) -> tuple[tuple[str, object], ...]:
    return tuple((type(part).__name__, part) for part in key)


def _acquired(dicom_slice: Slice) -> tuple[float, ...]:
    """Return what orders repeats at one position."""
    numbers = (
        dicom_slice.facts.get("TemporalPositionIdentifier"),
        dicom_slice.facts.get("AcquisitionNumber"),
        dicom_slice.instance_number or None,
        dicom_slice.frame,
    )
    return tuple(float(number) if number is not None else 0.0 for number in numbers)
