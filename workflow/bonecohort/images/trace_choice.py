"""Diffusion images that were made of others beside them: each direction counts once.

A scanner gives an image a direction, and beside them, or instead, the one that they make (the
trace, TRACEW). Where both are there the trace counts, as the vendor made it.
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
    of_trace = {_b(one) for planes in series.values() for one in planes if _is(one, ISOTROPIC)}
    if not of_trace:
        return series, []
    kept = {
        name: [one for one in planes if not (_is(one, DIRECTIONAL) and _b(one) in of_trace)]
        for name, planes in series.items()
    }
    if any(_has_trace(planes) and _has_reference(planes) for planes in kept.values()):
        kept = {name: planes for name, planes in kept.items() if not _is_reference_only(planes)}
    kept = {name: planes for name, planes in kept.items() if planes}
    left = sum(map(len, series.values())) - sum(map(len, kept.values()))
    text = f"{count_of(left, 'image was', 'images were')} left out: the trace of them is there."
    return kept, [text] if left else []


def _is(one: Slice, directionality: str) -> bool:
    weighted = one.facts[B_KEY] >= LOWEST_B
    return weighted and one.facts.get(DIRECTIONALITY_KEY) == directionality


def _b(one: Slice) -> int:
    return round(float(one.facts[B_KEY]))


def _has_trace(planes: list[Slice]) -> bool:
    return any(_is(one, ISOTROPIC) for one in planes)


def _has_reference(planes: list[Slice]) -> bool:
    return any(one.facts[B_KEY] < LOWEST_B for one in planes)


def _is_reference_only(planes: list[Slice]) -> bool:
    return all(one.facts[B_KEY] < LOWEST_B for one in planes)
