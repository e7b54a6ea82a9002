"""Find the vertebral body in a vertebra's mask: without its posterior elements, with its own axes.

The body is the thickest part of a vertebra. It is what remains of the mask without all that a
sphere wider than a pedicle cannot enter. Its axis is the mean normal of its two endplates, so a
wedge or a tilt needs no guess about the scanner's axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.axes import (
    LARGEST_ROTATION_DEG,
    axes_about,
    endplate_planes,
    mid_section,
    plane_normal,
    unit,
)
from bonecohort.measures.vertebra.surface import (
    AROUND_MM,
    FAR_MM,
    cut,
    largest_part,
    sample,
    signed_distance,
    smoothed_surface,
    thinned,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

    BoolArray = NDArray[np.bool_]

COARSE_STEP_MM = 1.5
SPHERE_FRACTION = 0.55
"""Radius of the sphere that defines the body, as a fraction of the largest that fits."""
PEDICLE_RADIUS_MM = 6.0
LARGEST_SPHERE_FRACTION = 0.85
"""In a flat (crushed) body the sphere is as wide as a pedicle, but at most this wide."""
STUB_MM = 1.5
"""How much of a pedicle's root is left on the body."""
MOST_AXIS_STEPS = 5
AXIS_TOLERANCE_DEG = 0.2
LEAST_ARCH_FRACTION = 0.15
ARCH_IN_FRONT_MM = 15.0
"""No vertebra's posterior elements lie this far in front of its body: the map is turned round."""
MOST_CUT_MM2 = 25.0
PLAUSIBLE_MM = {"height": (10.0, 42.0), "depth": (18.0, 55.0), "width": (24.0, 75.0)}


@dataclass(frozen=True)
class Body:
    """A vertebral body: its frame, extent, and where a point lies in it.

    Attributes
    ----------
    origin_lps_mm
        Middle of the body, LPS mm, shape (3,).
    axes_lps
        Unit axes in LPS as columns: left, posterior, superior; shape (3, 3).
    inferior_mm, superior_mm
        Heights of the endplates along the superior axis at the origin, mm.
    width_span_mm, depth_span_mm
        Where the mid-height section begins and ends along the left and the posterior axis.
    surface
        Signed distance to the body's surface in mm, positive inside. Towards the posterior
        elements the surface is where they begin.
    voxel_axes_mm
        The CT's voxel edges in LPS mm as columns, shape (3, 3).
    """

    origin_lps_mm: FloatArray
    axes_lps: FloatArray
    inferior_mm: float
    superior_mm: float
    width_span_mm: tuple[float, float]
    depth_span_mm: tuple[float, float]
    surface: Volume
    voxel_axes_mm: FloatArray

    @property
    def height_mm(self) -> float:
        """Distance between the endplates along the body's axis."""
        return self.superior_mm - self.inferior_mm

    def to_lps(self, points_body_mm: FloatArray) -> FloatArray:
        """Map points of the body's frame, shape (..., 3), to LPS mm."""
        points: FloatArray = points_body_mm @ self.axes_lps.T + self.origin_lps_mm
        return points


def find_body(mask: BoolArray, affine_lps: FloatArray) -> Body:
    """Find the body in a vertebra's mask, shape (ni, nj, nk), and its own axes.

    Raises
    ------
    DataFault
        The mask holds two parts of like size, or no body of a vertebra's size.
    """
    bone = largest_part(Volume(mask, affine_lps))
    coarse = thinned(bone, COARSE_STEP_MM)
    distance = signed_distance(coarse)
    root = body_region(distance)
    inside = np.argwhere(root.array > 0)
    if not len(inside):
        message = "No vertebral body was found in the label."
        raise DataFault(message)
    around = coarse.to_index(root.to_lps(np.stack([inside.min(axis=0), inside.max(axis=0)]) * 1.0))
    check_uncut(bone, root)
    surface = without_arch(smoothed_surface(cut(distance, around, AROUND_MM)), root)
    origin = root.to_lps(inside.astype(float)).mean(axis=0)
    arch = towards_arch(coarse, root)
    axes = np.eye(3)
    for _ in range(MOST_AXIS_STEPS):
        section = mid_section(surface, origin, axes)
        superior, inferior = endplate_planes(surface, section, origin, axes)
        normal = unit(unit(plane_normal(superior)) + unit(plane_normal(inferior)))
        turned = np.rad2deg(np.arccos(np.clip(normal[2], -1, 1)))
        # The endplates' heights where the section's middle lies, in the present axes.
        u, v = section.centroid_mm
        heights = np.array([p[0] * u + p[1] * v + p[2] for p in (superior, inferior)])
        origin = origin + axes @ np.array([u, v, heights.mean()])
        posterior = axes @ section.posterior if arch is None else arch
        axes = axes_about(axes @ normal, posterior)
        if turned < AXIS_TOLERANCE_DEG:
            break
    section = mid_section(surface, origin, axes)
    superior, inferior = endplate_planes(surface, section, origin, axes)
    body = Body(
        origin_lps_mm=origin,
        axes_lps=axes,
        inferior_mm=float(inferior[2]),
        superior_mm=float(superior[2]),
        width_span_mm=section.width_mm,
        depth_span_mm=section.depth_mm,
        surface=surface,
        voxel_axes_mm=affine_lps[:3, :3],
    )
    check_plausible(body)
    return body


