"""The jobs on a CT: what they read of a participant's folder, and what they leave there."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image as Picture

from bonecohort.images.grid import uid_digest
from bonecohort.images.nifti import write_nifti
from bonecohort.measures.calibration import Calibration
from bonecohort.techniques.qct.jobs import calibrate, show
from bonecohort.techniques.qct.picture import draw_calibration
from bonecohort.techniques.qct.settings import PhantomSettings, QctSettings
from tests.annotations.labels.seg_writer import Grid, segment, write_segmentation
from tests.techniques.qct.phantoms import DENSITIES, Phantom, hu_of, vertebrae
from tests.techniques.qct.test_maps import tissues

CONVERTED = {"status": "converted", "reason": "", "KVP": 120}
SETTINGS = QctSettings(phantom=PhantomSettings("K2HPO4", DENSITIES))
PHANTOM = Phantom()


@pytest.fixture
def place(tmp_path):
    """Return a function that lays out a participant's files, and returns the task of its jobs."""
    folder = tmp_path / "results/participants/P1"

    def laid(ct, labels, kind="qct_rods", heights=(15, -10), **sidecar):
        (folder / "hounsfield").mkdir(parents=True)
        if ct is not None:
            write_nifti(folder / "ct.nii.gz", ct)
            (folder / "ct.json").write_text(json.dumps(CONVERTED | sidecar))
        write_nifti(tmp_path / "labels.nii.gz", labels)
        for level, centres in vertebrae(*heights).items():
            rois = [{"center_lps_mm": centre.tolist()} for centre in centres]
            (folder / f"hounsfield/{level}.json").write_text(json.dumps({"rois": rois}))
        files = {kind: [{"path": str(tmp_path / "labels.nii.gz"), "reader": "1"}]}
        if ct is not None:
            files["ct"] = [{"path": "ct", "reader": "1"}]
        return {"participant_id": "P1", "sites": ["L1", "L2"], "files": files, "columns": {},
                "settings": json.loads(json.dumps(asdict(SETTINGS)))}  # fmt: skip

    return laid


@pytest.fixture
def done(tmp_path):
    """Return a function that runs the jobs of a task and returns the record."""

    def run(task):
        calibrate.run(task, tmp_path / "results")
        show.run(task, tmp_path / "results")
        folder = tmp_path / "results/participants/P1"
        with Picture.open(folder / "qc/qct.png") as picture:
            assert picture.width == 860
        return json.loads((folder / "qct/calibration.json").read_text())

    return run


def test_rods_on_the_ct_calibrate_it(place, done):
    record = done(place(PHANTOM.ct(), PHANTOM.label_map()))
    assert (record["status"], record["flags"], record["level"]) == ("measured", [], "")
    line = Calibration.of_record(record["calibration"])
    assert line.method == "qct.rods.k2hpo4"
    assert line.density(hu_of(120.0)) == pytest.approx(120.0, abs=2.5)
    assert [one["density"] for one in record["samples"]] == list(DENSITIES.values())
    assert all(one["n_voxels"] > 500 for one in record["samples"])
    assert [row["measure"] for row in record["measurements"]] == [
        "calibration_slope", "calibration_intercept", "calibration_r2",
    ]  # fmt: skip
    assert {row["site"] for row in record["measurements"]} == {"scan"}


def test_tissues_on_the_ct_calibrate_it(place, done):
    ct, labels = tissues()
    record = done(place(ct, labels.volume, kind="tissue_samples"))
    assert record["status"] == "measured"
    assert record["calibration"]["method"] == "qct.internal.k2hpo4.afbcm"
    assert 80 < record["details"]["energy_kev"] < 120


def test_the_scan_is_flagged_and_corrected_by_its_header_and_columns(place, done):
    task = place(PHANTOM.ct(), PHANTOM.label_map(), ContrastBolusAgent="yes", GantryDetectorTilt=9)
    task["columns"] = {"contrast_phase": "venous"}
    line = {"slope": 0.7, "intercept": -11.0, "source": "X 2012"}
    task["settings"]["contrast"] = {"venous": line}
    record = done(task)
    assert record["flags"] == ["contrast: venous", "gantry_tilt: 9.0°"]
    assert record["calibration"]["method"] == "qct.rods.k2hpo4.cc"
    before = Calibration.of_record(record["details"]["uncorrected"])
    after = Calibration.of_record(record["calibration"])
    assert after.density(150) == pytest.approx(0.7 * before.density(150) - 11)


def refused(place, done, *args, **more):
    record = done(place(*args, **more))
    assert (record["status"], record["measurements"]) == ("excluded", [])
    assert "calibration" not in record
    return record["reason"]


def test_a_label_map_without_a_ct_is_refused(place, done):
    reason = refused(place, done, None, PHANTOM.label_map())
    assert reason == "'qct_rods' is listed as a label map, but no 'ct' to measure it on."


