"""The jobs: what they read of a participant's folder, and what they leave there."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image as Picture

from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.techniques.fat_fraction.jobs import measure, show
from tests.techniques.fat_fraction.conftest import LEVELS, PDFF, R2STAR

CONVERTED = {"status": "converted", "reason": "", "FlipAngle": 4, "FrameOfReferenceDigest": "a1"}


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


@pytest.fixture
def labels(spine, tmp_path):
    write_nifti(tmp_path / "labels.nii.gz", spine.labels)
    return tmp_path / "labels.nii.gz"


def put(results, kind, image, **record):
    folder = results / "participants" / "P1"
    folder.mkdir(parents=True, exist_ok=True)
    if image is not None:
        write_nifti(folder / f"{kind}.nii.gz", image)
    (folder / f"{kind}.json").write_text(json.dumps(CONVERTED | record))


def task_of(kinds, labels, scheme="totalsegmentator_mr"):
    files = {kind: [{"path": f"{kind}.dcm"}] for kind in kinds}
    if labels:
        files["mr_vertebrae"] = [{"path": str(labels), "label_scheme": scheme}]
    return {"participant_id": "P1", "sites": list(LEVELS), "settings": {}, "files": files}


def records_after(task, results):
    measure.run(task, results)
    folder = results / "participants" / "P1" / "fat_fraction"
    return {level: json.loads((folder / f"{level}.json").read_text()) for level in LEVELS}


def values_of(record):
    return {row["measure"]: row["value"] for row in record["measurements"]}


def test_a_map_and_r2star_are_measured_and_drawn(spine, labels, results):
    put(results, "fat_fraction", spine.percent)
    put(results, "r2star", spine.r2star)
    task = task_of(["fat_fraction", "r2star"], labels)
    for level, record in records_after(task, results).items():
        assert (record["status"], record["flags"]) == ("measured", [])
        assert values_of(record)["pdff"] == pytest.approx(PDFF[level], abs=0.3)
        assert values_of(record)["r2star"] == pytest.approx(R2STAR[level], abs=0.5)
    show.run(task, results)
    with Picture.open(results / "participants/P1/qc/fat_fraction.png") as picture:
        assert picture.width == 860


def test_r2star_alone_is_measured(spine, labels, results):
    put(results, "t2star", Volume(1000 / (spine.r2star.array + 1e-3), spine.r2star.affine_lps))
    record = records_after(task_of(["t2star"], labels), results)["L1"]
    assert list(values_of(record)) == ["r2star", "t2star"]
    assert values_of(record)["t2star"] == pytest.approx(1000 / 70, abs=0.1)
    assert record["flags"] == []


def test_without_a_label_map_nothing_is_measured(spine, results):
    put(results, "fat_fraction", spine.percent)
    task = task_of(["fat_fraction"], None)
    records = records_after(task, results)
    assert {record["reason"] for record in records.values()} == {
        "Images of water and fat are listed without 'mr_vertebrae', a label map."
    }
    show.run(task, results)
    assert (results / "participants/P1/qc/fat_fraction.png").is_file()


def test_half_a_pair_is_reported(spine, labels, results):
    put(results, "water_image", spine.water)
    record = records_after(task_of(["water_image"], labels), results)["L2"]
    assert record["status"] == "excluded"
    assert record["reason"] == "The 'fat_image' that makes up a pair with another is not listed."


def test_a_map_that_was_not_converted_leaves_r2star(spine, labels, results):
    put(results, "fat_fraction", None, status="excluded", reason="A slice is missing.")
    put(results, "r2star", spine.r2star)
    record = records_after(task_of(["fat_fraction", "r2star"], labels), results)["L2"]
    assert list(values_of(record)) == ["r2star", "t2star"]
    assert record["flags"] == ["not_measured: A slice is missing."]


def test_a_pair_stands_in_for_a_map_that_was_not_converted(spine, labels, results):
    put(results, "fat_fraction", None, status="excluded", reason="A slice is missing.")
    put(results, "water_image", spine.water)
    put(results, "fat_image", spine.fat)
    kinds = ["fat_fraction", "water_image", "fat_image"]
    record = records_after(task_of(kinds, labels), results)["L2"]
    assert values_of(record) == {"fat_fraction_signal": pytest.approx(PDFF["L2"], abs=0.3)}
    assert record["flags"] == ["source_not_used: A slice is missing."]


def test_an_exchanged_map_excludes_every_level_with_one_reason(spine, labels, results):
    put(results, "fat_fraction", Volume(100 - spine.percent.array, spine.percent.affine_lps))
    records = records_after(task_of(["fat_fraction"], labels), results)
    (reason,) = {record["reason"] for record in records.values()}
    assert reason.startswith("Water and fat are exchanged")
    assert all(record["measurements"] == [] for record in records.values())


def test_labels_beside_the_vertebrae_leave_no_r2star_either(spine, results, tmp_path):
    affine = spine.labels.affine_lps.copy()
    affine[2, 3] += 18
    write_nifti(tmp_path / "moved.nii.gz", Volume(spine.labels.array, affine))
    put(results, "fat_fraction", spine.percent)
    put(results, "r2star", spine.r2star)
    task = task_of(["fat_fraction", "r2star"], tmp_path / "moved.nii.gz")
    for record in records_after(task, results).values():
        assert record["measurements"] == []
        assert record["reason"].startswith("The labels do not lie on the vertebrae")


def test_an_undeclared_numbering_is_reported(spine, labels, results):
    put(results, "fat_fraction", spine.percent)
    record = records_after(task_of(["fat_fraction"], labels, scheme=None), results)["L1"]
    assert "numbering is not declared" in record["reason"]


def test_labels_of_another_scheme_are_no_vertebrae_of_these_levels(spine, labels, results):
    put(results, "fat_fraction", spine.percent)
    record = records_after(task_of(["fat_fraction"], labels, scheme="verse"), results)["L1"]
    assert record["reason"] == "L1 (label 20) is absent from the label map."
    assert np.unique(spine.labels.array).max() == 6
