"""The whole workflow on images: from DICOM to the report, rerunning exactly what changed."""

from __future__ import annotations

import dataclasses
import gzip
import json
import shutil

import jsonschema
import pandas as pd
import pytest
from pydicom import dcmread

from bonecohort.annotations.dicom_files import is_dicom
from bonecohort.annotations.marks.read import read_reading
from tests.annotations.marks.forms import FORMS
from tests.annotations.marks.slicer_writer import save_as_slicer
from tests.annotations.marks.sr_writer import graphic, group, write_sr

from .conftest import OF_RECORDS, run_workflow

LEVELS = ("L1", "L2", "L3", "L4", "L5")
MAX_HU_ERROR = 2.0
SHIFT_MM = 3.0


def results_of(study, name):
    return pd.read_csv(study / "results/tables" / name, keep_default_na=False, na_values=[""])


@pytest.mark.slow
def test_every_result_the_contract_names_is_there(imaging_study):
    results = imaging_study / "results"
    for name in ("measurements", "vertebrae", "endplates", "participants", "exclusions"):
        assert (results / f"tables/{name}.csv").is_file()
        assert (results / f"tables/{name}.json").is_file()
    for name in ("report.html", "report.docx", "run.json"):
        assert (results / name).stat().st_size > 0
    folder = results / "participants/P001"
    for name in ("ct.nii.gz", "ct.json", "t2_sagittal.nii.gz", "t2_sagittal.json",
                 "hounsfield/L3.json", "endplates/L3.json", "hu_rois.mrk.json",
                 "qc/hounsfield.png", "qc/endplates.png"):  # fmt: skip
        assert (folder / name).stat().st_size > 0, name


@pytest.mark.slow
def test_measured_hu_and_sizes_are_the_known_truth(imaging_study):
    truth = pd.read_csv(imaging_study / "demo/truth.csv").pivot(
        index=["participant_id", "level"], columns="measure", values="value"
    )
    found = results_of(imaging_study, "vertebrae.csv").set_index(["participant_id", "level"])
    both = truth.join(found, rsuffix="_measured").dropna(subset=["hu_measured"])
    assert len(both) >= 10
    unflagged = both[~both.index.isin(flagged_vertebrae(imaging_study))]
    assert (unflagged.hu_measured - unflagged.hu).abs().max() <= MAX_HU_ERROR
    defects = both[both.width_mm > 0].dropna(subset=["width_mm_measured"])
    assert (defects.width_mm_measured - defects.width_mm).abs().max() <= 1.5
    assert (defects.depth_mm_measured - defects.depth_mm).abs().max() <= 1.5


def flagged_vertebrae(study):
    flags = results_of(study, "flags.csv")
    return list(zip(flags.participant_id, flags.level, strict=True))


@pytest.mark.slow
def test_the_regions_handed_out_are_valid_for_slicer(imaging_study, shared_data):
    schema = json.loads((shared_data / "annotations/markups-schema-v1.0.3.json").read_text())
    rois = json.loads((imaging_study / "results/participants/P001/hu_rois.mrk.json").read_text())
    jsonschema.validate(rois, schema)
    assert {markup["type"] for markup in rois["markups"]} == {"ClosedCurve"}
    assert len(rois["markups"]) == 15
    assert all(len(markup["controlPoints"]) >= 16 for markup in rois["markups"])


@pytest.mark.slow
def test_a_second_run_does_nothing(imaging_study):
    run = run_workflow(imaging_study)
    assert run.code == 0
    assert "Nothing to be done" in run.output
    assert run.jobs == {}


@pytest.mark.long
def test_an_edited_annotation_reruns_that_participants_jobs_and_the_aggregates(imaging_study):
    others = imaging_study / "results/participants/P002"
    before = {path: path.stat().st_mtime_ns for path in others.rglob("*") if path.is_file()}
    markups = imaging_study / "demo/P001/endplates.mrk.json"
    content = json.loads(markups.read_text())
    content["note"] = "seen again"
    markups.write_text(json.dumps(content))
    run = run_workflow(imaging_study)
    assert run.code == 0, run.output
    assert run.jobs == {"measure_endplates": 5, "show_endplates": 1} | OF_RECORDS
    assert before == {path: path.stat().st_mtime_ns for path in before}


@pytest.mark.long
def test_one_participants_broken_scan_excludes_only_that_participant(imaging_study, tmp_path):
    study = tmp_path / "study"
    shutil.copytree(imaging_study, study, ignore=shutil.ignore_patterns(".snakemake", "results"))
    victim = sorted((study / "demo/P001/ct").iterdir())[40]
    victim.unlink()
    (study / "demo/P002/endplates.mrk.json").write_text("not a markups file")
    run = run_workflow(study)
    assert run.code == 0, run.output
    exclusions = results_of(study, "exclusions.csv")
    by_stage = {row.stage: row for row in exclusions.itertuples() if row.participant_id != "P003"}
    assert by_stage["convert_ct"].participant_id == "P001"
    assert by_stage["endplates"].participant_id == "P002"
    assert not (study / "results/participants/P001/ct.nii.gz").exists()
    before = results_of(imaging_study, "vertebrae.csv").set_index(["participant_id", "level"])
    after = results_of(study, "vertebrae.csv").set_index(["participant_id", "level"])
    pd.testing.assert_frame_equal(before.loc["P003"], after.loc["P003"])
    assert before.loc["P002"].hu.equals(after.loc["P002"].hu)
    assert after.loc["P001"].hu.isna().all()
    assert after.loc["P001"].defect_type.equals(before.loc["P001"].defect_type)
    report = (study / "results/report.html").read_text()
    assert by_stage["convert_ct"].reason.split(".")[0][:40] in report


