"""A vertebral body's own axes: the normal of its endplates, and its short axis across that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.faults import DataFault
from bonecohort.measures.vertebra.surface import FAR_MM, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume

    BoolArray = NDArray[np.bool_]

SECTION_REACH_MM = 45.0
LEAST_SECTION_MM2 = 100.0
COLUMN_REACH_MM = 45.0
COLUMN_STEP_MM = 1.0
EVERY_COLUMN = 3
LEAST_COLUMNS = 30
CENTRAL_FRACTION = 0.2
"""Endplates are fitted this far in from the wall, as a fraction of the section's half-depth."""
PLANE_PASSES = 10
LEAST_SCALE_MM = 0.3
STAIR_SD = 12**-0.5
"""SD of a surface drawn in steps, as a fraction of the step."""
TUKEY = 4.685
MAD_TO_SD = 1.4826
ELONGATION_FOR_AXIS = 1.15
LARGEST_ROTATION_DEG = 40.0


@dataclass(frozen=True)
class Section:
    """The body's section at mid-height on a 1 mm grid of the (left, posterior) axes."""

    u_mm: FloatArray
    v_mm: FloatArray
    inside: BoolArray
    centroid_mm: FloatArray
    width_mm: tuple[float, float]
    depth_mm: tuple[float, float]
    posterior: FloatArray
    """Unit vector (left, posterior, superior) along the section's antero-posterior axis."""


def mid_section(surface: Volume, origin: FloatArray, axes: FloatArray) -> Section:
    """Cut the body at the origin, across the superior axis."""
    u = v = np.arange(-SECTION_REACH_MM, SECTION_REACH_MM + 1.0)
    grid = np.stack(np.meshgrid(u, v, [0.0], indexing="ij"), axis=-1)[:, :, 0]
    points = grid @ axes.T + origin
    inside = sample(surface, points, -FAR_MM) > 0
    inside = ndimage.binary_fill_holes(inside)
    if inside.sum() < LEAST_SECTION_MM2:
        message = "No vertebral body was found in the label: its section is below 1 cm²."
        raise DataFault(message)
    uv = grid[inside][:, :2]
    centroid = uv.mean(axis=0)
    return Section(
        u_mm=u,
        v_mm=v,
        inside=inside,
        centroid_mm=centroid,
        width_mm=(float(uv[:, 0].min()), float(uv[:, 0].max())),
        depth_mm=(float(uv[:, 1].min()), float(uv[:, 1].max())),
        posterior=posterior_axis(uv - centroid, axes),
    )


def posterior_axis(uv_mm: FloatArray, axes: FloatArray) -> FloatArray:
    """Return the section's short axis, nearest to the patient's posterior, in the given axes.

    A nearly round section has no axis of its own, and an axis far from the patient's is not
    believed. The patient's posterior direction then takes its place.
    """
    patient = axes.T @ np.array([0.0, 1.0, 0.0])
    patient[2] = 0.0
    patient = unit(patient)
    variances, vectors = np.linalg.eigh(np.cov(uv_mm.T))
    short = np.array([*vectors[:, 0], 0.0])
    short *= np.sign(short @ patient) or 1.0
    elongated = np.sqrt(variances[1] / variances[0]) >= ELONGATION_FOR_AXIS
    near = short @ patient >= np.cos(np.deg2rad(LARGEST_ROTATION_DEG))
    return short if elongated and near else patient


def endplate_planes(
    surface: Volume, section: Section, origin: FloatArray, axes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Fit both endplates as planes ``height = a u + b v + c`` in the given axes; mm.

    From the central part of the section the surface is sought upwards and downwards.

    Returns
    -------
    superior, inferior
        The coefficients (a, b, c) of each.
    """
    from_wall = ndimage.distance_transform_edt(section.inside)
    central = from_wall >= CENTRAL_FRACTION * from_wall.max()
    i, j = (index[::EVERY_COLUMN] for index in np.nonzero(central))
    uv = np.stack([section.u_mm[i], section.v_mm[j]], axis=-1)
    steps = np.arange(0.0, COLUMN_REACH_MM, COLUMN_STEP_MM)
    # A tilted surface of thick slices is a stair: its steps are no outliers.
    step_mm = float(np.abs(axes[:, 2] @ surface.affine_lps[:3, :3]).sum())
    least_scale_mm = max(STAIR_SD * step_mm, LEAST_SCALE_MM)
    fitted = []
    for direction in (1.0, -1.0):
        heights = direction * steps
        column = np.empty((len(uv), len(steps), 3))
        column[..., :2] = uv[:, None, :]
        column[..., 2] = heights
        depth = sample(surface, column @ axes.T + origin, -FAR_MM)
        first = np.argmax(depth < 0, axis=1)
        result = first > 0
        if result.sum() < LEAST_COLUMNS:
            message = "The endplates of the vertebral body were not found in the label."
            raise DataFault(message)
        rows, last = np.flatnonzero(result), first[result] - 1
        inner, outer = depth[rows, last], depth[rows, last + 1]
        outer = np.maximum(outer, -3.0)
        part = inner / (inner - outer)
        crossing = heights[last] + part * (heights[last + 1] - heights[last])
        fitted.append(fit_plane(uv[result], crossing, least_scale_mm))
    return fitted[0], fitted[1]


def fit_plane(uv_mm: FloatArray, height_mm: FloatArray, least_scale_mm: float) -> FloatArray:
    """Fit ``height = a u + b v + c`` by iterated least squares with Tukey's weights.

    ``least_scale_mm`` is the residual SD that the grid alone explains.
    """
    design = np.column_stack([uv_mm, np.ones(len(uv_mm))])
    weights = np.ones(len(uv_mm))
    plane: FloatArray = np.zeros(3)
    for _ in range(PLANE_PASSES):
        root_weights = np.sqrt(weights)
        plane = np.linalg.lstsq(
            design * root_weights[:, None], height_mm * root_weights, rcond=None
        )[0]
        residual = height_mm - design @ plane
        scale = max(MAD_TO_SD * float(np.median(np.abs(residual))), least_scale_mm)
        weights = np.clip(1 - (residual / (TUKEY * scale)) ** 2, 0, None) ** 2
    return plane


def plane_normal(plane: FloatArray) -> FloatArray:
    """Return the upward normal of ``height = a u + b v + c`` (not of unit length)."""
    return np.array([-plane[0], -plane[1], 1.0])


def unit(vector: FloatArray) -> FloatArray:
    """Scale a vector to length 1."""
    scaled: FloatArray = vector / np.linalg.norm(vector)
    return scaled


def axes_about(superior: FloatArray, posterior: FloatArray) -> FloatArray:
    """Build right-handed axes (left, posterior, superior as columns), keeping ``superior``."""
    superior = unit(superior)
    posterior = unit(posterior - (posterior @ superior) * superior)
    return np.column_stack([np.cross(posterior, superior), posterior, superior])
