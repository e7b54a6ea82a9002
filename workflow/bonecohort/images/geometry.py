"""The grid of a stack of parallel planes: order, spacing, gaps, tilt, affine.

Planes are ordered by ImagePositionPatient along their normal. InstanceNumber, SliceLocation and
PatientPosition are never used: they are wrong too often, and the position is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonecohort.faults import DataFault
from bonecohort.images.quantiles import median
from bonecohort.images.slices import Place, Slice, count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray = NDArray[np.float64]

SAME_POSITION_MM = 0.01  # planes nearer than this are at one position
SAME_DIRECTION = 1e-4  # largest difference of direction cosines within a stack
SPACING_NOTED = 0.01  # relative deviation from the median spacing that is noted
SPACING_REFUSED = 0.05  # … and that refuses the series
COARSEST_MM = 0.1  # positions written with one decimal are taken for rounded ones
FINEST_DECIMALS = 4
DRIFT_REFUSED = 0.5  # a plane this many spacings off the even grid refuses the series
ROUNDED = 1e-4  # share of a step by which a rounded number may be off, as floats are
ASIDE_REFUSED = 0.5  # a plane this many pixels aside of the line through the others, likewise
MAX_TILT_DEG = 0.5
MIN_SLICES = 3
DIMENSIONS = 3


def heights_mm(slices: Sequence[Slice], normal: FloatArray) -> FloatArray:
    """Return each plane's distance along ``normal``, in mm; shape (n,)."""
    return np.array([placed(dicom_slice).position_mm @ normal for dicom_slice in slices])


def placed(dicom_slice: Slice) -> Place:
    """Return the place of a plane that is known to have one."""
    assert dicom_slice.place is not None
    return dicom_slice.place


def same_direction(first: Place, second: Place) -> bool:
    """Whether two planes are parallel and turned alike."""
    pairs = (
        (first.row_direction, second.row_direction),
        (first.column_direction, second.column_direction),
    )
    return all(bool(np.abs(one - other).max() <= SAME_DIRECTION) for one, other in pairs)


def distinct_positions(slices: Sequence[Slice]) -> int:
    """Count the positions along the normal that the planes of one orientation take."""
    heights = np.sort(heights_mm(slices, placed(slices[0]).normal))
    return 1 + int(np.count_nonzero(np.diff(heights) >= SAME_POSITION_MM))


