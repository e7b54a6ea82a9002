"""Fit both endplates of a body to the CT's voxels, finer than a slice.

A thin plate and a step from marrow to disc are blurred by the voxels' own extent along the plate's
normal. They are fitted to the voxels about it (Gauss–Newton, with weights that let go of
osteophytes and islands). Both ends are fitted at once. They may differ in tilt and be hollow, but
only as far as the image shows it. Without that expectation, a plate that lies within one thick
slice could have any tilt.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.techniques.hounsfield.endplate_search import REACH_MM, Frame, Plane, Region

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray, Volume

PLATE_HALF_MM = 1.0
"""The body ends this far beyond the middle of its plate: half the thickest cortex."""
KERNEL_STEP_MM, KERNEL_REACH_MM = 0.1, 14.0
BLUR_MM = 0.5
"""Blur of the scanner and of the plate's thickness, beside that of the voxels; SD."""
REACH_ABOUT_MM = 6.5
"""Voxels whose middle lies this far from a plate are fitted, and half a voxel more."""
LEAST_VOXELS = 60
FINE_MM = 1.2
"""Every second (third …) voxel is read where they are finer than this."""
CELL_MM3 = 120.0
"""Noise and texture are taken as independent between cells of this volume."""
LEAST_SD_HU, FIRST_SD_HU = 6.0, 30.0
WEIGHT_SDS = 2.5
MOST_STEPS = 12
SETTLED_MM = 0.02
LARGEST_STEP_MM = 1.5
THICK_MM = 1.2
"""With half a voxel longer than this the fit begins at several heights."""
START_FRACTION = 0.7
COMPARED_SD_HU = 20.0
"""Fits from different heights are compared by residuals on this scale."""
# What is expected before the image is looked at, as standard deviations.
START_MM, START_TILT_MM = 8.0, 5.0
TILT_DIFFERENCE_MM = 1.0
BENDS_MM = (1.2, 0.8, 0.8)
PLATE_HU_MM, PLATE_DIFFERENCE_HU_MM = 800.0, 150.0
STEP_HU, SLOPE_HU_PER_MM = 150.0, 4.0
SHAPES, TISSUES = 6, 4
"""Numbers fitted of each end: coefficients of ``relief``; plate, step, slope of marrow, disc."""


@dataclass(frozen=True)
class Ends:
    """Outer surfaces of both endplates: coefficients of ``relief``, shape (6,), in mm.

    ``explained`` is the share of the HU's variance about either plate that plate and step explain.
    """

    region: Region
    superior: FloatArray
    inferior: FloatArray
    explained: tuple[float, float]

    def planes(self) -> tuple[Plane, Plane]:
        """Return the mean plane of either."""
        planes = []
        for level, u_rise, v_rise in (self.superior[:3], self.inferior[:3]):
            half_u, half_v = self.region.half_axes_mm
            planes.append(Plane(float(u_rise / half_u), float(v_rise / half_v), float(level)))
        return planes[0], planes[1]


def relief(region: Region, uv_mm: FloatArray) -> FloatArray:
    """Return the six shapes of an endplate at places (..., 2): level, two tilts, three bends.

    They are Zernike's polynomials to the second order, orthogonal on the disc. So a bend changes
    neither mean level nor mean tilt.
    """
    x, y = np.moveaxis(region.on_disc(uv_mm), -1, 0)
    return np.stack([np.ones_like(x), x, y, 2 * (x**2 + y**2) - 1, x**2 - y**2, 2 * x * y], axis=-1)


