"""Quantiles without numpy's masked arrays.

``numpy.quantile`` and ``numpy.median`` load them, which takes longer than what is worked out here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def median(values: NDArray[np.float64]) -> float:
    """Return the median of numbers, as ``numpy.median`` does."""
    return quantiles(values, [0.5])[0]


def quantiles(values: NDArray[np.float64], shares: Sequence[float]) -> list[float]:
    """Return linearly interpolated quantiles of numbers, as ``numpy.quantile`` does by default."""
    last = len(values) - 1
    places = [share * last for share in shares]
    below = [math.floor(place) for place in places]
    above = [min(rank + 1, last) for rank in below]
    ordered = np.partition(values, [*below, *above])
    return [
        float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))
        for place, low, high in zip(places, below, above, strict=True)
    ]
