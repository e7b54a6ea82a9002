"""Hounsfield units: is the rescale there, is it of HU, does it fit the neighbouring slices."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.pixels import describe
from bonecohort.images.slices import Slice, count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.images.stack_pixels import Pixels

HOUNSFIELD_TYPES = ("", "HU", "US", "UNSPECIFIED")  # US: "unspecified" in PS3.3, C.11.1.1.2
OTHER_TYPES = ("OD", "HU_MOD", "MGML", "Z_EFF", "ED", "EDW", "PCT")  # PS3.3, C.11.1.1.2
CLEARLY = 0.5  # share of the difference between two rescales that the fit must distinguish


def check_rescale_tags(slices: Sequence[Slice]) -> list[str]:
    """Check a CT's rescale attributes; return warnings.

    Raises
    ------
    DataFault
        When slope or intercept is absent in any slice, or the values are not Hounsfield units.
    """
    absent = sum(dicom_slice.rescale is None for dicom_slice in slices)
    if absent:
        raise DataFault(
            f"RescaleSlope or RescaleIntercept is absent or unusable in {absent} of "
            f"{count_of(len(slices), 'slice')}: stored values cannot be turned into Hounsfield "
            "units. Export the series with its rescale tags."
        )
    types = {dicom_slice.rescale_type.upper() for dicom_slice in slices}
    foreign = sorted(types.difference(HOUNSFIELD_TYPES))
    if foreign:
        message = ", ".join(name if name in OTHER_TYPES else "no known type" for name in foreign)
        raise DataFault(f"RescaleType is {message}: HU is needed to measure density.")
    return ["RescaleType is unspecified (US); HU assumed."] if "US" in types else []


def check_odd_rescales(pixels: Pixels) -> list[str]:
    """Check slices whose rescale is not the stack's most common one; return warnings.

    A rescale that truly changes from slice to slice makes neighbours agree; a damaged tag makes
    them disagree by just the difference between the tags.

    Raises
    ------
    DataFault
        When a slice agrees with its neighbour only under the neighbour's rescale.
    """
    slices = pixels.slices
    rescales = [dicom_slice.rescale for dicom_slice in slices]
    usual, count = Counter(rescales).most_common(1)[0]
    if count == len(slices) or usual is None:
        return []
    changes = f"Rescale changes within the series ({len(set(rescales))} pairs)"
    if count <= len(slices) / 2:  # no slice is the odd one out
        return [f"{changes}; each slice's own was applied."]
    usual_indices = np.array([index for index, pair in enumerate(rescales) if pair == usual])
    for index, own in enumerate(rescales):
        if own is not None and own != usual:
            nearest = int(usual_indices[np.argmin(np.abs(usual_indices - index))])
            if _fits_only_under(pixels.plane(index), pixels.plane(nearest), own, usual):
                raise DataFault(
                    f"The rescale of {describe(slices[index])} (slope {own[0]:g}, intercept "
                    f"{own[1]:g}) differs from the others (slope {usual[0]:g}, intercept "
                    f"{usual[1]:g}), and its values match the neighbouring slice only with theirs: "
                    "the tag is wrong. Export the series again."
                )
    return [f"{changes}; each slice's own was applied, and neighbours agree."]


def _fits_only_under(
    own_values: NDArray[Any],
    neighbour: NDArray[Any],
    own: tuple[float, float],
    usual: tuple[float, float],
) -> bool:
    """Whether a slice matches its neighbour clearly better under the usual rescale."""
    values = own_values.astype(np.float64)
    usual_values = (values - own[1]) / own[0] * usual[0] + usual[1]
    # The lowest stored value is often a clipped background, alike in every slice.
    inside = values > values.min()
    if not inside.any():
        inside = np.ones_like(inside)
    away = np.median(np.abs(values - neighbour)[inside])
    away_usual = np.median(np.abs(usual_values - neighbour)[inside])
    difference = np.median(np.abs(values - usual_values)[inside])
    return bool(away - away_usual > CLEARLY * difference)
