"""A computed CT of lumbar vertebrae whose trabecular HU, tilt, veins and islands are known.

Everything is defined in mm in each vertebra's own frame (left, posterior, superior; origin at the
centre of the body). It is sampled finer than the voxels, so the image has true partial volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

    BoolArray = NDArray[np.bool_]

CANAL_DEPTH_MM = 16.0
CANAL_HALF_WIDTH_MM = 11.0
LAMINA_MM = 6.0
SPINOUS_LENGTH_MM = 24.0
PEDICLE_HALF_WIDTH_MM = 4.0
PEDICLE_HALF_HEIGHT_MM = 6.0
POSTERIOR_ELEMENTS_HU = 350.0
VEIN_HU = 10.0
VEIN_MOUTH_RADIUS_MM = 4.0
VEIN_TIP_RADIUS_MM = 1.0
VEIN_LENGTH_FRACTION = 0.35
WAIST_FRACTION = 0.06
SUBSAMPLE_MM = 0.75
MOST_SUBSAMPLES = 5


@dataclass(frozen=True)
class VertebraModel:
    """One vertebra of the phantom; lengths in mm, angles in degrees.

    ``sagittal_tilt_deg`` turns the body about the left-right axis (positive: the superior endplate
    faces anteriorly, as in L5), ``coronal_tilt_deg`` about the antero-posterior axis (positive:
    it faces left). Trabecular offsets are added in the upper, middle and lower third of the
    height. Islands are spheres ``(centre in the body's frame, radius, HU)``.
    """

    level: str
    center_lps_mm: tuple[float, float, float]
    sagittal_tilt_deg: float = 0.0
    coronal_tilt_deg: float = 0.0
    width_mm: float = 45.0
    depth_mm: float = 34.0
    height_mm: float = 27.0
    trabecular_hu: float = 120.0
    cortical_hu: float = 500.0
    cortical_mm: float = 1.2
    trabecular_offsets_hu: tuple[float, float, float] = (0.0, 0.0, 0.0)
    has_vein: bool = True
    islands: tuple[tuple[tuple[float, float, float], float, float], ...] = ()

    def body_axes_lps(self) -> FloatArray:
        """Return the unit axes in LPS as columns: left, posterior, superior; shape (3, 3)."""
        sagittal, coronal = np.deg2rad([self.sagittal_tilt_deg, self.coronal_tilt_deg])
        about_left = np.array(
            [
                [1.0, 0.0, 0.0],
                [0.0, np.cos(sagittal), -np.sin(sagittal)],
                [0.0, np.sin(sagittal), np.cos(sagittal)],
            ]
        )
        about_posterior = np.array(
            [
                [np.cos(coronal), 0.0, np.sin(coronal)],
                [0.0, 1.0, 0.0],
                [-np.sin(coronal), 0.0, np.cos(coronal)],
            ]
        )
        axes: FloatArray = about_posterior @ about_left
        return axes


def body_regions(
    model: VertebraModel, x: FloatArray, y: FloatArray, z: FloatArray
) -> tuple[BoolArray, BoolArray]:
    """Return which points (mm, body frame) lie in the body, and which inside its cortical shell."""
    half_height = model.height_mm / 2
    waist = 1 - WAIST_FRACTION * np.clip(1 - (z / half_height) ** 2, 0, 1)

    def within(shell_mm: float) -> BoolArray:
        across = x / (waist * model.width_mm / 2 - shell_mm)
        along = y / (waist * model.depth_mm / 2 - shell_mm)
        result: BoolArray = (across**2 + along**2 <= 1) & (np.abs(z) <= half_height - shell_mm)
        return result

    return within(0.0), within(model.cortical_mm)


def posterior_elements(
    model: VertebraModel, x: FloatArray, y: FloatArray, z: FloatArray
) -> BoolArray:
    """Return which points lie in the pedicles, arch, spinous or transverse processes."""
    wall = model.depth_mm / 2
    pedicle_x = CANAL_HALF_WIDTH_MM + PEDICLE_HALF_WIDTH_MM
    pedicle_z = model.height_mm / 5
    canal_y = wall + CANAL_DEPTH_MM / 2
    side, level = np.abs(x) - pedicle_x, z - pedicle_z
    in_pedicle = (side / PEDICLE_HALF_WIDTH_MM) ** 2 + (level / PEDICLE_HALF_HEIGHT_MM) ** 2 <= 1
    pedicles = in_pedicle & (y > 0) & (y <= canal_y)

    def in_oval(growth_mm: float) -> BoolArray:
        across = x / (CANAL_HALF_WIDTH_MM + growth_mm)
        along = (y - canal_y) / (CANAL_DEPTH_MM / 2 + growth_mm)
        result: BoolArray = across**2 + along**2 <= 1
        return result

    lamina_height = (z >= -0.35 * model.height_mm) & (z <= pedicle_z + PEDICLE_HALF_HEIGHT_MM)
    lamina = in_oval(LAMINA_MM) & ~in_oval(0.0) & (y >= canal_y) & lamina_height
    arch_end = wall + CANAL_DEPTH_MM
    spinous = (
        (np.abs(x) <= 3.5)
        & (y >= arch_end)
        & (y <= arch_end + SPINOUS_LENGTH_MM)
        & (np.abs(z + 0.15 * model.height_mm) <= 8.0)
    )
    transverse = (
        (np.abs(x) >= pedicle_x)
        & (np.abs(x) <= pedicle_x + 25.0)
        & (np.abs(y - canal_y) <= 4.0)
        & (np.abs(level) <= 4.0)
    )
    result: BoolArray = pedicles | lamina | spinous | transverse
    return result


def marrow_hu(model: VertebraModel, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """Return the HU of points (mm, body frame) inside the cortical shell."""
    upper, middle, lower = model.trabecular_offsets_hu
    third = model.height_mm / 6
    offset = np.where(z > third, upper, np.where(z < -third, lower, middle))
    hu: FloatArray = model.trabecular_hu + offset
    if model.has_vein:
        length = VEIN_LENGTH_FRACTION * model.depth_mm
        along = np.clip((model.depth_mm / 2 - y) / length, 0, None)
        radius = VEIN_MOUTH_RADIUS_MM + along * (VEIN_TIP_RADIUS_MM - VEIN_MOUTH_RADIUS_MM)
        hu = np.where((along <= 1) & (x**2 + z**2 <= radius**2), VEIN_HU, hu)
    for centre, radius_mm, island_hu in model.islands:
        offset_mm = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
        hu = np.where(offset_mm <= radius_mm**2, island_hu, hu)
    return hu


def vertebra_hu(model: VertebraModel, points_body_mm: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Return which points, shape (3, ...) in the body frame, lie in the bone, and their HU."""
    x, y, z = points_body_mm
    body, marrow = body_regions(model, x, y, z)
    bone = body | posterior_elements(model, x, y, z)
    hu = np.where(body, model.cortical_hu, POSTERIOR_ELEMENTS_HU)
    hu[marrow] = marrow_hu(model, x[marrow], y[marrow], z[marrow])
    return bone, hu


def bounding_slices(model: VertebraModel, grid: Volume) -> tuple[slice, slice, slice]:
    """Return the voxels of ``grid`` that can hold any of the vertebra."""
    side = max(model.width_mm / 2, CANAL_HALF_WIDTH_MM + PEDICLE_HALF_WIDTH_MM + 25.0)
    behind = model.depth_mm / 2 + CANAL_DEPTH_MM + SPINOUS_LENGTH_MM
    reach = model.height_mm / 2 + 1.0
    corners = np.array(list(product((-side, side), (-model.depth_mm / 2, behind), (-reach, reach))))
    index = grid.to_index(corners @ model.body_axes_lps().T + np.asarray(model.center_lps_mm))
    low = np.clip(np.floor(index.min(axis=0)) - 1, 0, grid.array.shape).astype(int)
    high = np.clip(np.ceil(index.max(axis=0)) + 2, 0, grid.array.shape).astype(int)
    return slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2])