@dataclass(frozen=True)
class Response:
    """What a voxel shows of a thin plate and of the inside, by its distance outwards in mm."""

    distance_mm: FloatArray
    plate: FloatArray
    plate_slope: FloatArray
    inside: FloatArray

    def at(self, distance_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return plate, slope and inside at distances, linearly between the steps of 0.1 mm."""
        last = len(self.distance_mm) - 1
        place = np.clip((distance_mm - self.distance_mm[0]) / KERNEL_STEP_MM, 0, last)
        low = np.minimum(place.astype(int), last - 1)
        part = place - low
        plate, slope, inside = (
            values[low] + part * np.diff(values)[low]
            for values in (self.plate, self.plate_slope, self.inside)
        )
        return plate, slope, inside


def response(widths_mm: FloatArray) -> Response:
    """Blur a plane by a voxel's three edges, as they project on its normal, and a little more."""
    distance = np.arange(-KERNEL_REACH_MM, KERNEL_REACH_MM + KERNEL_STEP_MM / 2, KERNEL_STEP_MM)
    plate = np.exp(-0.5 * (distance / BLUR_MM) ** 2)
    for width in widths_mm:
        cells = width / KERNEL_STEP_MM
        if cells > 1:
            whole = int((cells - 1) // 2)
            box = np.ones(2 * whole + 3)
            box[[0, -1]] = (cells - 1) / 2 - whole
            plate = np.convolve(plate, box, mode="same")
    plate /= plate.sum() * KERNEL_STEP_MM
    inside = np.cumsum(plate[::-1])[::-1] * KERNEL_STEP_MM - plate * KERNEL_STEP_MM / 2
    return Response(distance, plate, np.gradient(plate, KERNEL_STEP_MM), inside)


@dataclass(frozen=True)
class End:
    """One end seen outwards: its voxels, how they see it, and where the fit begins."""

    outwards_mm: FloatArray
    hu: FloatArray
    relief: FloatArray
    response: Response
    start: FloatArray

    def parts(self, shape: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what every voxel shows of the four tissues, and its change by distance.

        Both have the shape (n, 4). The columns are a plate of 1 HU mm, the marrow beyond the disc's
        HU (level, and by depth in mm), and the disc.
        """
        distance = self.outwards_mm - self.relief @ shape
        plate, slope, inside = self.response.at(distance)
        depth = np.clip(-distance, 0.0, None)
        shown = np.column_stack([plate, inside, inside * depth, np.ones_like(plate)])
        by_depth = -plate * depth - inside * (distance < 0)
        change = np.column_stack([slope, -plate, by_depth, np.zeros_like(plate)])
        return shown, change


def fit_ends(ct: Volume, frame: Frame, region: Region, start: tuple[Plane, Plane]) -> Ends:
    """Fit both endplates, beginning at the superior and inferior plane of ``start``."""
    edges = frame.axes_lps.T @ ct.affine_lps[:3, :3]
    at, hu = voxels_in(ct, frame, region)
    middle_mm = (start[0].height_mm + start[1].height_mm) / 2
    ends, half_voxel_mm = [], 0.0
    for plane, sign in zip(start, (1.0, -1.0), strict=True):
        slopes = np.array([plane.u_slope, plane.v_slope])
        normal = np.array([*-slopes, 1.0]) / np.sqrt(1 + slopes @ slopes)
        widths = np.abs(normal @ edges)
        half_voxel_mm = max(half_voxel_mm, float(widths.max()) / 2)
        off = at[:, 2] - plane.height_mm - (at[:, :2] - region.center_mm) @ slopes
        near = np.abs(off) < REACH_ABOUT_MM + float(widths.max()) / 2
        own = near & (sign * (at[:, 2] - middle_mm) > 0)
        begin = sign * np.array([plane.height_mm, *(slopes * region.half_axes_mm), 0.0, 0.0, 0.0])
        shapes = relief(region, at[own, :2])
        ends.append(End(sign * at[own, 2], hu[own], shapes, response(widths), begin))
    if min(len(end.hu) for end in ends) < LEAST_VOXELS:
        return Ends(region, ends[0].start, -ends[1].start, (0.0, 0.0))
    inflation = np.sqrt(max(1.0, CELL_MM3 / abs(float(np.linalg.det(edges)))))
    fits = [
        gauss_newton(ends, np.array(offsets), inflation)
        for offsets in starting_offsets(half_voxel_mm)
    ]
    _, shapes, explained = min(fits, key=lambda fit: fit[0])
    superior, inferior = shapes[0], -shapes[1]
    superior[0] += PLATE_HALF_MM
    inferior[0] -= PLATE_HALF_MM
    return Ends(region, superior, inferior, explained)


def starting_offsets(half_voxel_mm: float) -> list[tuple[float, float]]:
    """Return by how much outwards the two ends are moved before the fit begins."""
    if half_voxel_mm <= THICK_MM:
        return [(0.0, 0.0)]
    step = START_FRACTION * half_voxel_mm
    return [(0.0, 0.0), *product((-step, step), (-step, step))]


def voxels_in(ct: Volume, frame: Frame, region: Region) -> tuple[FloatArray, FloatArray]:
    """Return the places in the frame, shape (n, 3), and HU of the voxels in a region's column."""
    low, high = region.inferior_mm - REACH_MM, region.superior_mm + REACH_MM
    corners = np.array(
        [
            [*(region.center_mm + np.array(signs) * region.half_axes_mm), height]
            for *signs, height in product((-1, 1), (-1, 1), (low, high))
        ]
    )
    index = ct.to_index(frame.to_lps(corners))
    first = np.clip(np.floor(index.min(axis=0)), 0, None).astype(int)
    last = np.clip(np.ceil(index.max(axis=0)) + 1, 0, ct.array.shape).astype(int)
    steps = np.maximum(np.floor(FINE_MM / ct.spacing_mm), 1).astype(int)
    ranges = [np.arange(*span) for span in zip(first, last, steps, strict=True)]
    origin = frame.from_lps(ct.affine_lps[:3, 3])
    edges = frame.axes_lps.T @ ct.affine_lps[:3, :3]
    # A place is a sum of one term an axis: far cheaper than to map every voxel.
    u, v, w = (
        origin[k]
        + sum(np.ix_(*(edge * index for edge, index in zip(edges[k], ranges, strict=True))))
        for k in range(3)
    )
    kept = (w > low) & (w < high)
    at = np.column_stack([u[kept], v[kept], w[kept]])
    hu = ct.array[np.ix_(*ranges)][kept].astype(float)
    held = region.holds(at[:, :2])
    return at[held], hu[held]


def expectations(ends: list[End]) -> FloatArray:
    """Return the precision matrix (20, 20) of what is expected before the image is looked at.

    The order is: shapes of both ends, then tissues of both.
    """
    precision = np.zeros((2 * (SHAPES + TISSUES),) * 2)

    def expect(sd: float, *terms: tuple[int, float]) -> None:
        for i, a in terms:
            for j, b in terms:
                precision[i, j] += a * b / sd**2

    for tilt in (1, 2):
        # The inferior end is seen upside down: parallel plates have opposite tilts.
        expect(TILT_DIFFERENCE_MM, (tilt, 1.0), (SHAPES + tilt, 1.0))
        expect(START_TILT_MM, (tilt, 1.0), (SHAPES + tilt, -1.0))
    plates = []
    for k in range(len(ends)):
        expect(START_MM, (SHAPES * k, 1.0))
        for bend, sd in enumerate(BENDS_MM, start=3):
            expect(sd, (SHAPES * k + bend, 1.0))
        plate = 2 * SHAPES + TISSUES * k
        expect(PLATE_HU_MM, (plate, 1.0))
        expect(STEP_HU, (plate + 1, 1.0))
        expect(SLOPE_HU_PER_MM, (plate + 2, 1.0))
        plates.append(plate)
    expect(PLATE_DIFFERENCE_HU_MM, (plates[0], 1.0), (plates[1], -1.0))
    return precision


def gauss_newton(
    ends: list[End], offsets_mm: FloatArray, inflation: float
) -> tuple[float, FloatArray, tuple[float, float]]:
    """Fit both ends at once from starts moved outwards by ``offsets_mm``.

    Returns
    -------
    misfit
        To compare fits of the same voxels by.
    shapes
        Coefficients of ``relief`` seen outwards, shape (2, 6), mm.
    explained
        See :class:`Ends`.
    """
    precision = expectations(ends)
    expected = np.zeros(len(precision))
    expected[: 2 * SHAPES] = np.concatenate([end.start for end in ends])
    expected[[1, 2]] = expected[[SHAPES + 1, SHAPES + 2]] = 0.0
    result = expected.copy()
    result[: 2 * SHAPES] = np.concatenate([end.start for end in ends])
    result[[0, SHAPES]] += offsets_mm
    blocks = [
        np.r_[
            SHAPES * k : SHAPES * (k + 1), 2 * SHAPES + TISSUES * k : 2 * SHAPES + TISSUES * (k + 1)
        ]
        for k in range(len(ends))
    ]
    for end, own in zip(ends, blocks, strict=True):
        shown, _ = end.parts(result[own[:SHAPES]])
        scale = (inflation * FIRST_SD_HU) ** 2
        prior = precision[np.ix_(own[SHAPES:], own[SHAPES:])] * scale
        result[own[SHAPES:]] = np.linalg.solve(shown.T @ shown + prior, shown.T @ end.hu)
    misfit = 0.0
    last: list[tuple[FloatArray, FloatArray]] = []
    for _ in range(MOST_STEPS):
        normal, right = precision.copy(), precision @ (expected - result)
        misfit, last = 0.0, []
        for end, own in zip(ends, blocks, strict=True):
            shown, change = end.parts(result[own[:SHAPES]])
            tissues = result[own[SHAPES:]]
            residual = end.hu - shown @ tissues
            sd = max(1.4826 * float(np.median(np.abs(residual))), LEAST_SD_HU)
            weight = 1 / (1 + (residual / (WEIGHT_SDS * sd)) ** 2)
            jacobian = np.column_stack([-(change @ tissues)[:, None] * end.relief, shown])
            weighted = jacobian * (weight / (sd * inflation) ** 2)[:, None]
            normal[np.ix_(own, own)] += weighted.T @ jacobian
            right[own] += weighted.T @ residual
            misfit += float(np.log1p((residual / (WEIGHT_SDS * COMPARED_SD_HU)) ** 2).mean())
            last.append((weight, residual))
        step = np.linalg.solve(normal, right)
        step[: 2 * SHAPES] = np.clip(step[: 2 * SHAPES], -LARGEST_STEP_MM, LARGEST_STEP_MM)
        result = result + step
        if np.abs(step[: 2 * SHAPES]).max() < SETTLED_MM:
            break
    superior, inferior = (explained_share(end, *seen) for end, seen in zip(ends, last, strict=True))
    return misfit, result[: 2 * SHAPES].reshape(2, SHAPES), (superior, inferior)


def explained_share(end: End, weight: FloatArray, residual: FloatArray) -> float:
    """Return the share of the HU's variance that is explained beyond a slope along the axis."""
    line = np.column_stack([np.ones_like(end.hu), end.outwards_mm])
    without = end.hu - line @ np.linalg.lstsq(line, end.hu, rcond=None)[0]
    return 1 - float((weight * residual**2).sum() / (weight * without**2).sum())
