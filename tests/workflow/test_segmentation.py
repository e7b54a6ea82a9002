"""CTs that nobody labelled: TotalSegmentator's label map feeds the measurement as a given one."""

from __future__ import annotations

import json
import os
import subprocess

import nibabel
import numpy as np
import pandas as pd
import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.faults import StudyFault
from bonecohort.images.nifti import read_nifti, write_nifti
from bonecohort.images.volume import Volume
from bonecohort.study.job_specs import stage_task
from bonecohort.study.study import load_study
from bonecohort.techniques.vertebrae.jobs import segment
from bonecohort.techniques.vertebrae.program import check

from .conftest import run_workflow
from .totalsegmentator import write_stand_in

SEGMENT = "levels: [L3]\nvertebrae:\n  segment: totalsegmentator\n"
TARGET = "results/tables/vertebrae.csv"


@pytest.fixture
def real(shared_data):
    return shared_data / "real_ct_lumbar"


def write_class_folder(folder, labels):
    """Write what TotalSegmentator writes without --ml: one file a structure."""
    folder.mkdir()
    image = nibabel.load(labels)
    values = np.asarray(image.dataobj)
    for level, number in SCHEMES["totalsegmentator_v2"].items():
        mask = nibabel.Nifti1Image((values == number).astype("uint8"), image.affine)
        nibabel.save(mask, folder / f"vertebrae_{level}.nii.gz")


