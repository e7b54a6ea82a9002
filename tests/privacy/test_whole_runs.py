"""A study whose every header is full of identities runs, and none of them comes out again."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from pydicom import dcmread

from bonecohort.annotations.dicom_files import STRUCTURED_REPORTS
from bonecohort.annotations.marks.read import read_reading
from bonecohort.demo.study import write_demo_study
from tests.annotations.marks.forms import FORMS
from tests.annotations.marks.sr_writer import content, graphic, group
from tests.annotations.marks.sr_writer import save as save_annotation
from tests.privacy.planting import FILE, FOLDER, TOKEN, leaks_in, plant, planted, save
from tests.workflow.conftest import run_workflow

FOLDERS = {"ct": "ct", "t2_sagittal": "t2"}
PARTICIPANTS = ("P001", "P002", "P003")


def plant_series(folder, target, change=lambda *_: None, series="a"):
    """Write a series anew, with tokens, under other names; ``change`` breaks single files."""
    target.mkdir(parents=True, exist_ok=True)
    for index, path in enumerate(sorted(folder.iterdir())):
        dataset = plant(dcmread(path), series)
        change(index, dataset)
        save(dataset, target / f"{FILE}{series}{index:04d}.dcm")


def one_cut_short(folder):
    path = sorted(folder.iterdir())[9]
    path.write_bytes(path.read_bytes()[:-300])


def without_numbers(index, dataset):
    """Give text where numbers belong, an unknown character set, and leave a gap."""
    dataset.add_new("InstanceNumber", "LO", f"{TOKEN}NUMBER")
    dataset.add_new("SeriesNumber", "LO", f"{TOKEN}NUMBER")
    dataset.add_new("StudyDate", "LO", f"{TOKEN} no date")
    dataset.add_new("SpecificCharacterSet", "CS", f"{TOKEN}SET")
    if index in (3, 4):
        dataset.add_new("ImagePositionPatient", "LO", f"{TOKEN}HERE")


def of_foreign_unit(_, dataset):
    dataset.RescaleType = f"{TOKEN}UNIT"


def marks_as_report(marks, path, *more):
    """Write the marks of a Slicer file as a DICOM SR full of tokens."""
    groups = [
        group(markup.name, graphic("POLYLINE", [x for at in markup.points_lps_mm for x in at]))
        for markup in read_reading(marks, FORMS).markups
    ]
    inner = content("CONTAINER", ("126010", "DCM"), *groups, *more)
    report = content("CONTAINER", ("126000", "DCM"), inner)
    children = report.ContentSequence
    report.update(planted())
    report.ContentSequence = children
    save_annotation(path, report, STRUCTURED_REPORTS[2])
    report.PatientName = f"{TOKEN}^JANE"
    save(report, path)


@pytest.fixture(scope="module")
def planted_study(tmp_path_factory):
    """Three participants: one sound, two broken in ways whose reasons could quote values."""
    study = tmp_path_factory.mktemp("study")
    write_demo_study(study, participants=len(PARTICIPANTS), seed=7)
    rows = ["participant_id\tkind\tpath"]
    breakages = {
        ("P002", "t2_sagittal"): without_numbers,
        ("P003", "ct"): of_foreign_unit,
    }
    for name in PARTICIPANTS:
        old, new = study / "demo" / name, study / "export" / FOLDER / name
        for kind in ("ct", "t2_sagittal"):
            target = new / f"{FOLDER}{kind}"
            plant_series(old / FOLDERS[kind], target, breakages.get((name, kind), lambda *_: None))
            rows.append(f"{name}\t{kind}\t{target.relative_to(study)}")
        marks, labels = new / FILE, new / f"{FILE}.nii.gz"
        seen = f"L3 {TOKEN}" if name == "P003" else f"{TOKEN} seen"
        note = group(seen, graphic("POINT", [1, 2, 3]))
        marks_as_report(old / "endplates.mrk.json", marks, note)
        (old / "vertebrae.nii.gz").rename(labels)
        rows += [f"{name}\tendplate_markups\t{marks.relative_to(study)}",
                 f"{name}\tvertebrae\t{labels.relative_to(study)}"]  # fmt: skip
    one_cut_short(study / "export" / FOLDER / "P002" / f"{FOLDER}ct")
    plant_series(
        study / "demo/P003" / FOLDERS["t2_sagittal"],
        study / "export" / FOLDER / "P003" / f"{FOLDER}t2_sagittal",
        series="b",
    )
    shutil.rmtree(study / "demo")
    config = study / "config/config.yaml"
    lines = config.read_text().splitlines(keepends=True)
    config.write_text("".join(line for line in lines if not line.startswith("truth")))
    (study / "config/series.tsv").write_text("\n".join(rows) + "\n")
    return study


@pytest.mark.slow
def test_no_identity_is_in_any_result_log_or_on_the_screen(planted_study):
    run = run_workflow(planted_study)
    assert run.code == 0, run.output
    exclusions = pd.read_csv(planted_study / "results/tables/exclusions.csv")
    stages = set(zip(exclusions.participant_id, exclusions.stage, strict=True))
    expected = {("P002", "convert_ct"), ("P002", "convert_t2_sagittal"), ("P003", "convert_ct"),
                ("P003", "convert_t2_sagittal"), ("P003", "endplates")}  # fmt: skip
    assert expected <= stages
    assert "P001" not in set(exclusions.participant_id)
    leaks = {}
    for folder in ("results", ".snakemake/log"):
        for path in sorted((planted_study / folder).rglob("*")):
            text = path.relative_to(planted_study).as_posix().encode()
            content = path.read_bytes() if path.is_file() else b""
            if found := leaks_in(text) + leaks_in(content):
                leaks[str(path)] = found
    assert leaks == {}
    assert leaks_in(run.output.encode()) == []
    again = run_workflow(planted_study, "--forceall", "--dry-run")
    assert leaks_in(again.output.encode()) == []
