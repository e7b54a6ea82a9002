"""Several planes at one position: identical copies are left out, anything else is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.geometry import by_position, heights_mm, placed
from bonecohort.images.pixels import read_stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.images.slices import Slice


def drop_duplicates(slices: Sequence[Slice]) -> tuple[list[Slice], list[Slice]]:
    """Return one plane a position, in order, and the identical copies left out.

    Raises
    ------
    DataFault
        Planes at one position differ.
    """
    stack: list[Slice] = []
    dropped: list[Slice] = []
    differing: list[list[Slice]] = []
    groups = by_position(slices)
    for group in groups:
        stack.append(group[0])
        if len(group) == 1:
            continue
        first = read_stored(group[0])
        same = [
            dicom_slice.rescale == group[0].rescale
            and np.array_equal(read_stored(dicom_slice), first)
            for dicom_slice in group[1:]
        ]
        dropped += [
            dicom_slice for dicom_slice, equal in zip(group[1:], same, strict=True) if equal
        ]
        if not all(same):
            differing.append(group)
    if differing:
        raise DataFault(_describe_differing(differing, len(groups)))
    return stack, dropped


def _describe_differing(differing: list[list[Slice]], positions: int) -> str:
    group = differing[0]
    height = float(heights_mm(group[:1], placed(group[0]).normal)[0])
    numbers = ", ".join(dicom_slice.instance_number or "?" for dicom_slice in group[:4])
    several = (
        " Two reconstructions or phases seem to share one series." if len(differing) > 1 else ""
    )
    return (
        f"Different images lie at one position, at {len(differing)} of {positions} positions. An "
        f"example is slice numbers {numbers} at {height:.1f} mm along the slice normal.{several} "
        "Export the series to be measured alone."
    )