def body_region(surface: Volume) -> Volume:
    """Return a coarse LPS-aligned volume, positive in the body and negative beyond it, in mm.

    A point is in the body when a sphere reaches it that fits into the bone. The sphere is too wide
    for a pedicle.
    """
    bone = surface.to_lps(np.argwhere(surface.array > 0).astype(float))
    low = bone.min(axis=0) - 2 * COARSE_STEP_MM
    counts = np.ceil((bone.max(axis=0) - low) / COARSE_STEP_MM).astype(int) + 3
    affine = np.diag([COARSE_STEP_MM] * 3 + [1.0])
    affine[:3, 3] = low
    grid = Volume(np.zeros(counts), affine)
    points = grid.to_lps(np.moveaxis(np.indices(counts, dtype=float), 0, -1))
    depth = sample(surface, points, -FAR_MM)
    thickest = float(depth.max())
    radius = max(
        SPHERE_FRACTION * thickest, min(PEDICLE_RADIUS_MM, LARGEST_SPHERE_FRACTION * thickest)
    )
    centres, _ = ndimage.label(depth >= radius)
    if not centres.any():
        return Volume(np.full(counts, -FAR_MM), affine)
    core = centres == np.bincount(centres[centres > 0]).argmax()
    reached = radius + STUB_MM - ndimage.distance_transform_edt(~core, sampling=COARSE_STEP_MM)
    return Volume(reached, affine)


def without_arch(surface: Volume, root: Volume) -> Volume:
    """Return a vertebra's surface closed where its posterior elements begin."""
    index = np.moveaxis(np.indices(surface.array.shape, dtype=float), 0, -1)
    reach = sample(root, surface.to_lps(index), -FAR_MM)
    return Volume(np.minimum(surface.array, reach), surface.affine_lps)


def towards_arch(bone: Volume, root: Volume) -> FloatArray | None:
    """Return the direction from the body to the posterior elements, LPS; None without them.

    They lie behind the body on its midline, so they show its rotation about its own axis better
    than the shape of a nearly round section. A direction far from the patient's posterior is not
    believed: the label may hold one side of them only.

    Raises
    ------
    DataFault
        They lie in front of the body.
    """
    points = bone.to_lps(np.argwhere(bone.array).astype(float))
    depth = sample(root, points, -FAR_MM)
    behind = depth < -STUB_MM
    if behind.mean() < LEAST_ARCH_FRACTION:
        return None
    offset_mm = points[behind].mean(axis=0) - points[depth > 0].mean(axis=0)
    if offset_mm[1] < -ARCH_IN_FRONT_MM:
        message = (
            "The posterior elements of the labelled vertebra lie in front of its body: the label "
            "map is turned front to back. Check its orientation."
        )
        raise DataFault(message)
    direction = unit(offset_mm)
    across = direction[0] / np.hypot(direction[0], direction[1])
    believed = direction[1] > 0 and abs(across) < np.sin(np.deg2rad(LARGEST_ROTATION_DEG))
    return direction if believed else None


def check_uncut(bone: Volume, root: Volume) -> None:
    """Refuse a body that the edge of the image cuts: its height is not known.

    Raises
    ------
    DataFault
        More than a trace of the body lies on the outermost voxels.
    """
    at_edge = bone.array.copy()
    at_edge[1:-1, 1:-1, 1:-1] = False
    points = bone.to_lps(np.argwhere(at_edge).astype(float))
    face_mm2 = float(np.prod(bone.spacing_mm) / bone.spacing_mm.max())
    area_mm2 = (sample(root, points, -FAR_MM) > 0).sum() * face_mm2
    if area_mm2 > MOST_CUT_MM2:
        message = (
            f"The image ends within the vertebral body (over {area_mm2:.0f} mm²): the body must "
            "lie whole in the CT."
        )
        raise DataFault(message)


def check_plausible(body: Body) -> None:
    """Refuse a body that no vertebra has.

    Raises
    ------
    DataFault
        With the size found and what would be plausible.
    """
    sizes = {
        "height": body.height_mm,
        "depth": body.depth_span_mm[1] - body.depth_span_mm[0],
        "width": body.width_span_mm[1] - body.width_span_mm[0],
    }
    for name, (least, most) in PLAUSIBLE_MM.items():
        if not least <= sizes[name] <= most:
            message = (
                f"The labelled body has a {name} of {sizes[name]:.0f} mm; a lumbar body has "
                f"{least:.0f} to {most:.0f} mm. The label may cover part of a vertebra, or two."
            )
            raise DataFault(message)
