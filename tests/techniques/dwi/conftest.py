"""A lumbar spine of known ADC, and images made by another program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.phantom import VertebraModel
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.techniques.dwi.phantom import render
from bonecohort.techniques.dwi.signals import b_signals
from tests.conftest import SHARED_DATA

LEVELS = ("L1", "L2", "L3", "L4", "L5")
ADC = dict(zip(LEVELS, (0.33, 0.41, 0.52, 0.60, 0.47), strict=True))
PLACES = {"L1": (6, 74, -12), "L2": (0, 37, -8), "L3": (-3, 0, -2), "L4": (-1, -37, 8),
          "L5": (6, -73, 20)}  # fmt: skip
"""Posterior and superior mm, and forward lean in degrees."""
B_VALUES = (0, 400, 800)
NUMBERS = SCHEMES["totalsegmentator_mr"]


@dataclass(frozen=True)
class Spine:
    """The images, and the labels that go with them."""

    stack: Volume
    adc: Volume
    labels: Volume
    bodies: dict

    @property
    def index(self):
        return [{"DiffusionBValue": float(b)} for b in B_VALUES]

    def signals(self, array=None):
        """Return the signals by b value, of other voxels if given."""
        stack = self.stack if array is None else Volume(array, self.stack.affine_lps)
        return b_signals(stack, self.index)

    def moved_labels(self, *shift_mm):
        """Return the bodies of labels that lie elsewhere, mm to left, back and head."""
        affine = self.labels.affine_lps.copy()
        affine[:3, 3] += shift_mm
        return find_bodies(Volume(self.labels.array, affine), NUMBERS, LEVELS)


@pytest.fixture(scope="session")
def spine():
    models = [
        VertebraModel(level, (0.0, float(y), float(z)), sagittal_tilt_deg=float(tilt))
        for level, (y, z, tilt) in PLACES.items()
    ]
    affine = np.zeros((4, 4))
    affine[1, 0], affine[2, 1], affine[0, 2] = 2.2, -2.2, 4.0  # posterior, down, left
    affine[:, 3] = [-16, -50, 115, 1]
    rng = np.random.default_rng(1)
    drawn = render(models, ADC, affine, (73, 106, 9), B_VALUES, rng=rng)
    bodies = find_bodies(drawn.labels, NUMBERS, LEVELS)
    return Spine(drawn.signals, drawn.adc, drawn.labels, bodies)


@pytest.fixture(scope="session")
def fixtures():
    """Folder of the images and tables; tests that need it skip where it is absent."""
    folder = SHARED_DATA.parent / "modalities" / "fixtures" / "dwi"
    if not folder.is_dir():
        pytest.skip(f"what another program made is not at {folder}")
    return folder