def by_position(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Return the planes in order along the normal, those at one position together."""
    heights = heights_mm(slices, placed(slices[0]).normal)
    groups: list[list[Slice]] = []
    last = -np.inf
    for index in np.argsort(heights, kind="stable"):
        if heights[index] - last < SAME_POSITION_MM:
            groups[-1].append(slices[index])
        else:
            groups.append([slices[index]])
        last = heights[index]
    return groups


def is_even(slices: Sequence[Slice]) -> bool:
    """Whether the planes of one orientation lie at distinct positions with even spacing."""
    groups = by_position(slices)
    if len(groups) != len(slices) or len(groups) < MIN_SLICES:
        return False
    positions = np.array([placed(group[0]).position_mm for group in groups])
    normal = placed(slices[0]).normal
    heights = positions @ normal
    steps = np.diff(heights)
    if float(np.max(np.abs(steps / median(steps) - 1))) <= SPACING_REFUSED:
        return True
    return is_rounded_grid(heights, rounding_mm(positions, normal))


def rounding_mm(positions: FloatArray, normal: FloatArray) -> float:
    """Return how finely positions are written, along the normal, in mm.

    Each coordinate that changes counts with the least number of decimals, one at least, that all
    its values keep to.
    """
    rounding = 0.0
    for values, part in zip(positions.T, np.abs(normal), strict=True):
        if np.ptp(values) > 0:
            step = COARSEST_MM
            for _ in range(FINEST_DECIMALS - 1):
                if np.abs(values / step - np.rint(values / step)).max() < ROUNDED:
                    break
                step /= 10
            rounding += float(part) * step
    return rounding


def is_rounded_grid(heights: FloatArray, step_mm: float) -> bool:
    """Whether heights, in order, are those of an even grid, each rounded to a multiple of a step.

    That is so when one spacing s keeps to (hⱼ − hᵢ ± step) / (j − i) for all pairs. Every height
    then lies within half a step of origin + i·s for some origin.
    """
    least, most = -np.inf, np.inf
    for apart in range(1, len(heights)):
        differences = heights[apart:] - heights[:-apart]
        least = max(least, float(differences.max() - step_mm) / apart)
        most = min(most, float(differences.min() + step_mm) / apart)
    return len(heights) >= MIN_SLICES and most > 0 and least <= most + ROUNDED * step_mm


def stack_affine(slices: Sequence[Slice]) -> tuple[FloatArray, list[str]]:
    """Return the affine of an ordered stack of single planes, and notes on its spacing.

    Parameters
    ----------
    slices
        Parallel planes, in order along the normal, one a position.

    Returns
    -------
    affine_lps, notes
        4 × 4, voxel index (column, row, slice) at voxel centres to LPS mm (PS3.3, C.7.6.2.1.1).

    Raises
    ------
    DataFault
        When there are too few planes, or the stack is sheared, has gaps or uneven spacing.
    """
    if len(slices) < MIN_SLICES:
        raise DataFault(
            f"The series has only {count_of(len(slices), 'slice')} at distinct positions: "
            f"at least {MIN_SLICES} are needed to make a volume."
        )
    first = placed(slices[0])
    positions = np.array([placed(dicom_slice).position_mm for dicom_slice in slices])
    _check_tilt(positions, first.normal)
    notes = _check_spacing(positions @ first.normal, rounding_mm(positions, first.normal))
    _check_aside(positions, min(first.row_spacing_mm, first.column_spacing_mm))
    affine = np.eye(DIMENSIONS + 1)
    affine[:3, 0] = first.row_direction * first.column_spacing_mm
    affine[:3, 1] = first.column_direction * first.row_spacing_mm
    affine[:3, 2] = (positions[-1] - positions[0]) / (len(slices) - 1)
    affine[:3, 3] = positions[0]
    return affine, notes


def _check_tilt(positions: FloatArray, normal: FloatArray) -> None:
    """Refuse a stack whose steps are not along the normal: its voxels are no boxes."""
    step = positions[-1] - positions[0]
    tilt_deg = angle_deg(step, normal)
    if tilt_deg > MAX_TILT_DEG:
        raise DataFault(
            f"Gantry tilt: the slices are sheared by {tilt_deg:.1f} degrees (ImagePositionPatient "
            f"against ImageOrientationPatient); at most {MAX_TILT_DEG} is allowed. Give a series "
            "reconstructed without tilt."
        )


def _check_aside(positions: FloatArray, pixel_mm: float) -> None:
    """Refuse a stack with a plane moved within itself: the affine would put it elsewhere."""
    line = (positions[-1] - positions[0]) / np.linalg.norm(positions[-1] - positions[0])
    offsets = positions - positions[0]
    aside = np.linalg.norm(offsets - np.outer(offsets @ line, line), axis=1)
    if aside.max() > ASIDE_REFUSED * pixel_mm:
        raise DataFault(
            f"{count_of(int(np.sum(aside > ASIDE_REFUSED * pixel_mm)), 'slice')} of "
            f"{len(positions)} lie up to {aside.max():.2f} mm aside of the others "
            "(ImagePositionPatient, across the slice normal). They are of another field of view, "
            "or their position is wrong."
        )


def angle_deg(first: FloatArray, second: FloatArray) -> float:
    """Return the angle between two vectors, in degrees; shape (3,) each."""
    sine = float(np.linalg.norm(np.cross(first, second)))
    return float(np.degrees(np.arctan2(sine, float(first @ second))))


def _check_spacing(heights: FloatArray, rounding: float) -> list[str]:
    """Refuse gaps and uneven spacing; return a note on spacing that is slightly uneven.

    ``rounding`` is how finely the heights are written, in mm.
    """
    steps = np.diff(heights)
    spacing = median(steps)
    deviation = float(np.max(np.abs(steps / spacing - 1)))
    if deviation > SPACING_REFUSED and is_rounded_grid(heights, rounding):
        mean = float(np.mean(steps))
        text = f"steps from {steps.min():.3f} to {steps.max():.3f} mm, {mean:.4f} mm on average"
        return [f"Slice positions are rounded: {text}."]
    if deviation > SPACING_REFUSED:
        raise DataFault(_describe_gap(heights, steps, rounding))
    even = np.linspace(heights[0], heights[-1], len(heights))
    drift = float(np.max(np.abs(heights - even)))
    if drift > DRIFT_REFUSED * spacing:
        raise DataFault(
            f"Uneven slice spacing: steps from {steps.min():.3f} to {steps.max():.3f} mm put a "
            f"slice {drift:.2f} mm off an even grid; spacing must be even."
        )
    if deviation > SPACING_NOTED:
        return [f"Slice spacing varies from {steps.min():.3f} to {steps.max():.3f} mm."]
    return []


def _describe_gap(heights: FloatArray, steps: FloatArray, rounding: float) -> str:
    """Distinguish missing slices from spacing that is uneven in another way."""
    spacing = median(steps)
    tolerance = SPACING_REFUSED
    if rounding > SPACING_REFUSED * spacing:
        spacing = float(np.mean(steps[np.abs(steps - spacing) <= rounding * (1 + ROUNDED)]))
        tolerance = rounding / spacing
    uneven = np.flatnonzero(np.abs(steps / spacing - 1) > tolerance)
    multiples = np.round(steps[uneven] / spacing)
    whole = np.abs(steps[uneven] / spacing - multiples) <= tolerance * multiples
    if len(uneven) and np.all(whole & (multiples > 1)):
        missing = int(np.sum(multiples - 1))
        gaps = ", ".join(
            f"{heights[index]:.1f} and {heights[index + 1]:.1f} mm" for index in uneven[:3]
        )
        return (
            f"{count_of(missing, 'slice is', 'slices are')} missing: with a spacing of "
            f"{spacing:.3f} mm there is a gap between {gaps} along the slice normal. Export the "
            "whole series again."
        )
    return (
        f"Uneven slice spacing: steps from {steps.min():.3f} to {steps.max():.3f} mm (median "
        f"{spacing:.3f} mm) where all should be equal; slices may be missing, or two "
        "reconstructions interleaved."
    )
