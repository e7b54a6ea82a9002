"""A lumbar spine of known scores, and images made by another program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.phantom import VertebraModel
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.techniques.vbq.phantom import render
from tests.conftest import SHARED_DATA

LEVELS = ("L1", "L2", "L3", "L4", "L5")
SCORES = dict(zip(LEVELS, (2.10, 2.70, 2.40, 3.40, 3.00), strict=True))
PLACES = {"L1": (6, 74, -12), "L2": (0, 37, -8), "L3": (-3, 0, -2), "L4": (-1, -37, 8),
          "L5": (6, -73, 20)}  # fmt: skip
"""Posterior and superior mm, and forward lean in degrees."""
NUMBERS = SCHEMES["totalspineseg"]


@dataclass(frozen=True)
class Spine:
    """The image, and the labels that go with it."""

    image: Volume
    labels: Volume
    bodies: dict

    @property
    def canal(self):
        return Volume(self.labels.array == 2, self.labels.affine_lps)

    def changed(self, array):
        return Volume(array, self.image.affine_lps)


@pytest.fixture(scope="session")
def spine():
    models = [
        VertebraModel(level, (0.0, float(y), float(z)), sagittal_tilt_deg=float(tilt))
        for level, (y, z, tilt) in PLACES.items()
    ]
    affine = np.zeros((4, 4))
    affine[1, 0], affine[2, 1], affine[0, 2] = 1.2, -1.2, 4.0  # posterior, down, left
    affine[:, 3] = [-16, -50, 115, 1]
    drawn = render(models, SCORES, affine, (120, 194, 9), rng=np.random.default_rng(1))
    return Spine(drawn.image, drawn.labels, find_bodies(drawn.labels, NUMBERS, LEVELS))


@pytest.fixture(scope="session")
def fixtures():
    """Folder of the images; tests that need it skip where it is absent."""
    folder = SHARED_DATA.parent / "modalities" / "fixtures" / "vbq"
    if not folder.is_dir():
        pytest.skip(f"what another program made is not at {folder}")
    return folder
