"""The jobs: what they read of a participant's folder, what they leave there, and refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image as Picture

from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.techniques.dwi.jobs import measure, show
from tests.techniques.dwi.conftest import ADC, B_VALUES, LEVELS

CONVERTED = {"status": "converted", "reason": "", "FrameOfReferenceDigest": "a1",
             "FatSuppression": "yes"}  # fmt: skip


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


def put_stack(results, spine, **record):
    volumes = [{"DiffusionBValue": b} for b in B_VALUES]
    put(results, "dwi", spine.stack, **({"Volumes": volumes} | record))


def refused(results, kind, reason):
    put(results, kind, None, status="excluded", reason=reason)


def task_of(kinds, labels, scheme="totalsegmentator_mr", **settings):
    files = {kind: [{"path": f"{kind}.dcm"}] for kind in kinds}
    if labels:
        files["mr_vertebrae"] = [{"path": str(labels), "label_scheme": scheme}]
    return {"participant_id": "P1", "sites": list(LEVELS), "settings": settings, "files": files}


def records_after(task, results):
    measure.run(task, results)
    folder = results / "participants" / "P1" / "dwi"
    return {level: json.loads((folder / f"{level}.json").read_text()) for level in LEVELS}


def values_of(record, method="adc.wls.b0-400-800.v1"):
    rows = record["measurements"]
    return {row["measure"]: row["value"] for row in rows if row["method"] == method}


def test_images_are_measured_and_drawn(spine, labels, results):
    put_stack(results, spine)
    task = task_of(["dwi"], labels)
    for level, record in records_after(task, results).items():
        assert (record["status"], record["flags"]) == ("measured", ["noise_estimate"])
        assert values_of(record)["adc"] == pytest.approx(ADC[level], abs=0.015)
        units = {row["measure"]: row["unit"] for row in record["measurements"]}
        assert units == {"adc": "1e-3 mm2/s", "adc_median": "1e-3 mm2/s", "snr_bmax": "1"}
    show.run(task, results)
    with Picture.open(results / "participants/P1/qc/dwi.png") as picture:
        assert picture.width == 860


def test_images_and_a_map_are_both_measured(spine, labels, results):
    put_stack(results, spine)
    put(results, "adc_map", Volume(1000 * spine.adc.array, spine.adc.affine_lps))
    record = records_after(task_of(["dwi", "adc_map"], labels), results)["L2"]
    assert values_of(record)["adc"] == pytest.approx(ADC["L2"], abs=0.015)
    of_map = values_of(record, "adc.vendor.b0-400-800.v1")
    assert of_map["adc"] == pytest.approx(ADC["L2"], abs=0.01)
    assert record["measurements"][0]["method"] == "adc.wls.b0-400-800.v1"
    assert list(record["sources"]) == ["dwi", "adc_map"]
    assert record["flags"] == ["noise_estimate"]  # the images have an SNR


def test_where_the_images_cannot_be_used_the_map_is(spine, labels, results):
    refused(results, "dwi", "The folder holds phases.")
    put(results, "adc_map", spine.adc)
    task = task_of(["dwi", "adc_map"], labels)
    record = records_after(task, results)["L2"]
    assert values_of(record, "adc.vendor.v1")["adc"] == pytest.approx(ADC["L2"], abs=0.01)
    assert "source_not_used: The folder holds phases." in record["flags"]
    show.run(task, results)
    assert (results / "participants/P1/qc/dwi.png").is_file()


@pytest.mark.parametrize(
    ("record", "flags"),
    [
        ({"FatSuppression": "no"}, {"fat_not_suppressed"}),
        ({"FatSuppression": ""}, {"fat_suppression_unknown"}),
    ],
)
def test_fat_that_may_not_be_suppressed_is_told(spine, labels, results, record, flags):
    put_stack(results, spine, **record)
    found = records_after(task_of(["dwi"], labels), results)["L1"]
    assert set(found["flags"]) == {"noise_estimate", *flags}


REFUSALS = {
    "no label map": (put_stack, None, {},
                     "Diffusion images are listed without 'mr_vertebrae', a label map."),
    "not converted": (lambda results, _: refused(results, "dwi", "A slice is missing."), "", {},
                      "A slice is missing."),
    "one b value": (
        lambda results, spine: put_stack(results, spine, Volumes=3 * [{"DiffusionBValue": 800}]),
        "", {}, "3 volumes of 1 b value (800 s/mm²); at least 2 b values are needed."),
    "b_min": (put_stack, "", {"b_min": 500.0},
              "1 reaches dwi.b_min (500): at least 2 are needed."),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_gives_a_reason_and_no_value(spine, labels, results, fault):
    prepare, listed, settings, told = REFUSALS[fault]
    prepare(results, spine)
    task = task_of(["dwi"], None if listed is None else labels, **settings)
    for record in records_after(task, results).values():
        assert record["status"] == "excluded"
        assert told in record["reason"]
        assert record["measurements"] == []
    show.run(task, results)
    assert (results / "participants/P1/qc/dwi.png").is_file()


def test_a_map_of_no_possible_scale_is_refused(spine, labels, results):
    put(results, "adc_map", Volume(7 * spine.adc.array, spine.adc.affine_lps))
    record = records_after(task_of(["adc_map"], labels), results)["L1"]
    assert record["status"] == "excluded"
    assert "99.7th percentile" in record["reason"]


def test_a_level_that_the_labels_lack_stops_no_other(spine, results, tmp_path):
    array = np.where(spine.labels.array == spine.labels.array.max(), 0, spine.labels.array)
    write_nifti(tmp_path / "four.nii.gz", Volume(array, spine.labels.affine_lps))
    put_stack(results, spine)
    records = records_after(task_of(["dwi"], tmp_path / "four.nii.gz"), results)
    status = {level: record["status"] for level, record in records.items()}
    assert sorted(status.values()) == ["excluded", *["measured"] * 4]
    (reason,) = (record["reason"] for record in records.values() if record["reason"])
    assert "is absent from the label map" in reason
