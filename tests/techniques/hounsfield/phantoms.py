"""Phantoms of single vertebrae: the project's analytic one, and one painted voxel by voxel.

The painted one shares nothing with the analytic one. It has no partial volume, a bean-shaped
waisted body, and a vein with dense walls. Its label may be ragged, blocky, or of the body alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from bonecohort.annotations.labels.label_map import LabelMap
from bonecohort.demo.phantom import VertebraModel, render_ct
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.crops import prepare_crops
from bonecohort.techniques.hounsfield.measure import measure_vertebra
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

SCHEME = {"L3": 29}
ISLANDS = (((8.0, -4.0, 5.0), 3.0, 600.0), ((-7.0, -6.0, 0.0), 2.0, 400.0))


def grid(spacing_mm, size_mm=(104, 112, 80), corner_mm=(-52, -42, -40)):
    """Return affine and shape of an axial grid about the origin."""
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = corner_mm
    shape = tuple(int(np.ceil(size / step)) for size, step in zip(size_mm, spacing_mm, strict=True))
    return affine, shape


def analytic(spacing_mm, noise_sd_hu=0.0, seed=0, **model):
    """Return the crop of one analytic vertebra and its model."""
    vertebra = VertebraModel("L3", (1.3, 0.7, 2.2), **model)
    affine, shape = grid(spacing_mm)
    ct, labels = render_ct([vertebra], affine, shape, noise_sd_hu=noise_sd_hu, seed=seed)
    return crop_of(ct, labels), vertebra


def crop_of(ct, labels):
    """Return the crop of L3, failing with the reason why there is none."""
    crop = prepare_crops(ct, LabelMap(labels), SCHEME, ["L3"])["L3"]
    assert not isinstance(crop, str), crop
    return crop


def errors_hu(crop, true_hu, settings=None):
    """Measure a crop; return the error of every plane's mean."""
    found = measure_vertebra(crop, settings or HounsfieldSettings())
    return np.array([roi.statistics.hu - true_hu for roi in found.rois])


@dataclass(frozen=True)
class Painted:
    """A vertebra painted on voxel centres."""

    spacing_mm: tuple[float, float, float] = (0.8, 0.8, 1.0)
    sagittal_deg: float = 0.0
    coronal_deg: float = 0.0
    trabecular_hu: float = 130.0
    cortex_mm: float = 2.0
    cortex_hu: float = 700.0
    vein: str = "dark"
    islands: tuple = ()
    arch: bool = True
    label: str = "plain"
    waist_mm: float = 4.0
    noise_sd_hu: float = 0.0
    seed: int = 1

    def rotation(self):
        """Return the body's axes in LPS as columns."""
        a, b = np.deg2rad([self.sagittal_deg, self.coronal_deg])
        about_x = np.array([[1, 0, 0], [0, np.cos(a), np.sin(a)], [0, -np.sin(a), np.cos(a)]])
        about_y = np.array([[np.cos(b), 0, -np.sin(b)], [0, 1, 0], [np.sin(b), 0, np.cos(b)]])
        return about_y @ about_x

    def paint(self):
        """Return the crop of the vertebra."""
        affine, shape = grid(self.spacing_mm)
        points = np.moveaxis(np.indices(shape), 0, -1) * self.spacing_mm + affine[:3, 3]
        x, y, z = np.moveaxis(points @ self.rotation(), -1, 0)
        body, marrow = self.body(x, y, z, 0.0), self.body(x, y, z, self.cortex_mm)
        arch = np.zeros_like(body)
        if self.arch:
            blocks = (np.abs(x) > 10) & (np.abs(x) < 19) & (y > 10) & (y < 30) & (np.abs(z - 5) < 6)
            roof = (np.abs(x) < 19) & (y > 29) & (y < 36) & (np.abs(z) < 9)
            spine = (np.abs(x) < 4) & (y > 35) & (y < 58) & (np.abs(z + 3) < 8)
            arch = (blocks | roof | spine) & ~body
        ct = np.full(shape, 35.0)
        ct[arch] = 320.0
        ct[body] = self.cortex_hu
        ct[marrow] = self.trabecular_hu
        self.paint_vein(ct, marrow, x, y, z)
        for (cx, cy, cz), radius, hu in self.islands:
            ct[marrow & ((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 < radius**2)] = hu
        rng = np.random.default_rng(self.seed)
        if self.noise_sd_hu:
            ct += rng.normal(0, self.noise_sd_hu, shape)
        labels = self.labelled(body, arch, rng) * 29
        return crop_of(
            Volume(np.rint(ct).astype(np.int16), affine), Volume(labels.astype(np.int16), affine)
        )

    def body(self, x, y, z, inwards):
        """Return which points lie in a waisted bean, by ``inwards`` mm inside its surface."""
        waist = self.waist_mm * np.clip(1 - (z / 13) ** 2, 0, 1) / 2
        across, along = 24 - waist - inwards, 17 - waist - inwards
        bean = np.abs(x / across) ** 2.3 + np.abs(y / along) ** 2.3 <= 1
        hollow = x**2 / 12**2 + (y - 19) ** 2 / (5 + inwards) ** 2 < 1
        return bean & ~hollow & (np.abs(z) < 13 - inwards)

    def paint_vein(self, ct, marrow, x, y, z):
        """Paint a funnel from the middle of the posterior wall: dark, or dark with dense walls."""
        if self.vein == "none":
            return
        radius = np.clip((y - 3) / 11, 0, 1) * 4.5
        off_axis = np.hypot(x, 1.3 * z)
        if self.vein == "walled":
            ct[marrow & (off_axis < radius) & (off_axis >= radius - 1.2)] = 260.0
            radius = radius - 1.2
        ct[marrow & (off_axis < radius)] = -30.0

    def labelled(self, body, arch, rng):
        """Return the label: plain, ragged at its rim, or in blocks of about 3 mm."""
        label = body | arch
        if self.label == "ragged":
            rim = ndimage.binary_dilation(label) & ~ndimage.binary_erosion(label)
            label = np.where(rim, rng.random(label.shape) < 0.5, label)
        elif self.label == "blocky":
            steps = [max(1, round(3 / step)) for step in self.spacing_mm]
            coarse = label[
                steps[0] // 2 :: steps[0], steps[1] // 2 :: steps[1], steps[2] // 2 :: steps[2]
            ]
            for axis, step in enumerate(steps):
                coarse = np.repeat(coarse, step, axis=axis)
            full = np.zeros_like(label)
            part = tuple(
                slice(0, min(a, b)) for a, b in zip(label.shape, coarse.shape, strict=True)
            )
            full[part] = coarse[part]
            label = full
        elif self.label == "large":
            label = ndimage.binary_dilation(label)
        elif self.label == "small":
            label = ndimage.binary_erosion(label)
        return label
