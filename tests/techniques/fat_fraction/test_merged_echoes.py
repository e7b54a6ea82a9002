"""Echoes that a user merged into one NIfTI file, whose JSON file lists the times."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.images.convert import convert_series
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from tests.measures.mr.echoes import AT_3T, TIMES_MS
from tests.techniques.fat_fraction.test_echoes import ECHOES, check, small

TIMES_S = [time / 1000 for time in TIMES_MS]
AFFINE = np.diag([2.0, 2.0, 4.0, 1.0])


def put(folder, name, array, **told):
    write_nifti(folder / f"{name}.nii.gz", Volume(array, AFFINE))
    facts = {"Modality": "MR", "ImagingFrequency": AT_3T} | told
    (folder / f"{name}.json").write_text(json.dumps(facts))


@pytest.mark.parametrize("name", ["EchoTime", "EchoTimes"])
def test_magnitudes_and_phases_of_two_merged_files_give_the_truth(tmp_path, name):
    put(tmp_path, "sub-1_part-mag_MEGRE", np.abs(small()), **{name: TIMES_S})
    put(tmp_path, "sub-1_part-phase_MEGRE", np.angle(small()), **{name: TIMES_S})
    check(convert_series(tmp_path, ECHOES))


def test_volumes_are_in_the_order_of_their_times(tmp_path):
    put(tmp_path, "gre", np.abs(small())[..., ::-1], EchoTime=TIMES_S[::-1])
    made = convert_series(tmp_path / "gre.nii.gz", ECHOES)
    assert [one["EchoTime"] for one in made.sidecar["Volumes"]] == pytest.approx(TIMES_S)
    assert np.allclose(made.volume.array, np.abs(small()), rtol=1e-4)


REFUSALS = {
    "too few times": ({"EchoTime": TIMES_S[:5]}, "lists 5 echo times, and the image has 6 volumes"),
    "times in ms": (
        {"EchoTime": list(TIMES_MS)},
        r"An echo time in the JSON file is 1\.15; a time",
    ),
    "a word": ({"EchoTimes": ["DOEXX", *TIMES_S[1:]]}, "is no number; a time in s is needed"),
    "two lists": ({"EchoTime": TIMES_S, "EchoTimes": TIMES_S[::-1]}, "differ: keep one"),
    "a time twice": (
        {"EchoTime": [*TIMES_S[:5], TIMES_S[0]]},
        r"hold echo time 1\.15 ms, magnitude",
    ),
    "one time": ({"EchoTime": TIMES_S[0]}, r"Several NIfTI volumes hold echo time 1\.15 ms"),
    "no time": ({}, "no echo time"),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_times_that_do_not_fit_the_volumes_are_refused(tmp_path, fault):
    told, reason = REFUSALS[fault]
    put(tmp_path, "gre", np.abs(small()), **told)
    with pytest.raises(DataFault, match=reason) as raised:
        convert_series(tmp_path / "gre.nii.gz", ECHOES)
    assert "DOEXX" not in str(raised.value)
