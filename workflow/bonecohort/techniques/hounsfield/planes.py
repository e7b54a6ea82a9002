"""Where a vertebral body may be measured: heights of the three planes, and safe points on each.

A point is safe when it keeps the margin (mm) from the surface and when no voxel read for it can
hold cortex. Linear interpolation reads voxels one extent away, which reach half an extent further.
So a point keeps 1.5 voxel extents, in the direction of the surface, and the thickest cortex. With
voxels below 2 mm that is less than the default margin of 5 mm. With 3 mm voxels it is 6.5 mm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.faults import DataFault
from bonecohort.measures.vertebra.surface import FAR_MM, sample, sample_index
from bonecohort.techniques.hounsfield.ellipse import largest_ellipse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.vertebra.body import Body
    from bonecohort.techniques.hounsfield.ellipse import PlanarEllipse

    BoolArray = NDArray[np.bool_]

PLANES = ("lower", "middle", "upper")
GRID_MM = 1.0
PLANE_GRID_MM = 0.5
INWARD_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where a plane is tried, from its wanted height to mid-height."""
LEAST_AREA_FRACTION = 0.75
"""A plane whose largest ellipse is smaller than this part of the middle plane's moves inwards."""
NOTED_MOVE_MM = 0.5
VOXELS_READ = 1.5
"""How far, in voxel extents, what is read at a point can come from."""
THICKEST_CORTEX_MM = 2.0
SLAB_MM = 2.0
"""Thickness a plane is averaged over, the voxels' own extent included: calms thin slices' noise."""
VEIN_DEPTH_FRACTION = 1 / 3
VEIN_HALF_WIDTH_MM = 5.0
VEIN_HALF_HEIGHT_MM = 4.0


@dataclass(frozen=True)
class SafePlane:
    """The safe points of one plane.

    ``inside[i, j]`` is of the point ``(u_mm[i], v_mm[j], height_mm)`` of the body's frame.
    """

    name: str
    height_mm: float
    u_mm: FloatArray
    v_mm: FloatArray
    inside: BoolArray

    @cached_property
    def largest(self) -> PlanarEllipse | None:
        """The largest ellipse among the safe points, None without any."""
        return largest_ellipse(self.inside, self.u_mm, self.v_mm)


@dataclass(frozen=True)
class SafeDepth:
    """By how much each point of a grid in the body's frame keeps more than it must; mm.

    ``spare_mm`` is negative where a point is too near to the surface.
    """

    u_mm: FloatArray
    v_mm: FloatArray
    w_mm: FloatArray
    spare_mm: FloatArray


def voxel_extent_mm(voxel_axes_mm: FloatArray, direction: FloatArray) -> float:
    """Return how far a voxel reaches along a unit direction (support width), mm.

    ``voxel_axes_mm`` holds the voxel's edges in LPS mm as columns, shape (3, 3).
    """
    return float(np.abs(direction @ voxel_axes_mm).sum())


def safe_depth(body: Body, margin_mm: float) -> SafeDepth:
    """Return how far each point of the body is from breaking the rule of this module."""
    u, v, w = (
        np.arange(np.floor(low) - 1, np.ceil(high) + 1 + GRID_MM, GRID_MM)
        for low, high in (
            body.width_span_mm,
            body.depth_span_mm,
            (body.inferior_mm, body.superior_mm),
        )
    )
    points = body.to_lps(np.stack(np.meshgrid(u, v, w, indexing="ij"), axis=-1))
    inside = sample(body.surface, points, -FAR_MM) > 0
    clear = eroded_by_voxels(body, points, inside)
    # The first point outside lies half a step beyond the surface, on average.
    spare = np.minimum(
        depth_inside(inside) - GRID_MM / 2 - margin_mm, depth_inside(clear) - THICKEST_CORTEX_MM
    )
    return SafeDepth(u, v, w, spare)


def depth_inside(region: BoolArray) -> FloatArray:
    """Return the distance to the outside of a region on the grid of 1 mm, 0 outside."""
    depth: FloatArray = ndimage.distance_transform_edt(np.pad(region, 1), sampling=GRID_MM)
    return depth[1:-1, 1:-1, 1:-1]


def eroded_by_voxels(body: Body, points_lps_mm: FloatArray, inside: BoolArray) -> BoolArray:
    """Keep the points about which ``VOXELS_READ`` voxels fit into the bone on every side.

    The voxels' outline is a parallelepiped: a point is kept when its eight corners lie in bone.
    """
    index = body.surface.to_index(points_lps_mm[inside])
    edges = np.linalg.solve(body.surface.affine_lps[:3, :3], VOXELS_READ * body.voxel_axes_mm)
    kept = np.arange(len(index))
    for signs in product((-1.0, 1.0), repeat=3):
        corner = edges @ np.array(signs)
        kept = kept[sample_index(body.surface, index[kept] + corner, -FAR_MM) > 0]
    clear = np.zeros_like(inside)
    clear.flat[np.flatnonzero(inside)[kept]] = True
    return clear


