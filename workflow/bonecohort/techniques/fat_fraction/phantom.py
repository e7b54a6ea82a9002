"""Computed water and fat images of a lumbar spine whose fat fractions and R2* are known.

The vertebrae have the shapes of the CT phantom. Every place belongs to one tissue with a proton
density, a fat fraction and an R2*; a voxel's water and fat are the means over its extent, so that
the images have true partial volume. Where there is no signal the fat fraction is noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.phantom import CANAL_DEPTH_MM, body_regions, posterior_elements
from bonecohort.images.volume import Volume
from bonecohort.techniques.fat_fraction.pairs import fat_fraction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.demo.phantom import VertebraModel
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
SIGNAL = 1000.0
"""Signal of a proton density of 1."""


@dataclass(frozen=True)
class Tissue:
    """Proton density (a fraction), fat fraction in % and R2* in 1/s of a tissue."""

    density: float
    fat_percent: float
    r2star: float


AIR = Tissue(0.0, 0.0, 0.0)
MUSCLE = Tissue(0.8, 6.0, 35.0)
SKIN_FAT = Tissue(0.95, 94.0, 40.0)
FLUID = Tissue(1.0, 0.5, 10.0)
DISC = Tissue(0.6, 5.0, 20.0)
CORTEX = Tissue(0.12, 20.0, 400.0)
ARCH = Tissue(0.55, 35.0, 120.0)
VEIN = Tissue(0.9, 3.0, 30.0)
MARROW_DENSITY = 0.7


@dataclass(frozen=True)
class Marrow:
    """Truth of one body's marrow: fat fraction in %, R2* in 1/s."""

    fat_percent: float
    r2star: float

    @property
    def tissue(self) -> Tissue:
        """The marrow as a tissue."""
        return Tissue(MARROW_DENSITY, self.fat_percent, self.r2star)


@dataclass(frozen=True)
class WaterFatImages:
    """Images of one grid: signals of water and fat, R2* in 1/s, and the vertebrae's labels."""

    water: Volume
    fat: Volume
    r2star: Volume
    labels: Volume

    @property
    def fat_percent(self) -> Volume:
        """The fat fraction in %."""
        return fat_fraction(self.water, self.fat)


def render(
    models: Sequence[VertebraModel],
    marrow: Mapping[str, Marrow],
    affine_lps: FloatArray,
    shape: tuple[int, int, int],
    rng: np.random.Generator,
    *,
    noise_sd: float = 12.0,
    scheme: Mapping[str, int] = SCHEMES["totalsegmentator_mr"],
) -> WaterFatImages:
    """Draw the images of vertebrae given from head to foot.

    Parameters
    ----------
    models
        Shapes and places of the vertebrae; their HU are not used.
    marrow
        Level → truth.
    affine_lps, shape
        The grid.
    noise_sd
        SD of the noise in the real and the imaginary part of water and fat, where a proton
        density of 1 has a signal of 1000.
    scheme
        Level → number of its label.

    Returns
    -------
    WaterFatImages
        A voxel is labelled when at least half of it is bone.
    """
    grid = Volume(np.zeros(shape), affine_lps)
    index = np.moveaxis(np.indices(shape, dtype=float), 0, -1)
    offsets = list(product(SUBSAMPLES, repeat=3))
    sums = np.zeros((3, *shape))
    shares = {model.level: np.zeros(shape) for model in models}
    for offset in offsets:
        places = grid.to_lps(index + np.asarray(offset))
        parts = {model.level: _parts(model, places) for model in models}
        density, fat, r2star = _tissues(places, models, parts, marrow)
        sums += np.stack([density * (1 - fat / 100), density * fat / 100, r2star])
        for level, part in parts.items():
            shares[level] += part.body | part.arch
    water, fat_signal, r2star = sums / len(offsets)
    labels = np.zeros(shape, dtype=np.int16)
    for model in models:
        labels[shares[model.level] >= len(offsets) / 2] = scheme[model.level]
    return WaterFatImages(
        Volume(_with_noise(water, noise_sd, rng), affine_lps),
        Volume(_with_noise(fat_signal, noise_sd, rng), affine_lps),
        Volume(r2star, affine_lps),
        Volume(labels, affine_lps),
    )


def _with_noise(density: FloatArray, noise_sd: float, rng: np.random.Generator) -> FloatArray:
    """Return the magnitude of a signal with complex noise."""
    real = SIGNAL * density + rng.normal(0.0, noise_sd, density.shape)
    magnitude: FloatArray = np.hypot(real, rng.normal(0.0, noise_sd, density.shape))
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
    marrow: Mapping[str, Marrow],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return proton density, fat fraction in % and R2* of places, LPS mm, shape (..., 3)."""
    drawn = np.empty((3, *places_lps_mm.shape[:-1]))

    def draw(where: BoolArray, tissue: Tissue) -> None:
        for values, value in zip(
            drawn, (tissue.density, tissue.fat_percent, tissue.r2star), strict=True
        ):
            values[where] = value

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
        draw(part.core, marrow[model.level].tissue)
        vein = (np.abs(z) < VEIN_HALF_HEIGHT_MM) & (np.abs(x) < VEIN_HALF_WIDTH_MM)
        draw(part.core & vein & (y > VEIN_BEGINS * model.depth_mm / 2), VEIN)
    density, fat, r2star = drawn
    return density, fat, r2star


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
        found: BoolArray = (2 * x / model.width_mm) ** 2 + (2 * y / model.depth_mm) ** 2 <= 1
        return found

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
