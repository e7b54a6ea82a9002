"""Diffusion images that were made of others beside them: each direction counts once.

A scanner gives an image a direction, and beside them, or instead, the one that they make (the
trace, TRACEW). Where both are there the trace counts, as the vendor made it.

A series of b 0 alone may have the opposite phase encoding, and so another distortion. It is left
out beside a weighted series that has its own b 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.images.diffusion import B_KEY, DIRECTIONAL, DIRECTIONALITY_KEY, ISOTROPIC
from bonecohort.images.slices import count_of
from bonecohort.images.volume_index import LOWEST_B

if TYPE_CHECKING:
    from bonecohort.images.slices import Slice

BySeries = dict[str, list["Slice"]]


def without_doubles(series: BySeries) -> tuple[BySeries, list[str]]:
    """Leave out directions whose trace is there, and images at b 0 that another series repeats.

    Returns
    -------
    series, notes
        The planes by series, and what was left out.
    """
    of_trace = {
        _b(dicom_slice)
        for planes in series.values()
        for dicom_slice in planes
        if _is(dicom_slice, ISOTROPIC)
    }
    kept = {
        name: [
            dicom_slice
            for dicom_slice in planes
            if not (_is(dicom_slice, DIRECTIONAL) and _b(dicom_slice) in of_trace)
        ]
        for name, planes in series.items()
    }
    kept = {name: planes for name, planes in kept.items() if planes}
    notes = _note(series, kept, "the trace of them is there.")
    weighted = {name: planes for name, planes in kept.items() if not _is_reference_only(planes)}
    if not any(map(_has_reference, weighted.values())):
        return kept, notes
    why = "they hold b 0 alone, and the weighted series has its own."
    return weighted, notes + _note(kept, weighted, why)


def _note(before: BySeries, after: BySeries, why: str) -> list[str]:
    left = sum(map(len, before.values())) - sum(map(len, after.values()))
    return [f"{count_of(left, 'image was', 'images were')} left out: {why}"] if left else []


def _is(dicom_slice: Slice, directionality: str) -> bool:
    weighted = dicom_slice.facts[B_KEY] >= LOWEST_B
    return weighted and dicom_slice.facts.get(DIRECTIONALITY_KEY) == directionality


def _b(dicom_slice: Slice) -> int:
    return round(float(dicom_slice.facts[B_KEY]))


def _has_reference(planes: list[Slice]) -> bool:
    return any(dicom_slice.facts[B_KEY] < LOWEST_B for dicom_slice in planes)


def _is_reference_only(planes: list[Slice]) -> bool:
    return all(dicom_slice.facts[B_KEY] < LOWEST_B for dicom_slice in planes)
