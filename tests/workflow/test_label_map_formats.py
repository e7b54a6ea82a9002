"""One vertebra, its label map given as NIfTI, as DICOM SEG: the same Hounsfield units."""

from __future__ import annotations

import pandas as pd
import pytest
from pydicom import dcmread

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.study import write_demo_study
from bonecohort.images.nifti import read_nifti
from tests.annotations.labels.seg_writer import write_label_map

from .conftest import run_workflow

TARGET = "results/tables/vertebrae.csv"
PEOPLE = "participant_id\nnifti\nseg\n"
SERIES = """participant_id	kind	path
nifti	ct	demo/P001/ct
nifti	vertebrae	demo/P001/vertebrae.nii.gz
seg	ct	demo/P001/ct
seg	vertebrae	demo/P001/vertebrae.dcm
"""
SETTINGS = "levels: [L3]\nvertebrae:\n  label_scheme: totalsegmentator_v2\n"


@pytest.mark.slow
def test_a_seg_gives_the_hu_of_the_nifti_label_map_it_was_made_of(tmp_path):
    write_demo_study(tmp_path, participants=1, seed=7)
    person = tmp_path / "demo/P001"
    slice_file = next(path for path in sorted((person / "ct").iterdir()) if path.is_file())
    names = {number: level for level, number in SCHEMES["totalsegmentator_v2"].items()}
    labels = read_nifti(person / "vertebrae.nii.gz")
    present = {number: level for number, level in names.items() if (labels.array == number).any()}
    frame = dcmread(slice_file, stop_before_pixels=True).FrameOfReferenceUID
    write_label_map(person / "vertebrae.dcm", labels, present, frame)
    for name, text in (("participants.tsv", PEOPLE), ("series.tsv", SERIES)):
        (tmp_path / "config" / name).write_text(text)
    (tmp_path / "config/config.yaml").write_text(SETTINGS)

    run = run_workflow(tmp_path, TARGET)
    assert run.code == 0, run.output
    table = pd.read_csv(tmp_path / TARGET).set_index("participant_id")
    hu = table[["hu_upper", "hu_middle", "hu_lower", "hu"]]
    assert hu.loc["nifti"].notna().all()
    assert hu.loc["seg"].tolist() == hu.loc["nifti"].tolist()
    truth = pd.read_csv(tmp_path / "demo/truth.csv").set_index(["level", "measure"])
    assert abs(hu.loc["seg", "hu"] - truth.loc[("L3", "hu"), "value"]) <= 2.0
