"""A computed lumbar spine as MR sees it: which tissues every voxel holds, and in which shares.

The vertebrae have the shapes of the CT phantom. Every place belongs to one tissue; the shares of a
voxel are those of its extent, so that images made of them have true partial volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.demo.phantom import (
    CANAL_DEPTH_MM,
    VertebraModel,
    body_regions,
    posterior_elements,
)
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.demo.anatomy import Pose
    from bonecohort.images.volume import FloatArray

    BoolArray = NDArray[np.bool_]

SUBSAMPLES = (-0.25, 0.25)
"""Where in a voxel, in index units along each axis, its tissues are sampled."""
BACK_MM, SKIN_FAT_MM = 92.0, 16.0
"""Skin of the back behind the foremost body's middle, and the fat beneath it."""
CANAL_RADIUS_MM = 7.0
DISC_MM = 11.0
"""Height of the discs beyond the first and the last body."""
VEIN_HALF_HEIGHT_MM, VEIN_HALF_WIDTH_MM, VEIN_BEGINS = 2.5, 3.0, 0.35
"""The basivertebral vein; it begins at this fraction of the half-depth behind the middle."""
FRONT_MM, MARGIN_MM = 45.0, 40.0
"""Images begin this far in front of the bodies, and end as far above and below them."""
BREADTH_OF_BODY = 1.38
AIR, MUSCLE, SKIN_FAT, FLUID, DISC, CORTEX, ARCH, VEIN = (
    "air", "muscle", "skin fat", "fluid", "disc", "cortex", "arch", "vein",
)  # fmt: skip
"""Tissues; the marrow of a body is called by its level."""


@dataclass(frozen=True)
class SpineTissues:
    """What the voxels of a grid hold.

    Attributes
    ----------
    shares
        Tissue → its share of each voxel, shape (ni, nj, nk); together they are 1.
    labels
        The vertebrae's labels: a voxel is labelled when at least half of it is bone.
    """

    shares: Mapping[str, FloatArray]
    labels: Volume

    def mixed(self, values: Mapping[str, float]) -> FloatArray:
        """Return the mean of a property of the tissues, shape (ni, nj, nk)."""
        mixture = np.zeros(self.labels.array.shape)
        for tissue, share in self.shares.items():
            mixture += values[tissue] * share
        return mixture


def spine_tissues(
    models: Sequence[VertebraModel],
    affine_lps: FloatArray,
    shape: tuple[int, int, int],
    scheme: Mapping[str, int],
) -> SpineTissues:
    """Return the tissues of vertebrae given from head to foot.

    Parameters
    ----------
    models
        Shapes and places of the vertebrae; their HU are not used.
    affine_lps, shape
        The grid.
    scheme
        Level → number of its label.
    """
    grid = Volume(np.zeros(shape), affine_lps)
    index = np.moveaxis(np.indices(shape, dtype=float), 0, -1)
    offsets = list(product(SUBSAMPLES, repeat=3))
    names = [
        AIR,
        MUSCLE,
        SKIN_FAT,
        FLUID,
        DISC,
        CORTEX,
        ARCH,
        VEIN,
        *(vertebra_model.level for vertebra_model in models),
    ]
    counts = np.zeros((len(names), *shape))
    bone = {model.level: np.zeros(shape) for model in models}
    for offset in offsets:
        places = grid.to_lps(index + np.asarray(offset))
        parts = {model.level: _parts(model, places) for model in models}
        drawn = _tissues(places, models, parts, names)
        for number in range(len(names)):
            counts[number] += drawn == number
        for level, part in parts.items():
            bone[level] += part.body | part.arch
    labels = np.zeros(shape, dtype=np.int16)
    for model in models:
        labels[bone[model.level] >= len(offsets) / 2] = scheme[model.level]
    shares = {name: counts[number] / len(offsets) for number, name in enumerate(names)}
    return SpineTissues(shares, Volume(labels, affine_lps))


def with_noise(signal: FloatArray, sd: float, rng: np.random.Generator) -> FloatArray:
    """Return the magnitude of a signal with complex noise of an SD."""
    real = signal + rng.normal(0.0, sd, signal.shape)
    magnitude: FloatArray = np.hypot(real, rng.normal(0.0, sd, signal.shape))
    return magnitude


@dataclass(frozen=True)
class _Parts:
    """Places in a body's frame, mm, shape (..., 3), and in which part of the vertebra they lie."""

    frame: FloatArray
    body: BoolArray
    core: BoolArray
    arch: BoolArray


def _parts(model: VertebraModel, places_lps_mm: FloatArray) -> _Parts:
    frame = in_body_frame(model, places_lps_mm)
    x, y, z = np.moveaxis(frame, -1, 0)
    body, core = body_regions(model, x, y, z)
    return _Parts(frame, body, core, posterior_elements(model, x, y, z))


