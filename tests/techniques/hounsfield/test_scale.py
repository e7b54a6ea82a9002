"""What the scale of a CT means for the vertebrae cut out of it."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.crops import VertebraCrop
from bonecohort.measures.vertebra.ct_scale import with_scale

PROVEN = {"HounsfieldScale": {"Verdict": "proven"}}
UNPROVEN = {"HounsfieldScale": {"Verdict": "unproven"}}


def crops(beside_hu):
    """Return one vertebra of 150 HU amid tissue, and one that could not be cut out."""
    hu = np.full((30, 30, 30), beside_hu, dtype=np.float32)
    mask = np.zeros(hu.shape, dtype=bool)
    mask[8:22, 8:22, 8:22] = True
    hu[mask] = 150
    return {
        "L1": VertebraCrop("L1", Volume(hu, np.eye(4)), mask, ("lumbar_count_6",)),
        "L2": "L2 is absent.",
    }


def test_a_proven_scale_says_nothing():
    given = crops(50)
    assert with_scale(given, PROVEN) == given


@pytest.mark.parametrize("beside_hu", [-110, -40, 0, 50, 95])
def test_an_unproven_scale_is_a_flag_of_every_vertebra(beside_hu):
    found = with_scale(crops(beside_hu), UNPROVEN)
    assert found["L1"].flags == ("lumbar_count_6", "hounsfield_scale_unproven")
    assert found["L2"] == "L2 is absent."


@pytest.mark.parametrize("beside_hu", [133, 1050, -960])
def test_neither_muscle_nor_fat_beside_the_vertebrae_refuses_them(beside_hu):
    """A window of 2000 HU in 8 bits puts muscle at 133."""
    found = with_scale(crops(beside_hu), UNPROVEN)
    assert f"median is {beside_hu}" in found["L1"]
    assert found["L2"] == "L2 is absent."


def test_a_monoenergetic_image_is_a_flag():
    record = PROVEN | {"SpectralImage": "virtual monoenergetic", "MonoenergeticEnergy": 70}
    assert with_scale(crops(50), record)["L1"].flags == ("lumbar_count_6", "monoenergetic")