@pytest.mark.slow
def test_no_identity_reaches_any_result(imaging_study):
    """The demo's DICOM names every participant; no result, log or file name may."""
    dicom = next((imaging_study / "demo/P001/ct").iterdir()).read_bytes()
    assert b"DEMO^P001" in dicom
    for path in (imaging_study / "results").rglob("*"):
        assert "DEMO^" not in path.name
        if path.is_file():
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            assert b"DEMO^" not in content, path


def moved(markup, by_mm):
    """Return a curve moved to the patient's left."""
    points = tuple((x + by_mm, y, z) for x, y, z in markup.points_lps_mm)
    return dataclasses.replace(markup, points_lps_mm=points)


def times_of(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_region_moved_in_slicer_is_measured_again_for_that_participant_alone(
    imaging_study, tmp_path
):
    """The correction loop: hu_rois.mrk.json opened, one curve moved, saved, listed as hu_rois."""
    study = tmp_path / "study"
    shutil.copytree(imaging_study, study)
    own, others = study / "results/participants/P001", study / "results/participants/P002"
    handed_out = read_reading(own / "hu_rois.mrk.json", FORMS).markups
    corrected = [moved(one, SHIFT_MM) if one.name == "L3_middle" else one for one in handed_out]
    save_as_slicer(study / "corrected/P001", corrected)
    before = results_of(study, "vertebrae.csv").set_index(["participant_id", "level"])
    first = {level: json.loads((own / f"hounsfield/{level}.json").read_text()) for level in LEVELS}
    untouched = times_of(others) | times_of(own / "endplates") | times_of(study / "corrected")
    with (study / "config/series.tsv").open("a") as table:
        table.write("P001\thu_rois\tcorrected/P001\n")

    run = run_workflow(study)

    assert run.code == 0, run.output
    assert run.jobs == {"measure_hounsfield": 5, "show_hounsfield": 1} | OF_RECORDS
    assert untouched == {path: path.stat().st_mtime_ns for path in untouched}
    for level in LEVELS:
        record = json.loads((own / f"hounsfield/{level}.json").read_text())
        assert (record["method"], record["reader"]) == ("ellipse3.reader", "1")
        centres = {roi["plane"]: roi["center_lps_mm"] for roi in record["rois"]}
        for roi in first[level]["rois"]:
            x, y, z = roi["center_lps_mm"]
            shift = SHIFT_MM if (level, roi["plane"]) == ("L3", "middle") else 0
            assert centres[roi["plane"]] == pytest.approx([x + shift, y, z], abs=0.05)
    after = results_of(study, "vertebrae.csv").set_index(["participant_id", "level"])
    assert (after.loc["P001"].hu - before.loc["P001"].hu).abs().max() <= MAX_HU_ERROR
    assert after.loc[("P001", "L3"), "hu_middle"] != before.loc[("P001", "L3"), "hu_middle"]
    pd.testing.assert_frame_equal(before.drop("P001"), after.drop("P001"))
    assert [one.name for one in read_reading(own / "hu_rois.mrk.json", FORMS).markups] == [
        one.name for one in handed_out
    ]
    report = (study / "results/report.html").read_text()
    assert report.count("Regions of interest of L1–L5: drawn by reader 1.") == 1
    page = report.partition('id="qc-P001"')[2].partition("</details>")[0]
    assert "Regions of interest of L1–L5: drawn by reader 1." in page
    assert "a reader’s own regions of interest, measured on the CT (5 vertebrae)" in report


@pytest.mark.slow
def test_the_same_marks_kept_in_a_dicom_sr_give_the_same_sizes(imaging_study, tmp_path):
    study = tmp_path / "study"
    shutil.copytree(imaging_study, study, ignore=shutil.ignore_patterns(".snakemake", "results"))
    before = results_of(imaging_study, "vertebrae.csv")
    with_defects = before[before.width_mm > 0].participant_id.iloc[0]
    marks = study / f"demo/{with_defects}/endplates.mrk.json"
    image = next(path for path in (marks.parent / "t2").rglob("*") if is_dicom(path))
    frame = dcmread(image, stop_before_pixels=True).FrameOfReferenceUID
    groups = [
        group(
            markup.name,
            graphic("POLYLINE", [x for point in markup.points_lps_mm for x in point], frame),
        )
        for markup in read_reading(marks, FORMS).markups
    ]
    write_sr(study / "marks", *groups)
    table = study / "config/series.tsv"
    table.write_text(table.read_text().replace(str(marks.relative_to(study)), "marks"))
    run = run_workflow(study, "results/tables/endplates.csv")
    assert run.code == 0, run.output
    keys = ["participant_id", "level"]
    after = results_of(study, "vertebrae.csv").set_index(keys)
    assert after.width_mm.to_numpy() == pytest.approx(before.width_mm.to_numpy(), abs=1e-3)
    assert after.depth_mm.to_numpy() == pytest.approx(before.depth_mm.to_numpy(), abs=1e-3)
    assert after.defect_type.tolist() == before.defect_type.tolist()