@cache
def subsample_offsets(spacing_mm: tuple[float, float, float]) -> tuple[tuple[float, ...], ...]:
    """Return where in a voxel (index units) it is sampled along each axis."""
    counts = (
        int(np.clip(np.ceil(spacing / SUBSAMPLE_MM), 2, MOST_SUBSAMPLES)) for spacing in spacing_mm
    )
    return tuple(tuple((np.arange(n) + 0.5) / n - 0.5) for n in counts)


def add_vertebra(
    model: VertebraModel, ct_hu: Volume, labels: NDArray[np.int16], label: int
) -> None:
    """Draw one vertebra into a CT (float) and a label array, blending at its surface."""
    box = bounding_slices(model, ct_hu)
    index = np.meshgrid(*(np.arange(s.start, s.stop, dtype=float) for s in box), indexing="ij")
    to_body = model.body_axes_lps().T
    linear = to_body @ ct_hu.affine_lps[:3, :3]
    shift = to_body @ (ct_hu.affine_lps[:3, 3] - np.asarray(model.center_lps_mm))
    centres = np.tensordot(linear, np.stack(index), axes=1) + shift[:, None, None, None]
    offsets = list(product(*subsample_offsets(tuple(ct_hu.spacing_mm.tolist()))))
    covered = np.zeros(centres.shape[1:])
    total_hu = np.zeros(centres.shape[1:])
    for offset in offsets:
        moved = centres + (linear @ np.asarray(offset))[:, None, None, None]
        bone, hu = vertebra_hu(model, moved)
        covered += bone
        total_hu += np.where(bone, hu, 0.0)
    share = covered / len(offsets)
    ct_hu.array[box] = ct_hu.array[box] * (1 - share) + total_hu / len(offsets)
    labels[box][share >= 0.5] = label