def _tissues(
    places_lps_mm: FloatArray,
    models: Sequence[VertebraModel],
    parts: Mapping[str, _Parts],
    names: Sequence[str],
) -> NDArray[np.int8]:
    """Return the number in ``names`` of the tissue at places, LPS mm, shape (..., 3)."""
    drawn = np.empty(places_lps_mm.shape[:-1], dtype=np.int8)

    def draw(where: BoolArray, tissue: str) -> None:
        drawn[where] = names.index(tissue)

    behind_mm = places_lps_mm[..., 1] - min(model.center_lps_mm[1] for model in models)
    draw(np.ones(behind_mm.shape, dtype=bool), MUSCLE)
    draw(behind_mm > BACK_MM - SKIN_FAT_MM, SKIN_FAT)
    draw(behind_mm > BACK_MM, AIR)
    draw(_in_canal(places_lps_mm, models), FLUID)
    for disc in _discs(models, {level: part.frame for level, part in parts.items()}):
        draw(disc, DISC)
    for model in models:
        part = parts[model.level]
        x, y, z = np.moveaxis(part.frame, -1, 0)
        draw(part.arch, ARCH)
        draw(part.body, CORTEX)
        draw(part.core, model.level)
        vein = (np.abs(z) < VEIN_HALF_HEIGHT_MM) & (np.abs(x) < VEIN_HALF_WIDTH_MM)
        draw(part.core & vein & (y > VEIN_BEGINS * model.depth_mm / 2), VEIN)
    return drawn


def in_body_frame(model: VertebraModel, places_lps_mm: FloatArray) -> FloatArray:
    """Map LPS mm to mm left, posterior and superior of a body's middle; shapes (..., 3)."""
    offset = places_lps_mm - np.asarray(model.center_lps_mm)
    mapped: FloatArray = offset @ model.body_axes_lps()
    return mapped


def _in_canal(places_lps_mm: FloatArray, models: Sequence[VertebraModel]) -> BoolArray:
    """Return which places lie in the spinal canal: a tube behind the bodies."""
    middles = np.array(
        [
            np.asarray(model.center_lps_mm)
            + (model.depth_mm + CANAL_DEPTH_MM) / 2 * model.body_axes_lps()[:, 1]
            for model in reversed(models)
        ]
    )
    height = places_lps_mm[..., 2]
    offset = [
        places_lps_mm[..., axis] - np.interp(height, middles[:, 2], middles[:, axis])
        for axis in range(2)
    ]
    inside: BoolArray = np.hypot(*offset) < CANAL_RADIUS_MM
    return inside


def _discs(models: Sequence[VertebraModel], inside: Mapping[str, FloatArray]) -> list[BoolArray]:
    """Return which places lie in each disc, those beyond the first and the last body among them."""

    def section(model: VertebraModel) -> BoolArray:
        x, y, _ = np.moveaxis(inside[model.level], -1, 0)
        result: BoolArray = (2 * x / model.width_mm) ** 2 + (2 * y / model.depth_mm) ** 2 <= 1
        return result

    def above(model: VertebraModel, sign: float) -> FloatArray:
        height: FloatArray = sign * inside[model.level][..., 2] - model.height_mm / 2
        return height

    first, last = models[0], models[-1]
    discs = [
        section(model) & (above(model, sign) > 0) & (above(model, sign) < DISC_MM)
        for model, sign in ((first, 1.0), (last, -1.0))
    ]
    for upper, lower in pairwise(models):
        between = (above(upper, -1.0) > 0) & (above(lower, 1.0) > 0)
        discs.append(between & section(upper) & section(lower))
    return discs


def spine_models(poses: Sequence[Pose]) -> list[VertebraModel]:
    """Return the shapes and places of a participant's vertebrae."""
    return [
        VertebraModel(
            level=pose.vertebra.level,
            center_lps_mm=pose.centre_lps_mm,
            sagittal_tilt_deg=pose.sagittal_tilt_deg,
            coronal_tilt_deg=pose.coronal_tilt_deg,
            width_mm=BREADTH_OF_BODY * pose.vertebra.body_width_mm,
            depth_mm=pose.vertebra.body_width_mm,
            height_mm=pose.vertebra.body_height_mm,
        )
        for pose in poses
    ]


def spine_grid(
    poses: Sequence[Pose], pixel_mm: float, slice_mm: float, slices: int
) -> tuple[FloatArray, tuple[int, int, int]]:
    """Return affine (to LPS mm) and shape: columns to posterior, rows to the feet, slices left."""
    places = np.array([pose.centre_lps_mm for pose in poses])
    front, top = places[:, 1].min() - FRONT_MM, places[:, 2].max() + MARGIN_MM
    columns = round((BACK_MM + FRONT_MM + 4 * pixel_mm) / pixel_mm)
    rows = round((top - places[:, 2].min() + MARGIN_MM) / pixel_mm)
    affine = np.zeros((4, 4))
    affine[1, 0], affine[2, 1], affine[0, 2] = pixel_mm, -pixel_mm, slice_mm
    affine[:, 3] = [-slice_mm * (slices // 2), round(front, 1), round(top, 1), 1.0]
    return affine, (columns, rows, slices)
