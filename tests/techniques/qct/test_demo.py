"""The demo study: its CTs and phantoms give its truth; it holds no study of anybody else."""

from __future__ import annotations

import csv

import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.demo.cohort import draw_cohort
from bonecohort.faults import StudyFault
from bonecohort.study.study import load_study
from bonecohort.techniques.qct.demo import line_of, write_qct_study
from bonecohort.techniques.qct.rod_map import calibrate_by_map
from bonecohort.techniques.qct.rod_table import calibrate_by_table
from bonecohort.techniques.qct.settings import QctSettings
from tests.images.kinds import convert_series

pytestmark = pytest.mark.slow
SEED = 11


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write_qct_study(folder, 3, SEED)
    return folder


def truth(study):
    with (study / "demo_qct/truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["participant_id"], row["level"]): float(row["value"]) for row in rows}


def test_the_study_has_no_problem(study):
    loaded = load_study(study)
    assert loaded.included == ("P001", "P002", "P003")
    assert all((study / series.path).exists() for series in loaded.series)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_phantom_gives_the_true_densities(study, place):
    participant = draw_cohort(3, SEED)[place]
    name = participant.participant_id
    phantom = load_study(study).settings.of(QctSettings).phantom
    folder = study / "demo_qct" / name
    if place == 2:
        found = calibrate_by_table(folder / "rods.csv", phantom, name)
        accepted = 0.01
    else:
        ct = convert_series(folder / "ct", "ct").volume
        labels = read_label_map(folder / "rods.nii.gz", every_segment=True)
        found = calibrate_by_map(ct, labels.volume, phantom, {})
        accepted = 1.0
    assert found.flags == ()
    for vertebra in participant.vertebrae:
        density = float(found.calibration.density(vertebra.hu))
        assert density == pytest.approx(truth(study)[name, vertebra.level], abs=accepted)
    assert found.calibration.slope == pytest.approx(line_of(participant)[0], rel=0.005)


def test_a_folder_with_a_study_is_left_as_it_is(study):
    with pytest.raises(StudyFault, match="holds a study already"):
        write_qct_study(study, 1, SEED)
