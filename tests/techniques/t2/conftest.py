"""A lumbar spine of known T2 and T2*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.phantom import VertebraModel
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.techniques.t2.phantom import gradient_echoes, spin_echoes, tissues_of

if TYPE_CHECKING:
    from bonecohort.demo.mr_spine import SpineTissues
    from bonecohort.images.volume import Volume

LEVELS = ("L1", "L2", "L3", "L4", "L5")
T2 = dict(zip(LEVELS, (62.0, 71.0, 80.0, 95.0, 110.0), strict=True))
T2STAR = dict(zip(LEVELS, (6.0, 7.5, 9.0, 10.5, 12.0), strict=True))
ECHO_MS = np.arange(12.0, 97.0, 12.0)
GRE_MS = np.arange(1.15, 10.0, 1.15)
WATER_MHZ = 127.73
NUMBERS = SCHEMES["totalsegmentator_mr"]


@dataclass(frozen=True)
class Spine:
    """Echoes of a spin echo and of a gradient echo, and the labels that go with them."""

    tissues: SpineTissues
    stack: Volume
    gradient: Volume
    labels: Volume
    bodies: dict


@pytest.fixture(scope="session")
def spine():
    models = [VertebraModel(level, (0.0, 0.0, 74.0 - 37 * at)) for at, level in enumerate(LEVELS)]
    affine = np.zeros((4, 4))
    affine[1, 0], affine[2, 1], affine[0, 2] = 2.2, -2.2, 4.0  # posterior, down, left
    affine[:, 3] = [-16, -50, 115, 1]
    tissues = tissues_of(models, affine, (80, 106, 9))
    rng = np.random.default_rng(1)
    stack = spin_echoes(tissues, T2, ECHO_MS, rng).stack
    gradient = gradient_echoes(tissues, T2STAR, GRE_MS, rng).stack
    bodies = find_bodies(tissues.labels, NUMBERS, LEVELS)
    return Spine(tissues, stack, gradient, tissues.labels, bodies)
