"""Where water and fat are exchanged: in a whole vertebra, or in part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.annotations.labels.schemes import HEAD_TO_FOOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import FloatArray

FAR_FROM_NEIGHBOURS = 25.0
MIRRORED_NEAR = 10.0
NEIGHBOURS_A_SIDE = 2
LEAST_CLASS = 0.15
CLASSES_APART = 40.0
MIRRORED_ABOUT = (40.0, 60.0)


def swapped_levels(fat_fractions: Mapping[str, float]) -> dict[str, str]:
    """Return the levels of which water and fat are probably exchanged, each with the reason.

    Such a level lies more than 25 percentage points from the median of its neighbours, two at
    most on either side, and mirrored (100 - value) within 10 points of it. It lies as far from the
    median of all other levels, which one swapped neighbour does not move. Levels once found are no
    neighbours any more, and the others are looked at again.

    Parameters
    ----------
    fat_fractions
        Level → mean fat fraction in %, of the levels measured.
    """
    left = {level: fat_fractions[level] for level in HEAD_TO_FOOT if level in fat_fractions}
    swapped: dict[str, str] = {}
    while result := {level: why for level in left if (why := _swapped(level, left))}:
        swapped |= result
        left = {level: value for level, value in left.items() if level not in result}
    return swapped


def _swapped(level: str, ordered: Mapping[str, float]) -> str | None:
    """Return what shows that a level is swapped, if anything does; levels from head to foot."""
    levels = list(ordered)
    index = levels.index(level)
    first = max(index - NEIGHBOURS_A_SIDE, 0)
    beside = levels[first:index] + levels[index + 1 : index + 1 + NEIGHBOURS_A_SIDE]
    if not beside:
        return None
    value = ordered[level]
    usual = float(np.median([ordered[name] for name in beside]))
    of_all = float(np.median([other for name, other in ordered.items() if name != level]))
    if abs(100 - value - usual) > MIRRORED_NEAR or (
        min(abs(value - usual), abs(value - of_all)) <= FAR_FROM_NEIGHBOURS
    ):
        return None
    return (
        f"Water-fat swap suspected: {level} has a fat fraction of {value:.0f}%, its neighbours "
        f"{usual:.0f}%. With water and fat exchanged it has {100 - value:.0f}%."
    )


def is_partly_swapped(values: FloatArray) -> bool:
    """Return whether a region's fat fractions in % are of two kinds that mirror each other.

    Each of Otsu's two classes holds at least 15% of the voxels. Their means lie more than 40 points
    apart and mirrored about 50 ± 10%.
    """
    lower, upper = otsu_classes(values)
    if min(len(lower), len(upper)) < LEAST_CLASS * len(values):
        return False
    low, high = float(lower.mean()), float(upper.mean())
    mirrored = MIRRORED_ABOUT[0] <= (low + high) / 2 <= MIRRORED_ABOUT[1]
    return high - low > CLASSES_APART and mirrored


def otsu_classes(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Part values, shape (n,) with n > 1, into two classes of largest variance between (Otsu 1979).

    The threshold is sought among the values themselves, not in a histogram.
    """
    ordered = np.sort(values)
    counts = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    lower = sums[:-1] / counts
    upper = (sums[-1] - sums[:-1]) / (len(ordered) - counts)
    between = counts * (len(ordered) - counts) * (upper - lower) ** 2
    split = int(np.argmax(between)) + 1
    return ordered[:split], ordered[split:]
