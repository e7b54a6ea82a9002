"""Jobs on what their inputs may hold: several readers, numbered categories, many files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from pydicom import dcmread

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.annotations.marks.markup import Markup
from bonecohort.annotations.marks.slicer_json import write_markups
from bonecohort.cohort.frames import read_table
from bonecohort.faults import DataFault
from bonecohort.images.grid import grid_record
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.crops import load_crop
from bonecohort.study.job_specs import cohort_task
from bonecohort.study.study import load_study
from bonecohort.techniques.endplates.jobs import measure as measure_endplates
from bonecohort.techniques.hounsfield.jobs import crop
from bonecohort.techniques.hounsfield.jobs import measure as measure_hounsfield
from tests.annotations.marks.forms import NAMES
from tests.annotations.marks.sr_writer import graphic, group, write_sr

PLANES_MM = {"upper": 35.0, "middle": 25.0, "lower": 15.0}
LONGEST_ARGUMENT = 100_000


def draw_regions(path, levels, shift_mm=0.0):
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    regions = [
        Markup(
            "ClosedCurve",
            f"{level}_{plane}",
            tuple((25 + shift_mm + 8 * np.cos(a), 25 + 6 * np.sin(a), height) for a in angles),
        )
        for level in levels
        for plane, height in PLANES_MM.items()
    ]
    write_markups(path, regions)


@pytest.fixture
def measured(tmp_path):
    """Measure a level by two readers. The CT has 100 HU left and 200 HU right of x = 25 mm."""
    folder = tmp_path / "results/participants/A"
    folder.mkdir(parents=True)
    values = np.full((50, 50, 50), 100, dtype=np.int16)
    values[25:] = 200
    write_nifti(folder / "ct.nii.gz", Volume(values, np.eye(4)))
    record = {"status": "converted"} | grid_record(values.shape, np.eye(4), "1.2.3", "")
    (folder / "ct.json").write_text(json.dumps(record))
    draw_regions(tmp_path / "first.mrk.json", ["L3", "L4"], shift_mm=-9)
    draw_regions(tmp_path / "second.mrk.json", ["L3"], shift_mm=10)

    def measured_level(level, **more):
        rois = [
            {"path": str(tmp_path / f"{name}.mrk.json"), "reader": name}
            for name in ("first", "second")
        ]
        files = {"ct": [{"path": "ct"}], "hu_rois": rois} | more
        task = {
            "participant_id": "A",
            "site": level,
            "settings": {},
            "files": files,
            "names": NAMES,
        }
        measure_hounsfield.run(task, tmp_path / "results")
        return json.loads((folder / f"hounsfield/{level}.json").read_text())

    return measured_level


def test_two_readers_regions_are_averaged(measured):
    record = measured("L3")
    assert record["hu"] == pytest.approx(150, abs=1)
    hu = {row["reader"]: row["value"] for row in record["measurements"] if row["measure"] == "hu"}
    assert hu == pytest.approx({"first": 100, "second": 200, "mean": 150}, abs=1)


def test_readers_regions_carry_the_flags_of_the_ct(measured, tmp_path):
    assert measured("L3")["flags"] == []
    sidecar = tmp_path / "results/participants/A/ct.json"
    told = {"HounsfieldScale": {"Verdict": "unproven"}, "SpectralImage": "virtual monoenergetic"}
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | told))
    assert measured("L3")["flags"] == ["hounsfield_scale_unproven", "monoenergetic"]


def test_a_readers_region_that_cannot_be_trabecular_bone_is_refused(measured, tmp_path):
    image = tmp_path / "results/participants/A/ct.nii.gz"
    write_nifti(image, Volume(np.full((50, 50, 50), 1101, dtype=np.int16), np.eye(4)))
    record = measured("L3")
    assert record["hu"] is None
    assert "upper region has 1101 HU" in record["reason"]
    assert "-150 to 800" in record["reason"]


def test_a_level_only_one_of_two_readers_drew_is_measured_by_that_one(measured):
    record = measured("L4")
    assert (record["status"], record["reader"]) == ("measured", "first")
    assert record["hu"] == pytest.approx(100, abs=1)


def test_a_level_nobody_drew_is_excluded(measured):
    record = measured("L5")
    assert record["status"] == "excluded"
    assert "upper" in record["reason"]


def test_an_ellipse_that_ohif_exports_is_measured_as_drawn(measured, tmp_path):
    """The CT is 100 HU left of x = 24.5 mm, 200 right of it."""
    rows = ["Patient ID,SeriesInstanceUID,SOPInstanceUID,Label,AnnotationType,points"]
    for plane, height in PLANES_MM.items():
        ends = ((35, 21), (35, 29), (29, 25), (41, 25))
        points = ";".join(f"{x} {y} {height}" for x, y in ends)
        rows.append(f"1,,,L3_{plane},Cornerstone:EllipticalROI,{points}")
    path = tmp_path / "m.csv"
    path.write_text("\n".join(rows))
    record = measured("L3", hu_rois=[{"path": str(path), "reader": "1"}])
    assert record["hu"] == pytest.approx(200)
    assert record["rois"][0]["area_mm2"] == pytest.approx(np.pi * 6 * 4, rel=0.01)


def test_a_file_beside_the_regions_that_is_not_read_is_reported_of_every_level(measured, tmp_path):
    folder = tmp_path / "rois"
    folder.mkdir()
    draw_regions(folder / "L3.mrk.json", ["L3"], shift_mm=10)
    (folder / "L4.mps").write_text("<point_set_file/>")
    files = [{"path": str(folder), "reader": "1"}]
    assert measured("L3", hu_rois=files)["hu"] == pytest.approx(200)
    for level in ("L3", "L4"):
        assert measured(level, hu_rois=files)["flags"] == ["unread_files: L4.mps"]
    record = measured("L4", hu_rois=files)
    assert record["status"] == "excluded"
    assert "L4.mps is a point set of MITK" in record["reason"]


def test_a_region_outside_the_ct_is_refused_by_name_and_place(measured, tmp_path):
    draw_regions(tmp_path / "second.mrk.json", ["L3"], shift_mm=-90)
    record = measured("L3")
    assert record["status"] == "excluded"
    assert "'L3_upper' in second.mrk.json lies outside the CT" in record["reason"]
    assert "x -0.5 to 49.5" in record["reason"]
    assert measured("L4")["status"] == "measured"


@pytest.mark.parametrize(("in_label", "refused"), [("L2", True), ("L3", False), (None, False)])
def test_regions_are_held_to_the_label_map(measured, tmp_path, in_label, refused):
    values = np.zeros((50, 50, 50), dtype=np.int16)
    values[25:40, 20:30, 10:40] = SCHEMES["verse"].get(in_label, 0)
    write_nifti(tmp_path / "labels.nii.gz", Volume(values, np.eye(4)))
    listed = [{"path": str(tmp_path / "labels.nii.gz"), "label_scheme": "verse"}]
    record = measured("L3", vertebrae=listed)
    assert (record["status"] == "excluded") is refused
    assert not refused or "its centre lies in L2 of the vertebra label map" in record["reason"]


def test_a_label_map_that_is_no_help_is_flagged_and_the_regions_stand(measured, tmp_path):
    listed = [{"path": str(tmp_path / "none.nii.gz"), "label_scheme": "verse"}]
    record = measured("L3", vertebrae=listed)
    assert record["status"] == "measured"
    assert "not held to the label map: " in record["flags"][-1]


def test_planes_named_upside_down_are_refused(measured, tmp_path, monkeypatch):
    monkeypatch.setitem(PLANES_MM, "upper", 10.0)
    draw_regions(tmp_path / "first.mrk.json", ["L4"])
    assert "L4_upper lies below L4_middle" in measured("L4")["reason"]


def test_a_seg_of_another_frame_of_reference_is_refused(measured, tmp_path, shared_data):
    seg = shared_data / "annotations/highdicom/seg_image_ct_binary.dcm"
    dataset = dcmread(seg)
    dataset.SegmentSequence[0].SegmentLabel = "L3"
    del dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence
    dataset.save_as(tmp_path / "seg.dcm")
    labels = [{"path": str(tmp_path / "seg.dcm"), "label_scheme": None}]
    files = {"ct": [{"path": "ct"}], "vertebrae": labels}
    task = {"participant_id": "A", "sites": ["L3"], "files": files}
    crop.run(task, tmp_path / "results")
    with pytest.raises(DataFault, match="another frame of reference"):
        load_crop(tmp_path / "results/participants/A/crops/L3.npz")


@pytest.fixture
def read_endplates(tmp_path):
    """Measure L3 from marks on a sagittal T2: 15 slices 4 mm apart, x −22 to 38 mm."""
    folder = tmp_path / "results/participants/A"
    folder.mkdir(parents=True)
    affine = [[0, 0, 4.0, -20], [1.0, 0, 0, -30], [0, -1.0, 0, 110], [0, 0, 0, 1]]
    record = {"status": "converted"} | grid_record((200, 220, 15), affine, "1.2.3", "")
    (folder / "t2_sagittal.json").write_text(json.dumps(record))
    task = {"participant_id": "A", "site": "L3", "settings": {"unlisted_level": "normal"}}
    task["names"] = NAMES

    def measure(*marks_of_readers):
        marks = []
        for reader, path in enumerate(marks_of_readers, start=1):
            marks.append({"path": str(path), "reader": str(reader)})
        files = {"t2_sagittal": [{"path": "t2"}], "endplate_markups": marks}
        measure_endplates.run(task | {"files": files}, tmp_path / "results")
        return json.loads((folder / "endplates/L3.json").read_text())

    return measure


def body_lines(x_mm=2.0):
    ends = {"width": ((40, 0), (74, 0)), "height_1": ((45, -13), (45, 13))}
    ends["height_2"] = ((69, -13), (69, 13))
    return [
        Markup("Line", f"L3_body_{name}", tuple((x_mm, y, z) for y, z in pair))
        for name, pair in ends.items()
    ]


def test_endplate_marks_are_held_to_the_t2(read_endplates, tmp_path):
    write_markups(tmp_path / "a.mrk.json", body_lines())
    assert read_endplates(tmp_path / "a.mrk.json")["status"] == "measured"
    write_markups(tmp_path / "b.mrk.json", body_lines(x_mm=60.0))
    record = read_endplates(tmp_path / "a.mrk.json", tmp_path / "b.mrk.json")
    assert record["status"] == "excluded"
    assert "'L3_body_width' in b.mrk.json lies outside the sagittal T2" in record["reason"]


@pytest.mark.parametrize(("frame", "status"), [("1.2.3", "measured"), ("1.2.7", "excluded")])
def test_a_report_of_another_frame_of_reference_is_refused(read_endplates, tmp_path, frame, status):
    groups = [
        group(line.name, graphic("POLYLINE", np.ravel(line.points_lps_mm).tolist(), frame))
        for line in body_lines()
    ]
    record = read_endplates(write_sr(tmp_path / "sr", *groups))
    assert record["status"] == status
    assert ("FrameOfReferenceUID" in record["reason"]) is (status == "excluded")
    assert frame not in record["reason"]


def test_categories_that_look_like_numbers_stay_text(tmp_path):
    path = tmp_path / "participants.csv"
    pd.DataFrame({"participant_id": ["007"], "grade": ["2"], "age": [60]}).to_csv(path, index=False)
    row = read_table(path, ["grade", "absent"]).iloc[0]
    assert (row.participant_id, row.grade, row.age) == ("007", "2", 60)


def test_what_the_cohort_job_is_reported_fits_one_argument_whatever_the_cohort(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    names = [f"P{number:04}" for number in range(1500)]
    (config / "participants.tsv").write_text("\n".join(["participant_id", *names]))
    rows = [f"{name}\thu_table\treadings/{name}/hounsfield_readings.csv" for name in names]
    (config / "series.tsv").write_text("\n".join(["participant_id\tkind\tpath", *rows]))
    assert len(cohort_task(load_study(tmp_path), {})) < LONGEST_ARGUMENT