def safe_plane(name: str, height_mm: float, body: Body, depth: SafeDepth) -> SafePlane:
    """Return the points of one plane that keep the margin, and keep clear of the vein's entry.

    The basivertebral vein enters at the middle of the posterior wall. Planes that its blurred
    image can reach stay in front of the posterior third of the body around the midline.
    """
    u = np.arange(depth.u_mm[0], depth.u_mm[-1] + PLANE_GRID_MM, PLANE_GRID_MM)
    v = np.arange(depth.v_mm[0], depth.v_mm[-1] + PLANE_GRID_MM, PLANE_GRID_MM)
    index = np.stack(np.meshgrid(u - u[0], v - v[0], indexing="ij")) / GRID_MM
    level = np.full(index.shape[1:], (height_mm - depth.w_mm[0]) / GRID_MM)
    inside = ndimage.map_coordinates(depth.spare_mm, [*index, level], order=1) >= 0
    if abs(height_mm - body_middle_mm(body)) < vein_half_height_mm(body):
        posterior = body.depth_span_mm[1]
        length = VEIN_DEPTH_FRACTION * (posterior - body.depth_span_mm[0])
        middle = (body.width_span_mm[0] + body.width_span_mm[1]) / 2
        in_vein = np.abs(u - middle)[:, None] <= VEIN_HALF_WIDTH_MM
        inside &= ~(in_vein & (v > posterior - length))
    return SafePlane(name, height_mm, u, v, inside)


def body_middle_mm(body: Body) -> float:
    """Return the mid-height of the body along its axis."""
    return (body.inferior_mm + body.superior_mm) / 2


def vein_half_height_mm(body: Body) -> float:
    """Return how far from mid-height a voxel's centre can be and hold half the vein's height."""
    extent = voxel_extent_mm(body.voxel_axes_mm, body.axes_lps[:, 2])
    return VEIN_HALF_HEIGHT_MM + extent / 2


def slab_half_thickness_mm(body: Body) -> float:
    """Return how far to both sides of a plane its HU is averaged; 0 when voxels reach further."""
    extent = voxel_extent_mm(body.voxel_axes_mm, body.axes_lps[:, 2])
    return max(0.0, (SLAB_MM - extent) / 2)


def place_planes(
    body: Body, fractions: tuple[float, float, float], margin_mm: float
) -> tuple[dict[str, SafePlane], bool]:
    """Place the lower, middle and upper plane; say whether any had to move off its fraction.

    A plane keeps the margin plus one slice thickness from both endplates. It moves towards
    mid-height while the ellipse it can hold is much smaller than the middle's (concave endplates).

    Raises
    ------
    DataFault
        The body is too low for its slices, or has no safe point.
    """
    clear = margin_mm + float(np.linalg.norm(body.voxel_axes_mm, axis=0).max())
    low, high = body.inferior_mm + clear, body.superior_mm - clear
    if low > high:
        message = (
            f"The body is {body.height_mm:.0f} mm high; keeping {clear:.1f} mm (margin plus slice "
            "thickness) from both endplates leaves no place for a region."
        )
        raise DataFault(message)
    depth = safe_depth(body, margin_mm)
    middle = body_middle_mm(body)
    at_middle = safe_plane("middle", middle, body, depth)
    enough = LEAST_AREA_FRACTION * room_mm2(at_middle)
    if enough == 0:
        message = (
            f"No point at mid-height of the body keeps {margin_mm:.1f} mm, and clear of blurred "
            "cortex, from the surface. The body is too small, or its label is torn."
        )
        raise DataFault(message)
    placed, moved = {}, False
    for name, fraction in zip(PLANES, fractions, strict=True):
        wanted = body.inferior_mm + fraction * body.height_mm
        start = min(max(wanted, low), high)
        for part in INWARD_STEPS:
            height_mm = start + part * (middle - start)
            placed[name] = (
                at_middle
                if name == at_middle.name and np.isclose(height_mm, middle)
                else safe_plane(name, height_mm, body, depth)
            )
            if room_mm2(placed[name]) >= enough:
                break
        moved |= abs(placed[name].height_mm - wanted) > NOTED_MOVE_MM
    return placed, moved


def room_mm2(plane: SafePlane) -> float:
    """Return the area of the largest ellipse in a plane's safe points, 0 without any."""
    return 0.0 if plane.largest is None else plane.largest.area_mm2


def turned_plane(body: Body, plane: SafePlane, turn_deg: float) -> tuple[Body, SafePlane]:
    """Return the body and the plane with their first two axes turned about the third.

    A point between points of the given grid is safe when all of them are.
    """
    if turn_deg == 0:
        return body, plane
    angle = np.deg2rad(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    i, j = np.nonzero(plane.inside)
    points = np.column_stack([plane.u_mm[i], plane.v_mm[j]]) @ turn
    u, v = (np.arange(at.min(), at.max() + PLANE_GRID_MM, PLANE_GRID_MM) for at in points.T)
    across, along = np.moveaxis(np.stack(np.meshgrid(u, v, indexing="ij"), -1) @ turn.T, -1, 0)
    index = np.stack([across - plane.u_mm[0], along - plane.v_mm[0]]) / PLANE_GRID_MM
    held = ndimage.map_coordinates(plane.inside.astype(float), index, order=1)
    axes = body.axes_lps.copy()
    axes[:, :2] = axes[:, :2] @ turn
    turned = SafePlane(plane.name, plane.height_mm, u, v, held > 1 - 1e-6)
    return replace(body, axes_lps=axes), turned
