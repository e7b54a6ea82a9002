"""A lumbar spine of known T2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo import mr_spine
from bonecohort.demo.phantom import VertebraModel
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies

LEVELS = ("L1", "L2", "L3", "L4", "L5")
T2 = dict(zip(LEVELS, (62.0, 71.0, 80.0, 95.0, 110.0), strict=True))
ECHO_MS = np.arange(12.0, 97.0, 12.0)
NUMBERS = SCHEMES["totalsegmentator_mr"]
TISSUES = {
    mr_spine.AIR: (0.0, 50.0), mr_spine.MUSCLE: (700.0, 38.0), mr_spine.SKIN_FAT: (900.0, 120.0),
    mr_spine.FLUID: (1000.0, 900.0), mr_spine.DISC: (800.0, 90.0), mr_spine.CORTEX: (80.0, 20.0),
    mr_spine.ARCH: (500.0, 70.0), mr_spine.VEIN: (900.0, 180.0),
}  # fmt: skip
"""Signal at time 0 and T2 in ms of each tissue."""


@dataclass(frozen=True)
class Spine:
    """The echoes, and the labels that go with them."""

    stack: Volume
    labels: Volume
    bodies: dict


@pytest.fixture(scope="session")
def spine():
    """Draw eight echoes; stimulated echoes lift all but the first by a tenth."""
    models = [VertebraModel(level, (0.0, 0.0, 74.0 - 37 * at)) for at, level in enumerate(LEVELS)]
    affine = np.zeros((4, 4))
    affine[1, 0], affine[2, 1], affine[0, 2] = 2.2, -2.2, 4.0  # posterior, down, left
    affine[:, 3] = [-16, -50, 115, 1]
    tissues = mr_spine.spine_tissues(models, affine, (66, 106, 9), NUMBERS)
    properties = TISSUES | {level: (600.0, t2) for level, t2 in T2.items()}
    rng = np.random.default_rng(1)
    volumes = []
    for at, echo in enumerate(ECHO_MS):
        lift = 1.0 if at == 0 else 1.1
        decays = {name: lift * s0 * np.exp(-echo / t2) for name, (s0, t2) in properties.items()}
        volumes.append(mr_spine.with_noise(tissues.mixed(decays), 3.0, rng))
    stack = Volume(np.stack(volumes, axis=-1), affine)
    return Spine(stack, tissues.labels, find_bodies(tissues.labels, NUMBERS, LEVELS))