def test_of_a_ct_that_could_not_be_converted_the_reason_is_that(place, done):
    why = {"status": "excluded", "reason": "Slices are missing."}
    assert refused(place, done, PHANTOM.ct(), PHANTOM.label_map(), **why) == "Slices are missing."


def test_rods_beyond_the_ct_are_refused(place, done):
    labels = PHANTOM.label_map()
    labels = type(labels)(labels.array, labels.affine_lps + np.diag([0, 0, 0, 0]))
    labels.affine_lps[0, 3] += 400
    assert "lies outside the CT" in refused(place, done, PHANTOM.ct(), labels)


def write_seg(path, frame):
    """Write the phantom's rods as a DICOM SEG."""
    labels, affine = PHANTOM.labels(), PHANTOM.affine
    frames = [
        (affine[:3, 3] + affine[:3, 2] * k, number, (labels[:, :, k] == number).T.astype(np.uint8))
        for number in DENSITIES
        for k in range(labels.shape[2])
    ]
    spacing = (PHANTOM.spacing_mm[1], PHANTOM.spacing_mm[0])
    grid = Grid((1, 0, 0, 0, 1, 0), spacing, PHANTOM.spacing_mm[2], frame)
    segments = [segment(number, f"rod {number}", kind=("1", "99X", "rod")) for number in DENSITIES]
    return write_segmentation(path, segments, frames, grid)


def test_a_seg_is_read_unless_it_has_another_frame_of_reference(place, done, tmp_path):
    task = place(PHANTOM.ct(), PHANTOM.label_map(), FrameOfReferenceDigest=uid_digest("1.2.3"))
    of_map = done(task)["calibration"]
    task["files"]["qct_rods"][0]["path"] = str(write_seg(tmp_path / "same.dcm", "1.2.3"))
    assert done(task)["calibration"] == of_map
    task["files"]["qct_rods"][0]["path"] = str(write_seg(tmp_path / "other.dcm", "1.2.4"))
    assert "another frame of reference than the CT" in done(task)["reason"]


def test_what_is_no_label_map_is_called_by_its_name(place, done, tmp_path):
    task = place(PHANTOM.ct(), PHANTOM.label_map())
    (tmp_path / "ZHANG SAN.docx").write_text("no rods")
    task["files"]["qct_rods"][0]["path"] = str(tmp_path / "ZHANG SAN.docx")
    reason = done(task)["reason"]
    assert reason.startswith("The label map of the rods is of an unknown format")
    assert "ZHANG" not in reason


def test_rods_go_before_tissues_and_nothing_takes_their_place(place, done, tmp_path):
    task = place(PHANTOM.ct(), PHANTOM.label_map())
    (tmp_path / "rods.csv").write_text("rod,density,hu\nA,0,0\nB,200,250\n")
    (tmp_path / "tissues.csv").write_text(
        "tissue,hu\nfat,-102\nair,-1000\nblood,42\nbone,1250\nmuscle,58\n"
    )
    task["files"]["tissue_samples"] = [{"path": str(tmp_path / "tissues.csv")}]
    assert done(task)["calibration"]["method"] == "qct.rods.k2hpo4"
    task["files"]["qct_rods"][0]["path"] = str(tmp_path / "rods.csv")
    assert done(task)["reason"] == "The phantom has 2 rods; 3 or more are needed."
    del task["files"]["qct_rods"]
    assert done(task)["calibration"]["method"] == "qct.internal.k2hpo4.afbcm"


def test_the_picture_says_the_line_its_fit_and_the_flags(place, done):
    task = place(PHANTOM.ct(), PHANTOM.label_map(), ContrastBolusAgent="yes")
    record = done(task)
    drawn = [text.get_text() for text in draw_calibration(record, None, "P1").texts]
    line = record["calibration"]
    (words,) = [text for text in drawn if text.startswith("density = ")]
    assert f"density = {line['slope']:.4f} HU − {-line['intercept']:.2f}" in words
    assert f"R² {line['r2']:.5f}" in words
    assert "contrast agent" in words


def test_the_picture_is_the_same_each_time(place, done, tmp_path):
    task = place(PHANTOM.ct(), PHANTOM.label_map())
    done(task)
    path = tmp_path / "results/participants/P1/qc/qct.png"
    first = path.read_bytes()
    done(task)
    assert path.read_bytes() == first
    assert len(first) < 150_000


def test_the_picture_says_the_hu_of_tissues_within_its_width(place, done):
    ct, labels = tissues()
    record = done(place(ct, labels.volume, kind="tissue_samples"))
    figure = draw_calibration(record, None, "P1")
    words = next(text for text in figure.texts if text.get_text().startswith("density = "))
    plain = words.get_text().replace("\n", " ")
    for sample in record["samples"]:
        assert f"{sample['name']} {sample['hu']:.0f}".replace("-", "−") in plain
    extent = words.get_window_extent()
    assert extent.x1 < figure.bbox.x1
