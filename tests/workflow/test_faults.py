"""Each fault of the data that the contract names: reported of its participant, without effect on
others.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pandas as pd
import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid

from .conftest import (
    AGGREGATES,
    OF_RECORDS,
    run_workflow,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = ("P001", "P002")
L3_OF_TOTALSEGMENTATOR = 29


@dataclass(frozen=True)
class Fault:
    """One way to break a participant, and how it must be reported.

    ``stage`` and ``level`` (the levels, where several rows report it) are those of exclusions.csv,
    ``reason`` is a part of the reason.
    """

    participant_id: str
    breaks: Callable[[Path], None]
    stage: str
    level: str
    reason: str


def slices_of(own: Path) -> list[Path]:
    return sorted((own / "ct").iterdir())


def edit_slices(own: Path, change) -> None:
    for path in slices_of(own):
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(path)


def cut_short(own: Path) -> None:
    path = slices_of(own)[40]
    path.write_bytes(path.read_bytes()[:-500])


def slice_missing(own: Path) -> None:
    slices_of(own)[40].unlink()


def path_missing(own: Path) -> None:
    shutil.rmtree(own / "ct")


def two_series(own: Path) -> None:
    uid = generate_uid()
    for path in slices_of(own):
        dataset = dcmread(path)
        dataset.SeriesInstanceUID = uid
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.save_as(path.with_name(f"second{path.name}"))


def differing_duplicate(own: Path) -> None:
    path = slices_of(own)[40]
    dataset = dcmread(path)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    pixels = dataset.pixel_array.copy()
    pixels[0, 0] += 1
    dataset.PixelData = pixels.tobytes()
    dataset.save_as(path.with_name("again.dcm"))


def no_rescale(own: Path) -> None:
    def remove(dataset) -> None:
        del dataset.RescaleSlope, dataset.RescaleIntercept

    edit_slices(own, remove)


def edit_labels(own: Path, change) -> None:
    path = own / "vertebrae.nii.gz"
    image = nibabel.load(path)
    labels, affine = change(np.asanyarray(image.dataobj).copy(), image.affine.copy())
    nibabel.save(nibabel.Nifti1Image(labels, affine), path)


def level_absent(own: Path) -> None:
    def without_l3(labels, affine):
        labels[labels == L3_OF_TOTALSEGMENTATOR] = 0
        return labels, affine

    edit_labels(own, without_l3)


def labels_elsewhere(own: Path) -> None:
    def shifted(labels, affine):
        affine[:3, 3] += (0, 500, 0)
        return labels, affine

    edit_labels(own, shifted)


def labels_unreadable(own: Path) -> None:
    (own / "vertebrae.nii.gz").write_text("no image")


def marks_unreadable(own: Path) -> None:
    (own / "endplates.mrk.json").write_text("{")


def line(name: str, length_mm: float, stored_mm: float) -> dict:
    points = [{"id": str(number), "label": "", "position": [0.0, at, 0.0]}
              for number, at in ((1, 0.0), (2, length_mm))]  # fmt: skip
    stored = {"name": "length", "enabled": True, "value": stored_mm, "units": "mm"}
    return {"type": "Line", "name": name, "coordinateSystem": "LPS", "controlPoints": points,
            "measurements": [stored]}  # fmt: skip


def marks_contradict_themselves(own: Path) -> None:
    """Store another length than the points have, as a slip of units does."""
    lines = [line("L3_sup_1_width", 6.0, 0.5)]
    (own / "endplates.mrk.json").write_text(json.dumps({"markups": lines}))


def marks_missing(own: Path) -> None:
    (own / "endplates.mrk.json").unlink()


FAULTS = (
    Fault("cut", cut_short, "convert_ct", "", "cut short"),
    Fault("gap", slice_missing, "convert_ct", "", "slice"),
    Fault("gone", path_missing, "convert_ct", "", "does not exist"),
    Fault("twin", two_series, "convert_ct", "", "series_uid"),
    Fault("double", differing_duplicate, "convert_ct", "", "Different images lie at one position"),
    Fault("scale", no_rescale, "convert_ct", "", "RescaleSlope"),
    Fault("level", level_absent, "hounsfield", "L3", "absent from the label map"),
    Fault("shift", labels_elsewhere, "hounsfield", "L3 L4", "lies outside the CT"),
    Fault("labels", labels_unreadable, "hounsfield", "", "could not be read as NIfTI"),
    Fault("json", marks_unreadable, "endplates", "", "not readable JSON"),
    Fault("units", marks_contradict_themselves, "endplates", "L3", "stores a length of 0.50 mm"),
    Fault("unmarked", marks_missing, "endplates", "", "does not exist"),
)


def add_participants(study: Path, *faults: Fault) -> None:
    """List a copy of P001 for each fault: its CT, or its T2, as the fault concerns it."""
    series, people = study / "config/series.tsv", study / "config/participants.tsv"
    rows = people.read_text()
    first = next(line for line in rows.splitlines() if line.startswith("P001\t"))
    for fault in faults:
        name = fault.participant_id
        ct = fault.stage != "endplates"
        shutil.copytree(study / "demo/P001", study / f"demo/{name}",
                        ignore=shutil.ignore_patterns("t2" if ct else "ct"))  # fmt: skip
        kinds = (
            {"ct": "ct", "vertebrae": "vertebrae.nii.gz"}
            if ct
            else {"t2_sagittal": "t2", "endplate_markups": "endplates.mrk.json"}
        )
        with series.open("a") as table:
            table.writelines(f"{name}\t{kind}\tdemo/{name}/{at}\n" for kind, at in kinds.items())
        with people.open("a") as table:
            table.write(first.replace("P001", name, 1) + "\n")
        fault.breaks(study / "demo" / name)


def table(study: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(study / f"results/tables/{name}.csv", dtype=str, keep_default_na=False)


def rows_of(study: Path, name: str, people) -> list[str]:
    lines = (study / f"results/tables/{name}.csv").read_text().splitlines()
    return [line for line in lines if line.split(",")[0] in people]


def assert_reported(study: Path, *faults: Fault) -> None:
    exclusions = table(study, "exclusions")
    report = (study / "results/report.html").read_text()
    for fault in faults:
        own = exclusions[exclusions.participant_id == fault.participant_id]
        assert set(own.stage) == {fault.stage}, fault
        assert " ".join(own.level) == fault.level
        assert fault.reason in own.reason.iloc[0]
        assert fault.participant_id in report


@pytest.mark.slow
def test_every_fault_excludes_its_own_participant_alone_and_a_corrected_one_comes_in(
    study, two_levels_study
):
    add_participants(study, *FAULTS)
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert f"of {len(GOOD) + len(FAULTS)} participants analysed" in run.output
    assert_reported(study, *FAULTS)
    for name in ("measurements", "vertebrae", "endplates", "participants"):
        assert rows_of(study, name, GOOD) == rows_of(two_levels_study, name, GOOD)
        assert rows_of(study, name, GOOD)
    both_levels = table(study, "vertebrae").set_index(["participant_id", "level"])
    assert both_levels.loc[("level", "L4"), "hu"] == both_levels.loc[("P001", "L4"), "hu"] != ""
    assert (
        both_levels.loc[("units", "L4"), "defect_type"]
        == (both_levels.loc[("P001", "L4"), "defect_type"])
    )

    shutil.copy(study / "demo/P001/vertebrae.nii.gz", study / "demo/shift/vertebrae.nii.gz")
    shutil.copy(study / "demo/P001/endplates.mrk.json", study / "demo/json/endplates.mrk.json")
    again = run_workflow(study)
    assert again.code == 0, again.output
    assert again.jobs == {
        "crop_vertebrae": 1, "measure_hounsfield": 2, "show_hounsfield": 1,
        "measure_endplates": 2, "show_endplates": 1,
    } | OF_RECORDS  # fmt: skip
    assert not {"shift", "json"} & set(table(study, "exclusions").participant_id)
    corrected = table(study, "vertebrae").set_index("participant_id")
    assert corrected.loc["shift"].hu.tolist() == corrected.loc["P001"].hu.tolist()
    assert corrected.loc["json"].width_mm.tolist() == corrected.loc["P001"].width_mm.tolist()


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.participant_id for fault in FAULTS])
def test_all_participants_broken_in_one_way_give_a_report_that_says_so(study, fault):
    for name in GOOD:
        own = study / "demo" / name
        fault.breaks(own)
    run = run_workflow(study)
    assert run.code == 0, run.output
    exclusions = table(study, "exclusions")
    for name in GOOD:
        own = exclusions[exclusions.participant_id == name]
        assert set(own.stage) == {fault.stage}
        assert " ".join(own.level) == fault.level
        assert fault.reason in own.reason.iloc[0]


@pytest.mark.slow
def test_a_study_of_which_nothing_can_be_measured_gets_its_report(two_levels_study, tmp_path):
    study = tmp_path / "study"
    leave = shutil.ignore_patterns("results", ".snakemake", "ct", "t2", "*.nii.gz", "*.json")
    shutil.copytree(two_levels_study, study, ignore=leave)
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert "bonecohort: 0 of 2 participants analysed" in run.output
    assert "2 could not be measured; the report says why." in run.output
    exclusions = table(study, "exclusions")
    assert set(exclusions.participant_id) == set(GOOD)
    report = (study / "results/report.html").read_text()
    for row in exclusions.itertuples():
        assert row.reason.split("'")[0][:40] in report


BAD_ROWS = {
    "T00": ("hu.csv", "T00,L3,upper,160", "T00,L7,upper,160", "'L7'; L1 to L5 is expected"),
    "T01": ("hu.csv", "T01,L3,upper,152", "T01,L3,upper,bright", "'bright' is not a number"),
    "T02": ("hu.csv", "T02,L3,upper,144", "T02,L3,uper,144", "upper, middle, lower is expected"),
    "T03": ("endplates.csv", "T03,L3,superior,1,7.5", "T03,L3,superior,1,-7.5",
            "-7.5; a length above 0 mm is expected"),
    "T04": ("hu.csv", "T04,L3,upper,128", "T04,L3,upper,12800", "12800"),
    "T05": ("endplates.csv", "T05,L3,superior,1,8.5", "T05,L3,sideways,1,8.5", "'sideways'"),
    "T06": ("hu.csv", "T06,L3,upper,112", "T06,L3,upper,", "blank; leave the row out"),
    "T07": ("endplates.csv", "T07,L3,superior,1", "T07,L3,superior,0", "with defect 0 (normal)"),
    "T08": ("hu.csv", "T08,L3,upper,96", "T08,L3,upper,96\nT08,L3,upper,97", "stands also in row"),
    "T09": ("endplates.csv", "T09,L3,superior,1,10.5", "T09,L3,superior,1,", "blank; a length"),
}  # fmt: skip


@pytest.mark.long
def test_ten_participants_with_a_bad_row_each_leave_the_others_as_they_were(table_study):
    sound = run_workflow(table_study, "results/run.json")
    assert sound.code == 0, sound.output
    others = [f"T{number:02}" for number in (10, 11)]
    before = {name: rows_of(table_study, name, others) for name in ("measurements", "vertebrae")}
    for file, right, wrong, _ in BAD_ROWS.values():
        path = table_study / file
        text = path.read_text()
        assert right in text
        path.write_text(text.replace(right, wrong, 1))
    run = run_workflow(table_study)
    assert run.code == 0, run.output
    assert run.jobs == AGGREGATES
    assert before == {name: rows_of(table_study, name, others) for name in before}
    exclusions = table(table_study, "exclusions")
    assert set(exclusions.participant_id) == set(BAD_ROWS)
    report = (table_study / "results/report.html").read_text()
    for name, (file, _, _, reason) in BAD_ROWS.items():
        (row, *_) = exclusions[exclusions.participant_id == name].itertuples()
        assert reason in row.reason
        assert file in row.reason
        assert name in report
