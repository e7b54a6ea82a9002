"""Slices lost at the ends of a series, where no gap shows: what the headers say about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.images.slices import Slice, count_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def lost_end_warnings(stack: Sequence[Slice], others: int, beside: int) -> list[str]:
    """Return doubts whether an even stack is the whole series.

    Parameters
    ----------
    stack
        The slices in order along their normal, one a position.
    others
        Number of other slices of the same series, copies aside: those of other stacks.
    beside
        Number of localizers and the like, which may bear numbers of the series.
    """
    declared = {dicom_slice.facts.get("ImagesInAcquisition") for dicom_slice in stack}
    expected = declared.pop() if len(declared) == 1 else None
    result = len(stack) + others
    if expected and result < expected:
        doubt = f"ImagesInAcquisition is {expected:g} but the series holds {result}"
        return [f"{doubt}: slices at either end may be lost."]
    before = 0 if others or beside else _numbers_before(stack)
    # More numbers before the first slice than slices: the scanner counts from elsewhere.
    if 0 < before <= len(stack):
        doubt = f"InstanceNumber begins at {before + 1}"
        return [f"{doubt}: {count_of(before, 'slice')} at one end may be lost."]
    return []


def _numbers_before(stack: Sequence[Slice]) -> int:
    """Count the numbers from 1 that are absent before a run that follows the positions."""
    numbers = [dicom_slice.instance_number for dicom_slice in stack]
    if not all(number.isdecimal() for number in numbers):
        return 0
    counted = [int(number) for number in numbers]
    first = min(counted)
    run = list(range(first, first + len(counted)))
    return first - 1 if counted in (run, run[::-1]) else 0
