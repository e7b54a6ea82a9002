"""Independent streams of random numbers, one for each participant and purpose."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a participant's stream is drawn for."""

    COHORT = 1
    POSES = 2
    CT = 3
    T2 = 4


def stream(seed: int, participant_number: int, purpose: Purpose) -> np.random.Generator:
    """Return a generator that depends on nothing but its three arguments."""
    sequence = np.random.SeedSequence([seed, participant_number, int(purpose)])
    return np.random.Generator(np.random.PCG64(sequence))
