"""Values that are cut off at an end of a CT's range."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import FloatArray, Volume

RANGE_ENDS_HU = (-1024.0, 3071.0)
"""Of a CT of 12 bits; values beyond are cut off."""
MOST_AT_END, MOST_AT_EXTREME, TIMES_THE_USUAL = 0.01, 0.05, 3.0
FEWEST_AT_END = 3
"""The densest sample may hold the one voxel that is the image's highest."""
MOST_OF_AIR = 0.5
"""Noise of air may reach the lowest HU; padding beyond the scanner's circle has no other."""


def refuse_cut_off(ct: Volume, samples: Mapping[str, FloatArray]) -> None:
    """Refuse samples whose values are cut off, at a CT's usual ends or at those of this image.

    Where values are cut off, many are the image's lowest or highest. In an image without noise
    that is so of every sample's own value: the share is compared with that of the other samples.

    Parameters
    ----------
    ct
        The image.
    samples
        HU of each, shape (n,), by what faults call it: "rod 3".

    Raises
    ------
    DataFault
        The values of one are cut off.
    """
    low, high = RANGE_ENDS_HU
    usual = median(_most_frequent(values) for values in samples.values())
    most = max(MOST_AT_EXTREME, TIMES_THE_USUAL * usual)
    for called, values in samples.items():
        beyond = float(((values <= low) | (values >= high)).mean())
        # The image's ends are looked for only where the sample's own may be those.
        own_ends = float(np.isin(values, (values.min(), values.max())).mean())
        at_end = _share_at_ends(ct, values) if own_ends > most else 0.0
        if beyond > MOST_AT_END or at_end > most:
            end = "-1024 or 3071 HU" if beyond > MOST_AT_END else "the CT's lowest or highest value"
            raise DataFault(
                f"{100 * max(beyond, at_end):.0f}% of {called} have {end}: its values are cut off. "
                "Export the CT with its whole range."
            )


def refuse_padding(values: FloatArray) -> None:
    """Refuse a sample of air of which most voxels have one value, at the low end of the range.

    Raises
    ------
    DataFault
        It lies in what a scanner writes beyond the circle that it reconstructs.
    """
    share = float((values <= RANGE_ENDS_HU[0]).mean())
    if share > MOST_OF_AIR:
        raise DataFault(
            f"{100 * share:.0f}% of the sample of air have -1024 HU or less: they lie beyond the "
            "circle that the scanner reconstructs. Draw the sample in air within it."
        )


def _share_at_ends(ct: Volume, values: FloatArray) -> float:
    """Return the share of values that are the image's lowest or highest; 0 of very few."""
    ends = (float(np.nanmin(ct.array)), float(np.nanmax(ct.array)))
    result = int(np.isin(values, ends).sum())
    return result / len(values) if result >= FEWEST_AT_END else 0.0


def _most_frequent(values: FloatArray) -> float:
    """Return the share of the most frequent value."""
    return float(np.unique(values, return_counts=True)[1].max()) / len(values)
