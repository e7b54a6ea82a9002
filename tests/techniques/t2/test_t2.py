"""T2 of echoes and maps: known truth, refusals, jobs, what is analysed, and the report."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Picture

from bonecohort.faults import DataFault
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.report.page.assemble import assembled
from bonecohort.report.printing.printer import Printer
from bonecohort.report.results.inputs import read_inputs
from bonecohort.study.settings import Settings
from bonecohort.techniques.t2.decay import fit_decay
from bonecohort.techniques.t2.jobs import measure, show
from bonecohort.techniques.t2.measure import measure_echoes, measure_map
from bonecohort.techniques.t2.pooling import left_out
from bonecohort.techniques.t2.report import contribution
from bonecohort.techniques.t2.settings import T2Settings
from tests.images.diffusion_writer import series as dicom_series
from tests.images.kinds import convert_series
from tests.images.test_volumes import written
from tests.techniques.t2.conftest import ECHO_MS, LEVELS, T2

SETTINGS = T2Settings()
FITTED = "t2.mono.te24-96.v1"


def test_an_exact_decay_is_found():
    fit = fit_decay(ECHO_MS, 700 * np.exp(-ECHO_MS / 83.0))
    assert fit.t2_ms == pytest.approx(83.0, rel=1e-6)
    assert fit.s0 == pytest.approx(700, rel=1e-6)
    assert fit.r_squared == pytest.approx(1)


def test_the_fit_is_that_of_the_signals_not_of_their_logarithms():
    """The least squares of a noisy decay by a search over T2, S0 solved at each."""
    rng = np.random.default_rng(5)
    signals = 500 * np.exp(-ECHO_MS / 60) + rng.normal(0, 12, len(ECHO_MS))
    tried = np.arange(40, 90, 0.001)
    curves = np.exp(-ECHO_MS[None] / tried[:, None])
    s0 = (curves @ signals) / (curves**2).sum(axis=1)
    cost = ((s0[:, None] * curves - signals) ** 2).sum(axis=1)
    assert fit_decay(ECHO_MS, signals).t2_ms == pytest.approx(tried[cost.argmin()], abs=0.002)


@pytest.mark.parametrize(
    ("echo_ms", "signals", "told"),
    [
        (ECHO_MS[:3], np.exp(-ECHO_MS[:3] / 60), "3 echoes are left to fit; at least 4"),
        (ECHO_MS, np.exp(ECHO_MS / 60), "does not fall"),
        (ECHO_MS / 8, np.exp(-ECHO_MS / 8 / 60), "span 10.5 ms"),
    ],
)
def test_what_gives_no_t2_is_refused(echo_ms, signals, told):
    with pytest.raises(DataFault, match=told):
        fit_decay(echo_ms, signals)


def values_of(outcomes):
    return {level: one.rows[0].value for level, one in outcomes.items()}


def test_echoes_give_the_truth_once_the_first_is_left_out(spine):
    found = measure_echoes(spine.stack, ECHO_MS, spine.bodies, SETTINGS)
    assert values_of(found) == pytest.approx(T2, rel=0.02)
    assert {one.rows[0].method for one in found.values()} == {FITTED}
    with_first = measure_echoes(spine.stack, ECHO_MS, spine.bodies, replace(SETTINGS, skip_first=0))
    assert with_first["L2"].rows[0].value > 1.04 * T2["L2"]
    assert with_first["L2"].rows[0].method == "t2.mono.te12-96.v1"


@pytest.mark.parametrize(("unit", "factor"), [("", 1.0), ("ms", 1.0), ("s", 0.001), ("us", 1000)])
def test_a_map_is_read_in_its_unit(spine, unit, factor):
    array = np.zeros(spine.stack.array.shape[:3])
    for level, body in spine.bodies.items():
        index = np.rint(spine.stack.to_index(body.points_lps_mm)).astype(int)
        array[tuple(index.T)] = T2[level] * factor
    found = measure_map(Volume(array, spine.stack.affine_lps), unit, spine.bodies, SETTINGS)
    assert values_of(found) == pytest.approx(T2)
    assert found["L1"].rows[0].method == "t2.vendor.v1"


def test_a_map_of_no_possible_t2_is_refused(spine):
    ones = Volume(np.full(spine.stack.array.shape[:3], 0.08), spine.stack.affine_lps)
    assert "The T2 is 0.08 ms" in measure_map(ones, "", spine.bodies, SETTINGS)["L1"].reason
    with pytest.raises(DataFault, match="declares the unit 'Hz'"):
        measure_map(ones, "Hz", spine.bodies, SETTINGS)


def test_echoes_of_dicom_are_stacked_with_their_times(tmp_path):
    echoes = [
        dicom_series((0,), ImageType=["ORIGINAL", "PRIMARY", "M", "SE"], EchoTime=echo, series=at)
        for at, echo in enumerate((12.0, 24.0, 36.0), start=1)
    ]
    maps = dicom_series((0,), ImageType=["DERIVED", "PRIMARY", "T2 MAP"], EchoTime=12.0, series=9)
    made = convert_series(written(tmp_path / "se", *echoes, maps), "multi_echo_se")
    assert [one["EchoTime"] for one in made.sidecar["Volumes"]] == [0.012, 0.024, 0.036]


CONVERTED = {"status": "converted", "reason": "", "ScanningSequence": "SE"}
VOLUMES = [{"EchoTime": echo / 1000, "ImagePart": "magnitude"} for echo in ECHO_MS]


def run(spine, tmp_path, kind, image, *, labels=True, **record):
    folder = tmp_path / "results" / "participants" / "P1"
    folder.mkdir(parents=True)
    write_nifti(folder / f"{kind}.nii.gz", image)
    (folder / f"{kind}.json").write_text(json.dumps(CONVERTED | record))
    write_nifti(tmp_path / "labels.nii.gz", spine.labels)
    files = {kind: [{"path": kind}]}
    if labels:
        files["mr_vertebrae"] = [
            {"path": str(tmp_path / "labels.nii.gz"), "label_scheme": "totalsegmentator_mr"}
        ]
    settings = {"skip_first": 1, "erosion_mm": 2.5, "min_voxels": 20}
    task = {"participant_id": "P1", "sites": list(LEVELS), "settings": settings, "files": files}
    measure.run(task, tmp_path / "results")
    show.run(task, tmp_path / "results")
    with Picture.open(folder / "qc" / "t2.png") as picture:
        assert picture.width == 860
    return {level: json.loads((folder / "t2" / f"{level}.json").read_text()) for level in LEVELS}


def test_the_jobs_leave_rows_and_a_picture(spine, tmp_path):
    records = run(
        spine, tmp_path, "multi_echo_se", spine.stack, Volumes=VOLUMES, FatSuppression="yes"
    )
    for level, record in records.items():
        (row,) = record["measurements"]
        assert (row["site"], row["modality"], row["measure"]) == (level, "mr", "t2")
        assert (row["unit"], row["method"]) == ("ms", FITTED)
        assert row["value"] == pytest.approx(T2[level], rel=0.02)
        assert record["flags"] == ["fat_suppressed"]


REFUSALS = {
    "gradient echo": ({"ScanningSequence": "GR"}, "ScanningSequence is GR"),
    "too few echoes": ({"Volumes": VOLUMES[:3]}, "2 echoes are left to fit"),
    "not converted": ({"status": "excluded", "reason": "A slice is missing."}, "A slice is"),
    "no labels": ({"labels": False}, "Images of T2 are listed without 'mr_vertebrae'"),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_gives_one_reason_and_no_value(spine, tmp_path, fault):
    changed, told = REFUSALS[fault]
    record = {"Volumes": VOLUMES} | changed
    stack = Volume(spine.stack.array[..., : len(record["Volumes"])], spine.stack.affine_lps)
    records = run(spine, tmp_path, "multi_echo_se", stack, **record)
    (reason,) = {record["reason"] for record in records.values()}
    assert told in reason
    assert not any(record["measurements"] for record in records.values())


def test_a_map_of_t2_star_is_refused(spine, tmp_path):
    image = Volume(spine.stack.array[..., 0], spine.stack.affine_lps)
    kinds = {"ImageType": ["DERIVED", "PRIMARY", "T2_STAR MAP"]}
    records = run(spine, tmp_path, "t2_map", image, **kinds)
    assert records["L1"]["reason"] == "ImageType says T2*; a map of T2 is expected."


def test_settings_out_of_their_range_are_named():
    bad = T2Settings(levels=("L1", "L1"), min_levels=3, skip_first=-1, min_voxels=1)
    found = " ".join(bad.problems())
    assert all(key in found for key in ("levels", "min_levels", "skip_first", "min_voxels"))
    assert list(SETTINGS.problems()) == []


def rows_of(*rows):
    columns = ["participant_id", "site", "modality", "measure", "value", "method"]
    return pd.DataFrame(rows, columns=columns).assign(reader="auto", unit="")


TABLE = rows_of(
    ("P1", "L1", "mr", "t2", 60.0, FITTED), ("P2", "L1", "mr", "t2", 80.0, FITTED),
    ("P3", "L1", "mr", "t2", 99.0, "t2.vendor.v1"), ("P1", "L1", "mr_fat", "pdff", 40.0, "x"),
    ("P3", "L1", "mr_fat", "pdff", 90.0, "x"), ("P1", "L1", "mr", "vbq_level", 2.0, "y"),
)  # fmt: skip


def test_the_method_of_most_vertebrae_is_analysed():
    assert np.flatnonzero(left_out(TABLE, pool_methods=False)).tolist() == [2]
    assert not left_out(TABLE, pool_methods=True).any()
    assert not left_out(TABLE[TABLE["measure"] != "t2"], pool_methods=False).any()


def test_the_report_shows_t2_beside_the_fat_fraction(tmp_path):
    inputs = read_inputs(tmp_path)
    assert contribution(inputs, Settings(), Printer.of(Settings())).sections == ()
    frames = {**inputs.frames, "tables/measurements.csv": TABLE}
    report = assembled(replace(inputs, frames=frames), Settings(), [contribution])
    table = next(one for one in report.tables if one.key == "t2")
    assert [cell.text for cell in table.rows[0]] == ["L1", "2", "70 ± 14", "40.0"]
    (_, text), *_ = next(
        section.blocks[0].values["methods"]
        for section in report.sections
        if section.anchor == "methods"
    )
    assert "echoes from 24 to 96 ms (2 vertebrae)" in text
    assert "the T2 map of the scanner (1 vertebra)" in text
    assert "Only the method that measured most" in text
