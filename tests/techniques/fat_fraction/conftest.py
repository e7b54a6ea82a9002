"""A lumbar spine of known fat fractions and R2*, on sagittal slices of 4 mm."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.phantom import VertebraModel
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.techniques.fat_fraction.facts import ImageFacts
from bonecohort.techniques.fat_fraction.phantom import Marrow, render
from bonecohort.techniques.fat_fraction.sources import Image
from tests.conftest import SHARED_DATA

LEVELS = ("L1", "L2", "L3", "L4", "L5")
PDFF = dict(zip(LEVELS, (35.4, 41.2, 47.9, 52.6, 57.3), strict=True))
R2STAR = dict(zip(LEVELS, (70.0, 85.0, 100.0, 115.0, 130.0), strict=True))
PLACES = {"L1": (6, 74, -12), "L2": (0, 37, -8), "L3": (-3, 0, -2), "L4": (-1, -37, 8),
          "L5": (6, -73, 20)}  # fmt: skip
"""Posterior and superior mm, and forward lean in degrees."""


@dataclass(frozen=True)
class Spine:
    """The images and the bodies that the labels give."""

    water: Volume
    fat: Volume
    r2star: Volume
    percent: Volume
    labels: Volume
    bodies: dict

    def image(self, factor=1.0, **facts):
        """Return the fat fraction map, stored at a scale."""
        stored = Volume(self.percent.array * factor, self.percent.affine_lps)
        return Image(stored, ImageFacts(**facts))

    def with_percent(self, array):
        """Return the spine with other fat fractions."""
        return replace(self, percent=Volume(array, self.percent.affine_lps))

    def label(self, level):
        """Return the mask of a level's label."""
        return self.labels.array == SCHEMES["totalsegmentator_mr"][level]


@pytest.fixture(scope="session")
def spine():
    models = [
        VertebraModel(level, (0.0, float(y), float(z)), sagittal_tilt_deg=float(tilt))
        for level, (y, z, tilt) in PLACES.items()
    ]
    marrow = {level: Marrow(PDFF[level], R2STAR[level]) for level in LEVELS}
    affine = np.zeros((4, 4))
    affine[1, 0], affine[2, 1], affine[0, 2] = 2.0, -2.0, 4.0  # posterior, down, left
    affine[:, 3] = [-16, -50, 115, 1]
    drawn = render(models, marrow, affine, (80, 116, 9), np.random.default_rng(1))
    bodies = find_bodies(drawn.labels, SCHEMES["totalsegmentator_mr"], LEVELS)
    return Spine(drawn.water, drawn.fat, drawn.r2star, drawn.fat_percent, drawn.labels, bodies)


@pytest.fixture(scope="session")
def fixtures():
    """Folder of maps made by another program; tests that need it skip where it is absent."""
    folder = SHARED_DATA.parent / "modalities" / "fixtures" / "pdff"
    if not folder.is_dir():
        pytest.skip(f"the maps made by another program are not at {folder}")
    return folder
