"""A sagittal T2-weighted image of the demo's vertebral bodies, drawn from their true geometry.

Every tissue is a shape with a signed distance to its edge. Its signal is mixed in over one voxel at
that edge. So boundaries lie where the truth says, to a fraction of a voxel. The middle slice is the
mid-sagittal plane of all bodies. Defects are ellipsoids of disc-like signal sunk into the endplate,
largest in that plane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.images.volume import FloatArray, Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.demo.truth import Defect, Vertebra

PIXEL_MM = 0.8
SLICE_SPACING_MM, SLICE_THICKNESS_MM = 4.4, 4.0
SLICES, ROWS, COLUMNS = 11, 272, 160
"""Slices from right to left, rows from head to foot, columns from anterior to posterior."""

AIR, FAT, MUSCLE, CORTEX, FLUID, NERVE, DISC, ANNULUS = 8, 620, 130, 45, 900, 420, 380, 110
MARROW_DENSE, MARROW_FATTY, DENSE_HU = 230, 420, 200.0
NOISE_SD = 14.0

CORTEX_MM = 1.2
CORNER_MM = 1.5
BODY_HALF_BREADTH_MM = 24.0
BODY_POWER = 4
CANAL_MM, CANAL_GAP_MM, CANAL_HALF_BREADTH_MM = 15.0, 3.5, 11.0
NERVE_MM = 6.0
BACK_MM, SKIN_FAT_MM = 62.0, 14.0
ANNULUS_MM = 5.0
FRONT_FAT_MM = 9.0
NEIGHBOUR_DISC_MM = 8.0


@dataclass(frozen=True)
class SagittalBody:
    """A vertebral body where the mid-sagittal plane cuts it.

    ``centre_mm``, ``posterior`` and ``superior`` are (y, z) pairs of the LPS frame, the last two
    unit vectors along the body's depth and height; ``x_mm`` is the plane.
    """

    vertebra: Vertebra
    x_mm: float
    centre_mm: tuple[float, float]
    posterior: tuple[float, float]
    superior: tuple[float, float]

    def to_lps(self, posterior_mm: float, superior_mm: float) -> tuple[float, float, float]:
        """Map a place in the body's own plane, from its centre, to LPS mm."""
        y_mm, z_mm = (
            self.centre_mm[axis]
            + posterior_mm * self.posterior[axis]
            + superior_mm * self.superior[axis]
            for axis in range(2)
        )
        return (self.x_mm, y_mm, z_mm)

    def from_plane(self, y_mm: FloatArray, z_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Map LPS y and z, in mm, to (posterior, superior) mm from the body's centre."""
        y_off, z_off = y_mm - self.centre_mm[0], z_mm - self.centre_mm[1]
        return (
            y_off * self.posterior[0] + z_off * self.posterior[1],
            y_off * self.superior[0] + z_off * self.superior[1],
        )


def t2_affine_lps(bodies: Sequence[SagittalBody]) -> FloatArray:
    """Place the image so that its middle slice is the bodies' plane; origin to 0.1 mm."""
    y_mm = [body.centre_mm[0] for body in bodies]
    z_mm = [body.centre_mm[1] for body in bodies]
    first = (
        bodies[0].x_mm - SLICE_SPACING_MM * (SLICES // 2),
        (min(y_mm) + max(y_mm)) / 2 - PIXEL_MM * COLUMNS * 0.42,
        (min(z_mm) + max(z_mm)) / 2 + PIXEL_MM * ROWS / 2,
    )
    affine = np.zeros((4, 4))
    affine[1, 0] = PIXEL_MM
    affine[2, 1] = -PIXEL_MM
    affine[0, 2] = SLICE_SPACING_MM
    affine[:, 3] = [*(round(value, 1) for value in first), 1.0]
    return affine


def render_t2(bodies: Sequence[SagittalBody], rng: np.random.Generator) -> Volume:
    """Draw the T2-weighted image of bodies given from head to foot.

    Returns
    -------
    Volume
        ``array[column, row, slice]``, int16, with Rician noise; columns run to posterior, rows
        to the feet, slices to the left.
    """
    affine = t2_affine_lps(bodies)
    y_mm = affine[1, 3] + PIXEL_MM * np.arange(COLUMNS)[:, None] + np.zeros((1, ROWS))
    z_mm = affine[2, 3] - PIXEL_MM * np.arange(ROWS)[None, :] + np.zeros((COLUMNS, 1))
    offsets_mm = SLICE_SPACING_MM * (np.arange(SLICES) - SLICES // 2)
    column = _with_neighbours(bodies)
    slices = [_draw_slice(column, y_mm, z_mm, float(offset)) for offset in offsets_mm]
    signal = np.stack(slices, axis=2)
    real = signal + rng.normal(0.0, NOISE_SD, signal.shape)
    imaginary = rng.normal(0.0, NOISE_SD, signal.shape)
    magnitude = np.rint(np.hypot(real, imaginary)).astype(np.int16)
    return Volume(magnitude, affine)


def _with_neighbours(bodies: Sequence[SagittalBody]) -> list[SagittalBody]:
    """Return the bodies with one more, without defects, at each end: T12 and S1 in appearance."""
    return [_neighbour(bodies[0], 1.0), *bodies, _neighbour(bodies[-1], -1.0)]


def _neighbour(body: SagittalBody, direction: float) -> SagittalBody:
    shift_mm = direction * (body.vertebra.body_height_mm + NEIGHBOUR_DISC_MM)
    _, y_mm, z_mm = body.to_lps(0.0, shift_mm)
    return replace(
        body, vertebra=replace(body.vertebra, level="", defects=()), centre_mm=(y_mm, z_mm)
    )


def _draw_slice(
    bodies: Sequence[SagittalBody], y_mm: FloatArray, z_mm: FloatArray, offset_mm: float
) -> FloatArray:
    """Draw one slice, ``offset_mm`` to the left of the mid-sagittal plane."""
    back_mm = _posterior_wall(bodies, z_mm)
    image = np.full(y_mm.shape, float(MUSCLE))
    _mix(image, FAT, back_mm + BACK_MM - SKIN_FAT_MM - y_mm)
    _mix(image, AIR, back_mm + BACK_MM - y_mm)
    front_mm = back_mm - bodies[0].vertebra.body_width_mm - FRONT_FAT_MM
    _mix(image, FAT, y_mm - front_mm)
    _draw_canal(image, y_mm - back_mm, offset_mm)
    shrink = 1 - abs(offset_mm / BODY_HALF_BREADTH_MM) ** BODY_POWER
    if shrink <= 0:
        return image
    breadth = shrink ** (1 / BODY_POWER)
    for above, below in pairwise(bodies):
        _draw_disc(image, above, below, breadth=breadth, y_mm=y_mm, z_mm=z_mm)
    for body in bodies:
        _draw_body(image, body, breadth=breadth, offset_mm=offset_mm, y_mm=y_mm, z_mm=z_mm)
    return image


def _mix(image: FloatArray, signal: float, distance_mm: FloatArray) -> None:
    """Mix a tissue in where the signed distance to its edge is negative, over one pixel."""
    share = np.clip(0.5 - distance_mm / PIXEL_MM, 0.0, 1.0)
    image += share * (signal - image)


def _posterior_wall(bodies: Sequence[SagittalBody], z_mm: FloatArray) -> FloatArray:
    """Return the y of the bodies' posterior wall at every z, in mm."""
    walls = [body.to_lps(body.vertebra.body_width_mm / 2, 0.0) for body in reversed(bodies)]
    wall_mm: FloatArray = np.interp(z_mm, [wall[2] for wall in walls], [wall[1] for wall in walls])
    return wall_mm


def _draw_canal(image: FloatArray, behind_wall_mm: FloatArray, offset_mm: float) -> None:
    if abs(offset_mm) >= CANAL_HALF_BREADTH_MM:
        return
    half_mm = CANAL_MM / 2 * math.sqrt(1 - (offset_mm / CANAL_HALF_BREADTH_MM) ** 2)
    middle_mm = CANAL_GAP_MM + CANAL_MM / 2
    from_middle_mm = np.abs(behind_wall_mm - middle_mm)
    _mix(image, FAT, from_middle_mm - half_mm - 2.0)
    _mix(image, FLUID, from_middle_mm - half_mm)
    if abs(offset_mm) < NERVE_MM:
        _mix(image, NERVE, np.abs(behind_wall_mm - middle_mm - 1.5) - NERVE_MM / 2)


def _rounded_box(
    across_mm: FloatArray, along_mm: FloatArray, half_mm: tuple[float, float], corner_mm: float
) -> FloatArray:
    """Return the signed distance, in mm, to the edge of a box with rounded corners."""
    x_mm = np.abs(across_mm) - half_mm[0] + corner_mm
    y_mm = np.abs(along_mm) - half_mm[1] + corner_mm
    outside = np.hypot(np.maximum(x_mm, 0), np.maximum(y_mm, 0))
    distance: FloatArray = outside + np.minimum(np.maximum(x_mm, y_mm), 0) - corner_mm
    return distance


def _draw_disc(
    image: FloatArray,
    above: SagittalBody,
    below: SagittalBody,
    *,
    breadth: float,
    y_mm: FloatArray,
    z_mm: FloatArray,
) -> None:
    """Fill the wedge between two bodies; they are drawn over it afterwards."""
    across_above_mm, from_above_mm = above.from_plane(y_mm, z_mm)
    across_below_mm, from_below_mm = below.from_plane(y_mm, z_mm)
    across_mm = np.abs(across_above_mm + across_below_mm) / 2
    half_mm = (above.vertebra.body_width_mm + below.vertebra.body_width_mm) / 4 * breadth
    gap_mm = np.maximum(from_above_mm, -from_below_mm)
    _mix(image, ANNULUS, np.maximum(gap_mm, across_mm - half_mm))
    _mix(image, DISC, np.maximum(gap_mm, across_mm - half_mm + ANNULUS_MM))


def _draw_body(
    image: FloatArray,
    body: SagittalBody,
    *,
    breadth: float,
    offset_mm: float,
    y_mm: FloatArray,
    z_mm: FloatArray,
) -> None:
    vertebra = body.vertebra
    across_mm, along_mm = body.from_plane(y_mm, z_mm)
    half_mm = (vertebra.body_width_mm / 2 * breadth, vertebra.body_height_mm / 2)
    edge_mm = _rounded_box(across_mm, along_mm, half_mm, CORNER_MM)
    _mix(image, CORTEX, edge_mm)
    _mix(image, _marrow(vertebra.hu), edge_mm + CORTEX_MM)
    for defect in vertebra.defects:
        bite_mm = _bite(defect, vertebra.body_height_mm, across_mm, along_mm, offset_mm)
        _mix(image, CORTEX, np.maximum(bite_mm - CORTEX_MM, edge_mm))
        _mix(image, DISC, bite_mm)


def _marrow(hu: float) -> float:
    """Return the marrow's T2 signal: fatty, hence brighter, where the bone is sparse."""
    density = min(max(hu / DENSE_HU, 0.0), 1.0)
    return MARROW_FATTY + density * (MARROW_DENSE - MARROW_FATTY)


def _bite(
    defect: Defect,
    body_height_mm: float,
    across_mm: FloatArray,
    along_mm: FloatArray,
    offset_mm: float,
) -> FloatArray:
    """Return an approximate signed distance, in mm, to the surface of a half ellipsoid.

    Its axes are half the width along the endplate and from side to side, and the depth.
    """
    sign = 1.0 if defect.endplate == "superior" else -1.0
    inward_mm = body_height_mm / 2 - sign * along_mm
    half_mm = defect.width_mm / 2
    radius = np.sqrt(
        ((across_mm - defect.centre_mm) / half_mm) ** 2
        + (inward_mm / defect.depth_mm) ** 2
        + (offset_mm / half_mm) ** 2
    )
    distance_mm = (radius - 1) * min(half_mm, defect.depth_mm)
    inside_disc_mm = -inward_mm - PIXEL_MM
    bite_mm: FloatArray = np.maximum(distance_mm, inside_disc_mm)
    return bite_mm