def render_ct(
    models: Sequence[VertebraModel],
    affine_lps: FloatArray,
    shape: tuple[int, int, int],
    *,
    noise_sd_hu: float = 0.0,
    seed: int = 0,
    soft_tissue_hu: float = 40.0,
    scheme: Mapping[str, int] = SCHEMES["totalsegmentator_v2"],
    torso_semi_axes_mm: tuple[float, float] | None = None,
    air_hu: float = -1000.0,
) -> tuple[Volume, Volume]:
    """Draw vertebrae in soft tissue on a grid; return the CT (int16 HU) and its label map (int16).

    A voxel's HU is the mean over its own extent; it is labelled when at least half of it is bone.
    White Gaussian noise is added to every voxel, then values are rounded. With
    ``torso_semi_axes_mm`` (left-right, antero-posterior) there is air outside an ellipse about
    the middle of the image.
    """
    background = np.full(shape, soft_tissue_hu)
    ct_hu = Volume(background, affine_lps)
    if torso_semi_axes_mm is not None:
        corner = np.indices(shape, dtype=float).reshape(3, -1).T
        place = ct_hu.to_lps(corner) - ct_hu.to_lps((np.asarray(shape, dtype=float) - 1) / 2)
        across, along = torso_semi_axes_mm
        outside = (place[:, 0] / across) ** 2 + (place[:, 1] / along) ** 2 > 1
        background[outside.reshape(shape)] = air_hu
    labels = np.zeros(shape, dtype=np.int16)
    for model in models:
        add_vertebra(model, ct_hu, labels, scheme[model.level])
    noise = np.random.default_rng(seed).normal(0.0, noise_sd_hu, shape) if noise_sd_hu else 0.0
    rounded = np.rint(ct_hu.array + noise).astype(np.int16)
    return Volume(rounded, affine_lps), Volume(labels, affine_lps)
