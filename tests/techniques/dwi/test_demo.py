"""The demo study: its DICOM images give its truth; nothing is overwritten."""

from __future__ import annotations

import csv

import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import StudyFault
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.techniques.dwi.demo import write_dwi_study
from bonecohort.techniques.dwi.measure import measure_map, measure_signals
from bonecohort.techniques.dwi.settings import DwiSettings
from bonecohort.techniques.dwi.signals import b_signals
from tests.images.kinds import convert_series
from tests.techniques.dwi.conftest import LEVELS
from tests.techniques.dwi.test_images import NO_B, adc_of

SETTINGS = DwiSettings()
SOURCES = {"P001": "trace", "P002": "directions", "P003": "map"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write_dwi_study(folder, 3, seed=11)
    return folder


def rows_of(path, delimiter):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def measured(folder):
    labels = read_label_map(folder / "mr_vertebrae.nii.gz")
    bodies = find_bodies(labels.volume, labels.numbers("totalsegmentator_mr"), LEVELS)
    if (folder / "adc_map").is_dir():
        converted = convert_series(folder / "adc_map", "adc_map")
        return 0, measure_map(converted.volume, "", NO_B, bodies, SETTINGS)
    converted = convert_series(folder / "dwi", "dwi")
    index = converted.sidecar["Volumes"]
    return len(index), measure_signals(b_signals(converted.volume, index), bodies, SETTINGS)


@pytest.mark.parametrize(("participant", "volumes"), [("P001", 3), ("P002", 7), ("P003", 0)])
def test_the_images_give_the_truth(study, participant, volumes):
    found, diffusion = measured(study / "demo_dwi" / participant)
    truth = {
        row["level"]: float(row["value"])
        for row in rows_of(study / "demo_dwi" / "truth.csv", ",")
        if row["participant_id"] == participant
    }
    assert found == volumes
    assert adc_of(diffusion) == pytest.approx(truth, abs=0.01)


def test_series_tsv_lists_what_is_there(study):
    rows = rows_of(study / "config" / "series.tsv", "\t")
    assert all((study / row["path"]).exists() for row in rows)
    assert [row["kind"] for row in rows] == [
        "dwi", "mr_vertebrae", "dwi", "mr_vertebrae", "adc_map", "mr_vertebrae",
    ]  # fmt: skip


def test_nothing_is_overwritten(study):
    with pytest.raises(StudyFault, match="holds a study already"):
        write_dwi_study(study, 3, seed=12)
