"""Where a plane lies and how its stored values become Hounsfield units, from DICOM attributes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.images.slices import Place

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

RawValue = Any  # what pydicom makes of a value

SMALLEST_SLOPE, LARGEST_RESCALE = 1e-9, 1e9  # beyond, rescaled values leave what floats hold
UNIT_TOLERANCE = 1e-3  # direction cosines are often written with four decimals


@dataclass(frozen=True)
class Axes:
    """How the rows and columns of planes run, whatever their position; as in ``Place``."""

    row_direction: NDArray[np.float64]
    column_direction: NDArray[np.float64]
    row_spacing_mm: float
    column_spacing_mm: float


def place_of(position: Dataset, orientation: Dataset, measures: Dataset) -> Place | None:
    """Return where a plane lies in LPS mm; None when a value is absent or makes no sense.

    The three data sets hold ImagePositionPatient, ImageOrientationPatient and PixelSpacing. A
    single-frame image has one data set for all, an enhanced one has three functional groups.
    """
    return place_along(axes_of(orientation, measures), position)


def place_along(axes: Axes | None, position: Dataset) -> Place | None:
    """Return where a plane of known axes lies; None when there is no axis or no position."""
    origin = _numbers(_decimal(position, "ImagePositionPatient"), 3)
    if axes is None or origin is None:
        return None
    return Place(
        position_mm=origin,
        row_direction=axes.row_direction,
        column_direction=axes.column_direction,
        row_spacing_mm=axes.row_spacing_mm,
        column_spacing_mm=axes.column_spacing_mm,
    )


def axes_of(orientation: Dataset, measures: Dataset) -> Axes | None:
    """Return the axes of planes; None when a value is absent or makes no sense."""
    directions = _numbers(_decimal(orientation, "ImageOrientationPatient"), 6)
    spacing = _numbers(_decimal(measures, "PixelSpacing"), 2)
    if directions is None or spacing is None or spacing.min() <= 0:
        return None
    row, column = directions[:3], directions[3:]
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if any(abs(length - 1) > UNIT_TOLERANCE for length in lengths):
        return None
    if abs(float(row @ column)) > UNIT_TOLERANCE:
        return None
    return Axes(
        row_direction=row / lengths[0],
        column_direction=column / lengths[1],
        row_spacing_mm=float(spacing[0]),
        column_spacing_mm=float(spacing[1]),
    )


def rescale_of(dataset: Dataset) -> tuple[float, float] | None:
    """Return slope and intercept; None unless both are there and of a size that scales pixels."""
    pair = [_decimal(dataset, keyword) for keyword in ("RescaleSlope", "RescaleIntercept")]
    values = _numbers(pair, 2)
    if values is None or not SMALLEST_SLOPE <= abs(values[0]) <= LARGEST_RESCALE:
        return None
    if abs(values[1]) > LARGEST_RESCALE:
        return None
    return float(values[0]), float(values[1])


def _decimal(dataset: Dataset, keyword: str) -> RawValue:
    """Return a decimal string's value; None when it is absent, or digits read as binary numbers."""
    if keyword not in dataset:
        return None
    element = dataset[keyword]
    return element.value if element.VR == "DS" else None


def _numbers(value: RawValue, count: int) -> NDArray[np.float64] | None:
    if value is None or isinstance(value, str):
        return None
    try:
        numbers = np.array([float(part) for part in value], dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        return None
    return numbers
