"""The demo study: its DICOM images give its truth; headers decide what is refused."""

from __future__ import annotations

import csv
import json

import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault, StudyFault
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.techniques.vbq.demo import write_vbq_study
from bonecohort.techniques.vbq.measure import measure_bodies
from bonecohort.techniques.vbq.sequence import checked_sequence
from bonecohort.techniques.vbq.settings import VbqSettings
from tests.images.kinds import convert_series
from tests.techniques.vbq.conftest import LEVELS


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write_vbq_study(folder, 2, seed=11)
    return folder


def rows_of(path, delimiter):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def test_the_image_gives_the_truth(study):
    own = study / "demo_vbq" / "P001"
    converted = convert_series(own / "t1_sagittal", "t1_sagittal")
    labels = read_label_map(own / "mr_vertebrae.nii.gz")
    bodies = find_bodies(labels.volume, labels.numbers("totalspineseg"), LEVELS)
    canal = Volume(labels.volume.array == 2, labels.volume.affine_lps)
    sequence, flags = checked_sequence(converted.sidecar)
    assert (sequence, flags) == ("spin echo", ())
    found = measure_bodies(converted.volume, canal, bodies, sequence, VbqSettings())
    truth = {
        row["level"]: float(row["value"])
        for row in rows_of(study / "demo_vbq" / "truth.csv", ",")
        if row["participant_id"] == "P001" and row["measure"] == "vbq_level"
    }
    scores = {level: one.rows[0].value for level, one in found.items()}
    assert scores == pytest.approx(truth, rel=0.01)


@pytest.mark.parametrize(
    ("sidecar", "sequence"),
    [
        ({}, "spin echo"),
        ({"ScanOptions": "FS"}, None),
        ({"SequenceName": "*tse2d1_3_fs"}, None),
        ({"ContrastBolusIngredient": "GADOLINIUM"}, None),
        ({"RepetitionTime": 3.2, "EchoTime": 0.1}, None),
    ],
)
def test_a_nifti_file_is_judged_by_its_json(study, tmp_path, sidecar, sequence):
    image = convert_series(study / "demo_vbq" / "P001" / "t1_sagittal", "t1_sagittal").volume
    write_nifti(tmp_path / "t1.nii.gz", image)
    usual = {"Modality": "MR", "RepetitionTime": 0.56, "EchoTime": 0.01, "ScanningSequence": "SE"}
    (tmp_path / "t1.json").write_text(json.dumps(usual | sidecar))
    converted = convert_series(tmp_path / "t1.nii.gz", "t1_sagittal")
    if sequence:
        assert checked_sequence(converted.sidecar)[0] == sequence
    else:
        with pytest.raises(DataFault):
            checked_sequence(converted.sidecar)


def test_series_tsv_lists_what_is_there(study):
    rows = rows_of(study / "config" / "series.tsv", "\t")
    assert all((study / row["path"]).exists() for row in rows)
    assert {row["kind"] for row in rows} == {"t1_sagittal", "mr_vertebrae"}


def test_nothing_is_overwritten(study):
    with pytest.raises(StudyFault, match="holds a study already"):
        write_vbq_study(study, 2, seed=12)
