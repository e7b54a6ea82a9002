"""The demo study: its segmentations give its truth; it holds no study of anybody else."""

from __future__ import annotations

import csv

import pytest

from bonecohort.faults import DataFault, StudyFault
from bonecohort.study.study import load_study
from bonecohort.techniques.fe.demo import MODULI_MPA, write_fe_study
from bonecohort.techniques.fe.segmentation import read_segmentation
from tests.techniques.fe.bones import USUAL, measured


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_fe_study(folder, 3, seed=1)
    return folder


def truth(study):
    with (study / "demo_fe/truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["participant_id"], row["level"], row["measure"]): float(row["value"])
            for row in rows}  # fmt: skip


def modelled(study, participant, site):
    image = read_segmentation(study / "demo_fe" / participant / f"{site}.nii.gz")
    return measured(image.labels, image.spacing_mm, USUAL, moduli=MODULI_MPA)


def test_the_study_has_no_problem(study):
    assert load_study(study).included == ("P001", "P002", "P003")


@pytest.mark.parametrize("participant", ["P001", "P002"])
def test_the_segmentations_give_the_truth(study, participant):
    expected = truth(study)
    for site in ("radius_distal_L", "tibia_distal_L"):
        found = modelled(study, participant, site)
        assert found.model.part.n_dropped == 0
        assert found.stiffness_n_mm == pytest.approx(
            expected[participant, site, "stiffness"], rel=1e-4
        )
        assert found.failure_load_n == pytest.approx(
            expected[participant, site, "failure_load"], rel=1e-4
        )


def test_a_bone_that_is_cut_through_has_no_truth_and_no_load_path(study):
    assert not [key for key in truth(study) if key[:2] == ("P003", "tibia_distal_L")]
    with pytest.raises(DataFault, match="no load path"):
        modelled(study, "P003", "tibia_distal_L")


def test_a_folder_with_a_study_is_left_alone(study):
    with pytest.raises(StudyFault, match="holds a study already"):
        write_fe_study(study, 1, seed=1)
