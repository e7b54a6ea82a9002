"""A calibration phantom painted below a body: rods whose densities and line are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from bonecohort.images.volume import Volume

SLOPE, INTERCEPT = 0.82, -6.0
"""The truth: density = 0.82 HU − 6 mg/cm³."""
DENSITIES = {1: 0.0, 2: 50.0, 3: 100.0, 4: 200.0}
SPINE_HU = 150.0


def hu_of(density):
    """Return the HU of a density on the phantom's line."""
    return (density - INTERCEPT) / SLOPE


@dataclass(frozen=True)
class Phantom:
    """Rods along z in water, with a column of bone above them and air at one side.

    ``drift_hu`` is added at the foot, falling to nothing at the middle of the image. The vertebrae
    lie above it.
    """

    spacing_mm: tuple[float, float, float] = (0.8, 0.8, 2.0)
    radius_mm: float = 8.0
    fwhm_mm: float = 1.2
    noise_hu: float = 12.0
    drift_hu: float = 0.0
    size_mm: tuple[float, float, float] = (140.0, 90.0, 60.0)
    densities: tuple[float, ...] = tuple(DENSITIES.values())

    @property
    def affine(self):
        affine = np.diag([*self.spacing_mm, 1.0])
        affine[:3, 3] = (-70.0, -20.0, -30.0)
        return affine

    def points(self):
        shape = [int(size / step) for size, step in zip(self.size_mm, self.spacing_mm, strict=True)]
        index = np.moveaxis(np.indices(shape), 0, -1)
        return index * self.spacing_mm + self.affine[:3, 3]

    def labels(self, points=None):
        """Return the labels at points in LPS mm, by default at the image's voxels."""
        x, y, _ = np.moveaxis(self.points() if points is None else points, -1, 0)
        found = np.zeros(x.shape, np.int16)
        for at, number in enumerate(DENSITIES):
            centre = -42 + 28 * at
            found[np.hypot(x - centre, y - 40) <= self.radius_mm] = number
        return found

    @cache  # noqa: B019 - a few phantoms, each asked often
    def ct(self):
        """Return the image, blurred as by a scanner, then with noise."""
        points, labels = self.points(), self.labels()
        hu = np.full(labels.shape, 0.0)
        for number, density in zip(DENSITIES, self.densities, strict=True):
            hu[labels == number] = hu_of(density)
        x, y, z = np.moveaxis(points, -1, 0)
        hu[np.hypot(x, y) < 14] = SPINE_HU
        hu += self.drift_hu * np.clip(-z / 30, 0, 1)
        sigma_mm = self.fwhm_mm / 2.355
        sigma = [sigma_mm / self.spacing_mm[0], sigma_mm / self.spacing_mm[1], 0]
        hu[:6] = -1000.0
        hu = ndimage.gaussian_filter(hu, sigma)
        hu += np.random.default_rng(3).normal(0, self.noise_hu, hu.shape)
        return Volume(np.rint(hu).astype(np.int16), self.affine)

    @cache  # noqa: B019
    def label_map(self):
        return Volume(self.labels(), self.affine)


def vertebrae(*heights_mm):
    """Return three regions of each of some vertebrae, at their heights."""
    return {
        f"L{at}": np.array([[0.0, 0.0, height + step] for step in (-5, 0, 5)])
        for at, height in enumerate(heights_mm, start=1)
    }