@pytest.fixture
def study(tmp_path, real):
    """Four participants with a CT: labels given, none, given as a folder, and no spine on it."""
    folder = tmp_path / "study"
    ct, labels = real / "ct.nii.gz", real / "vertebrae_totalsegmentator.nii.gz"
    (folder / "config").mkdir(parents=True)
    write_class_folder(folder / "classes", labels)
    whole = read_nifti(ct)
    front = np.ascontiguousarray(whole.array[:, whole.array.shape[1] // 2 :])
    write_nifti(folder / "belly.nii.gz", Volume(front, whole.affine_lps))
    rows = [
        ("given", "ct", ct), ("given", "vertebrae", labels), ("drawn", "ct", ct),
        ("folder", "ct", ct), ("folder", "vertebrae", "classes"), ("belly", "ct", "belly.nii.gz"),
    ]  # fmt: skip
    lines = ["participant_id\tkind\tpath", *("\t".join(map(str, row)) for row in rows)]
    (folder / "config/series.tsv").write_text("\n".join(lines))
    (folder / "config/participants.tsv").write_text("participant_id\ngiven\ndrawn\nfolder\nbelly\n")
    (folder / "config/config.yaml").write_text(SEGMENT)
    return folder


def test_only_a_ct_without_any_other_source_is_segmented(study):
    def segmented():
        loaded = load_study(study)
        return [name for name in loaded.included if "segment_vertebrae" in loaded.stages_of(name)]

    assert segmented() == ["drawn", "belly"]
    with (study / "config/series.tsv").open("a") as table:
        table.write("\ndrawn\thu_rois\trois.mrk.json\n")
    assert segmented() == ["belly"]
    (study / "config/config.yaml").write_text("")
    assert segmented() == []


def test_a_missing_program_is_reported_before_anything_is_run(study, tmp_path):
    loaded = load_study(study)
    with pytest.raises(StudyFault, match=r"2 CT without 'vertebrae' .* TotalSegmentator is found"):
        check(loaded, str(tmp_path))
    (study / "config/config.yaml").write_text("")
    check(load_study(study), str(tmp_path))


def test_a_program_that_is_there_passes_the_check(study, real, tmp_path):
    write_stand_in(tmp_path / "bin", real / "vertebrae_totalsegmentator.nii.gz")
    check(load_study(study), str(tmp_path / "bin"))


@pytest.fixture
def job(study, real, tmp_path, monkeypatch):
    """Return a function that runs the job of 'drawn' after writing its converted CT's record."""

    def run(ct_record, *, fails=False):
        labels = real / "vertebrae_totalsegmentator.nii.gz"
        calls = write_stand_in(tmp_path / "bin", labels, fails=fails)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
        folder = tmp_path / "results/participants/drawn"
        folder.mkdir(parents=True)
        (folder / "ct.json").write_text(json.dumps(ct_record))
        (folder / "ct.nii.gz").write_bytes((real / "ct.nii.gz").read_bytes())
        segment.run(
            json.loads(stage_task(load_study(study), "drawn", "segment_vertebrae")),
            tmp_path / "results",
        )
        return folder, calls

    return run


def test_the_program_is_called_for_the_lumbar_vertebrae_and_its_version_kept(job, real):
    folder, calls = job({"status": "converted"})
    (arguments,) = [json.loads(line) for line in calls.read_text().splitlines()]
    rois = arguments[arguments.index("--roi_subset") + 1 : arguments.index("--device")]
    assert rois == [f"vertebrae_{level}" for level in ("T12", "L1", "L2", "L3", "L4", "L5", "S1")]
    assert "--fast" not in arguments
    assert arguments[arguments.index("--device") + 1] == "gpu"
    record = json.loads((folder / "vertebrae.json").read_text())
    assert (record["status"], record["program"]) == ("segmented", "TotalSegmentator 2.18.0")
    assert sorted(path.name for path in folder.iterdir()) == [
        "ct.json", "ct.nii.gz", "vertebrae.json", "vertebrae.nii.gz",
    ]  # fmt: skip
    named = read_label_map(folder / "vertebrae.nii.gz").numbers(None)
    assert named.items() >= SCHEMES["totalsegmentator_v2"].items()


def test_a_refused_ct_is_not_segmented(job):
    folder, calls = job({"status": "excluded", "reason": "A slice is missing."})
    assert not calls.exists()
    record = json.loads((folder / "vertebrae.json").read_text())
    assert (record["status"], record["reason"]) == ("excluded", "A slice is missing.")


def test_a_failing_program_fails_the_job_and_leaves_nothing(job, tmp_path, capfd):
    with pytest.raises(subprocess.CalledProcessError):
        job({"status": "converted"}, fails=True)
    assert "out of memory" in capfd.readouterr().err
    folder = tmp_path / "results/participants/drawn"
    assert sorted(path.name for path in folder.iterdir()) == ["ct.json", "ct.nii.gz"]


@pytest.mark.slow
def test_a_segmented_ct_gives_the_hu_of_the_same_labels_given(study, real, tmp_path, monkeypatch):
    without = run_workflow(study, TARGET)
    assert without.code != 0
    assert "no program TotalSegmentator is found" in without.output
    assert not (study / "results").exists()

    calls = write_stand_in(tmp_path / "bin", real / "vertebrae_totalsegmentator.nii.gz")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    run = run_workflow(study, TARGET)
    assert run.code == 0, run.output
    assert run.jobs["segment_vertebrae"] == 2
    assert len(calls.read_text().splitlines()) == 2

    table = pd.read_csv(study / TARGET).set_index("participant_id")
    hu = table[["hu_upper", "hu_middle", "hu_lower", "hu"]]
    assert hu.loc["given"].notna().all()
    assert hu.loc["drawn"].tolist() == hu.loc["given"].tolist()
    assert hu.loc["folder"].tolist() == hu.loc["given"].tolist()
    assert hu.loc["belly"].isna().all()
    exclusions = pd.read_csv(study / "results/tables/exclusions.csv")
    (why,) = exclusions[exclusions.stage == "hounsfield"].itertuples()
    assert why.participant_id == "belly"
    assert "found no vertebra" in why.reason

    assert "Nothing to be done" in run_workflow(study, TARGET, "--dry-run").output
    (study / "config/config.yaml").write_text(SEGMENT + "  segment_fast: true\n")
    plan = run_workflow(study, TARGET, "--dry-run").jobs
    assert plan == {
        "segment_vertebrae": 2, "crop_vertebrae": 2, "measure_hounsfield": 2, "list_records": 1,
        "assemble_cohort": 1,
    }  # fmt: skip
