"""The jobs: what they read of a participant's folder, what they leave there, and refusals."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image as Picture

from bonecohort.images.grid import grid_record
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.techniques.vbq.jobs import measure, show
from bonecohort.techniques.vbq.names import FORMS
from bonecohort.techniques.vbq.settings import VbqSettings
from tests.techniques.vbq.conftest import LEVELS, SCORES

T1 = {"status": "converted", "reason": "", "ScanningSequence": "SE", "RepetitionTime": 0.56,
      "EchoTime": 0.010, "MagneticFieldStrength": 1.5, "ReceiveCoilName": "Spine_32"}  # fmt: skip
SETTINGS = dataclasses.asdict(VbqSettings())


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


@pytest.fixture
def labels(spine, tmp_path):
    write_nifti(tmp_path / "labels.nii.gz", spine.labels)
    return tmp_path / "labels.nii.gz"


def put(results, spine, **record):
    folder = results / "participants" / "P1"
    folder.mkdir(parents=True, exist_ok=True)
    write_nifti(folder / "t1_sagittal.nii.gz", spine.image)
    grid = grid_record(spine.image.array.shape, spine.image.affine_lps, "", "")
    (folder / "t1_sagittal.json").write_text(json.dumps(T1 | grid | record))


def listed(path, scheme=None):
    return [{"path": str(path), "label_scheme": scheme, "reader": "1"}]


def task_of(**files):
    files = {"t1_sagittal": [{"path": "t1"}]} | files
    return {
        "participant_id": "P1",
        "sites": list(LEVELS),
        "settings": {key: SETTINGS[key] for key in SETTINGS if key not in OF_COHORT},
        "files": {kind: found for kind, found in files.items() if found},
        "names": [dataclasses.asdict(form) for form in FORMS],
    }


OF_COHORT = ("levels", "min_levels", "pool_methods")


def records_after(task, results):
    measure.run(task, results)
    show.run(task, results)
    with Picture.open(results / "participants/P1/qc/vbq.png") as picture:
        assert picture.width == 860
    folder = results / "participants" / "P1" / "vbq"
    return {level: json.loads((folder / f"{level}.json").read_text()) for level in LEVELS}


def scores_in(records):
    return {
        level: record["measurements"][0]["value"]
        for level, record in records.items()
        if record["measurements"]
    }


def curve(name, centre, radius=4.0):
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    x, y, z = centre
    points = [
        {"position": [x, y + radius * np.cos(a), z + radius * np.sin(a)],
         "positionStatus": "defined"}
        for a in angles
    ]  # fmt: skip
    return {"type": "ClosedCurve", "name": name, "coordinateSystem": "LPS",
            "controlPoints": points}  # fmt: skip


@pytest.fixture
def curves(spine, tmp_path):
    """Write a reader's curves: by default all levels' marrow, and CSF at L3."""

    def write(*names, called="vbq_rois.mrk.json", radius=4.0, x=0.0):
        marks = []
        for name in names or (*(f"{level}_marrow" for level in LEVELS), "L3_csf"):
            level, tissue = name.split("_")
            centre = spine.bodies[level].centre_lps_mm.copy()
            centre[0] = x
            if tissue == "csf":
                canal = spine.image.to_lps(np.argwhere(spine.canal.array).astype(float))
                row = canal[np.abs(canal[:, 2] - centre[2]) < 1]
                centre[1] = row[:, 1].mean()
            marks.append(curve(name, centre, radius if tissue == "marrow" else 3.0))
        path = tmp_path / called
        schema = "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups"
        path.write_text(json.dumps({
            "@schema": f"{schema}/Resources/Schema/markups-schema-v1.0.3.json#", "markups": marks,
        }))  # fmt: skip
        return path

    return write


def test_a_label_map_gives_scores_and_a_picture(spine, labels, results):
    put(results, spine)
    records = records_after(task_of(mr_vertebrae=listed(labels, "totalspineseg")), results)
    assert scores_in(records) == pytest.approx(SCORES, rel=0.02)
    assert records["L2"]["acquisition"] == {
        "ReceiveCoilName": "Spine_32",
        "MagneticFieldStrength": 1.5, "RepetitionTime": 0.56, "EchoTime": 0.01,
        "ScanningSequence": "SE",
    }  # fmt: skip
    assert {row["method"] for row in records["L2"]["measurements"]} == {
        "vbq.auto.v1", "ebq.csf.v1", "ebq.marrow.v1",
    }  # fmt: skip


def test_a_map_of_subregions_gives_the_fluid(spine, results, tmp_path):
    vertebrae = np.where(spine.labels.array == 2, 0, spine.labels.array)
    write_nifti(tmp_path / "v.nii.gz", Volume(vertebrae, spine.labels.affine_lps))
    parts = np.where(spine.canal.array, 61, 0).astype(np.int16)
    write_nifti(tmp_path / "parts.nii.gz", Volume(parts, spine.labels.affine_lps))
    put(results, spine)
    task = task_of(
        mr_vertebrae=listed(tmp_path / "v.nii.gz", "totalspineseg"),
        mr_subregions=listed(tmp_path / "parts.nii.gz"),
    )
    assert scores_in(records_after(task, results)) == pytest.approx(SCORES, rel=0.02)


def test_a_gradient_echo_has_a_method_of_its_own(spine, labels, results):
    put(results, spine, ScanningSequence="GR", RepetitionTime=0.12, EchoTime=0.0046)
    records = records_after(task_of(mr_vertebrae=listed(labels, "totalspineseg")), results)
    assert {row["method"] for row in records["L1"]["measurements"]} == {
        "vbq.gre.v1", "ebq.gre.csf.v1", "ebq.gre.marrow.v1",
    }  # fmt: skip


def test_a_readers_curves_are_measured_as_drawn(spine, labels, results, curves):
    put(results, spine)
    task = task_of(mr_vertebrae=listed(labels, "totalspineseg"), vbq_rois=listed(curves()))
    records = records_after(task, results)
    assert scores_in(records) == pytest.approx(SCORES, rel=0.02)
    (row,) = records["L4"]["measurements"]
    assert (row["method"], row["reader"]) == ("vbq.reader.v1", "1")


def test_two_readers_have_a_mean(spine, results, curves):
    put(results, spine)
    first, second = curves(called="a.mrk.json"), curves(called="b.mrk.json", radius=7.0, x=4.0)
    readers = [
        {"path": str(path), "reader": reader} for path, reader in ((first, "A"), (second, "B"))
    ]
    records = records_after(task_of(vbq_rois=readers), results)
    values = {row["reader"]: row["value"] for row in records["L2"]["measurements"]}
    assert values.keys() == {"A", "B", "mean"}
    assert values["mean"] == pytest.approx((values["A"] + values["B"]) / 2)
    assert values["A"] != values["B"]


def test_a_level_without_a_curve_stops_no_other(spine, results, curves):
    put(results, spine)
    drawn = curves("L1_marrow", "L2_marrow", "L4_marrow", "L2_csf")
    records = records_after(task_of(vbq_rois=listed(drawn)), results)
    assert scores_in(records).keys() == {"L1", "L2", "L4"}
    assert records["L3"]["reason"] == "No curve L3_marrow is drawn."
    assert "csf_level: L2" in records["L1"]["flags"]


def test_a_curve_with_a_wrong_level_is_refused(spine, results, curves):
    put(results, spine)
    path = curves()
    content = path.read_text().replace("L1_marrow", "LX_marrow").replace("L5_marrow", "L1_marrow")
    path.write_text(content.replace("LX_marrow", "L5_marrow"))
    records = records_after(task_of(vbq_rois=listed(path)), results)
    assert "One of the two levels has a wrong name" in records["L1"]["reason"]


def without_canal(spine, tmp_path):
    array = np.where(spine.labels.array == 2, 0, spine.labels.array)
    write_nifti(tmp_path / "bare.nii.gz", Volume(array, spine.labels.affine_lps))
    return {"mr_vertebrae": listed(tmp_path / "bare.nii.gz", "totalspineseg")}


REFUSALS = {
    "no labels": ({}, lambda *_: {}, "listed without 'mr_vertebrae'"),
    "no canal": ({}, without_canal, "No CSF region: the label map ('mr_vertebrae') has no voxel"),
    "not converted": ({"status": "excluded", "reason": "A slice is missing."},
                      lambda *_: {}, "A slice is missing."),
    "contrast": ({"ContrastBolusAgent": "Gadovist"}, lambda *_: {}, "contrast agent"),
    "fat": ({"FatSuppression": "yes"}, lambda *_: {}, "fat suppression"),
    "T2": ({"RepetitionTime": 3.0, "EchoTime": 0.1}, lambda *_: {}, "T1-weighted spin echo"),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_gives_one_reason_and_no_value(spine, results, tmp_path, fault):
    record, files, told = REFUSALS[fault]
    put(results, spine, **record)
    records = records_after(task_of(**files(spine, tmp_path)), results)
    (reason,) = {record["reason"] for record in records.values()}
    assert told in reason
    assert all(record["status"] == "excluded" for record in records.values())
    assert scores_in(records) == {}


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("L1_marrow", "L2_marrow", "L3_marrow"), "reader 1 drew none of L3_csf, L2_csf, L4_csf"),
        (("L3_csf",), "No curve L1_marrow is drawn."),
    ],
)
def test_curves_that_lack_a_tissue_give_no_value(spine, results, curves, names, told):
    put(results, spine)
    records = records_after(task_of(vbq_rois=listed(curves(*names))), results)
    assert scores_in(records) == {}
    assert told in records["L1"]["reason"]


def test_curves_without_an_image_give_no_value(results, curves):
    task = task_of(t1_sagittal=[], vbq_rois=listed(curves()))
    reasons = {record["reason"] for record in records_after(task, results).values()}
    assert reasons == {"Regions ('vbq_rois') are listed, but no 't1_sagittal' to measure them on."}


def test_an_unknown_numbering_of_the_canal_is_not_guessed(spine, labels, results):
    put(results, spine)
    scheme = {"L1": 41, "L2": 42, "L3": 43, "L4": 44, "L5": 45}
    records = records_after(task_of(mr_vertebrae=listed(labels, scheme)), results)
    assert "names no canal" in records["L1"]["reason"]
