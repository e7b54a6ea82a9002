"""The demo study: its images give its truth."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import StudyFault
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.techniques.t2.demo import write_t2_study
from bonecohort.techniques.t2.measure import measure_echoes, measure_in_phase, measure_map
from bonecohort.techniques.t2.settings import T2Settings
from tests.images.kinds import convert_series
from tests.techniques.t2.conftest import LEVELS, WATER_MHZ

SETTINGS = T2Settings()
KINDS = {
    "P001": "multi_echo_se", "P002": "multi_echo_se", "P003": "t2_map", "P004": "multi_echo_gre",
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write_t2_study(folder, 4, seed=11)
    return folder


def rows_of(path, delimiter):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def measured(folder, kind):
    labels = read_label_map(folder / "mr_vertebrae.nii.gz")
    bodies = find_bodies(labels.volume, labels.numbers("totalsegmentator_mr"), LEVELS)
    made = convert_series(folder / kind, kind)
    if kind == "t2_map":
        return measure_map(made.volume, "", bodies, SETTINGS)
    echo_ms = 1000 * np.array([one["EchoTime"] for one in made.sidecar["Volumes"]])
    if kind == "multi_echo_se":
        return measure_echoes(made.volume, echo_ms, bodies, SETTINGS)
    return measure_in_phase(made.volume, echo_ms, WATER_MHZ, bodies, SETTINGS)


@pytest.mark.parametrize("participant", KINDS)
def test_the_images_give_the_truth(study, participant):
    kind = KINDS[participant]
    found = measured(study / "demo_t2" / participant, kind)
    truth = {
        row["level"]: float(row["value"])
        for row in rows_of(study / "demo_t2" / "truth.csv", ",")
        if row["participant_id"] == participant
    }
    values = {level: one.rows[0].value for level, one in found.items()}
    assert values == pytest.approx(truth, rel=0.02)
    (measure,) = {one.rows[0].measure for one in found.values()}
    assert measure == ("t2star" if kind == "multi_echo_gre" else "t2")


def test_series_tsv_lists_what_is_there(study):
    rows = rows_of(study / "config" / "series.tsv", "\t")
    assert all((study / row["path"]).exists() for row in rows)
    listed = {row["participant_id"]: row["kind"] for row in rows if row["kind"] != "mr_vertebrae"}
    assert listed == KINDS


def test_nothing_is_overwritten(study):
    with pytest.raises(StudyFault, match="holds a study already"):
        write_t2_study(study, 4, seed=12)
