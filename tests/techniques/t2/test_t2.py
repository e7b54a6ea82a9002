"""T2 of echoes and maps: known truth, refusals, jobs, what is analysed, and the report."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Picture

from bonecohort.demo import mr_spine
from bonecohort.faults import DataFault
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.report.page.assemble import assembled
from bonecohort.report.printing.printer import Printer
from bonecohort.report.results.inputs import read_inputs
from bonecohort.study.settings import Settings
from bonecohort.techniques.t2.jobs import measure, measure_t2star, show, show_t2star
from bonecohort.techniques.t2.measure import measure_echoes, measure_in_phase, measure_map
from bonecohort.techniques.t2.methods import IN_PHASE
from bonecohort.techniques.t2.phantom import SPIN_ECHO, spin_echoes
from bonecohort.techniques.t2.pooling import left_out
from bonecohort.techniques.t2.report import contribution
from bonecohort.techniques.t2.settings import T2Settings
from tests.techniques.t2.conftest import (
    ECHO_MS,
    GRE_MS,
    LEVELS,
    NUMBERS,
    T2,
    T2STAR,
    WATER_MHZ,
)

SETTINGS = T2Settings()
FITTED = "t2.mono.te24-96.v1"


def values_of(outcomes):
    return {level: one.rows[0].value for level, one in outcomes.items()}


def test_echoes_give_the_truth_once_the_first_is_left_out(spine):
    found = measure_echoes(spine.stack, ECHO_MS, spine.bodies, SETTINGS)
    assert values_of(found) == pytest.approx(T2, rel=0.02)
    assert {one.rows[0].method for one in found.values()} == {FITTED}
    with_first = measure_echoes(spine.stack, ECHO_MS, spine.bodies, replace(SETTINGS, skip_first=0))
    assert with_first["L2"].rows[0].value > 1.04 * T2["L2"]
    assert with_first["L2"].rows[0].method == "t2.mono.te12-96.v1"


def test_the_noise_of_the_air_is_taken_out_of_the_signals(spine):
    """The signal is 600 at time 0, the SD of the noise 40. T2 is 62 to 110 ms."""
    noisy = spin_echoes(spine.tissues, T2, ECHO_MS, np.random.default_rng(4), 40.0).stack
    found = measure_echoes(noisy, ECHO_MS, spine.bodies, SETTINGS)
    assert values_of(found) == pytest.approx(T2, rel=0.03)
    assert found["L1"].details["noise_sd"] == pytest.approx(40.0, rel=0.03)
    assert found["L1"].flags == ()
    faint = spin_echoes(spine.tissues, T2, ECHO_MS, np.random.default_rng(4), 60.0).stack
    (flag,) = measure_echoes(faint, ECHO_MS, spine.bodies, SETTINGS)["L1"].flags
    assert flag.startswith("noise_floor: signal / noise 2.")


def test_no_noise_is_taken_from_a_background_set_to_0(spine):
    masked = spine.stack.array * (spine.stack.array[..., :1] > 50)
    found = measure_echoes(Volume(masked, spine.stack.affine_lps), ECHO_MS, spine.bodies, SETTINGS)
    assert found["L1"].details["noise_sd"] is None
    assert values_of(found) == pytest.approx(T2, rel=0.02)


def test_labels_beside_the_bodies_are_flagged(spine, monkeypatch):
    """Nothing but marrow is bright, so that the labels fit best where they belong."""
    for tissue in set(SPIN_ECHO) - {mr_spine.AIR}:
        monkeypatch.setitem(SPIN_ECHO, tissue, (200.0, 50.0))
    stack = spin_echoes(spine.tissues, T2, ECHO_MS, np.random.default_rng(2)).stack
    assert measure_echoes(stack, ECHO_MS, spine.bodies, SETTINGS)["L3"].flags == ()
    affine = spine.labels.affine_lps.copy()
    affine[2, 3] += 6
    bodies = find_bodies(Volume(spine.labels.array, affine), NUMBERS, LEVELS)
    flags = measure_echoes(stack, ECHO_MS, bodies, SETTINGS)["L3"].flags
    assert any(flag.startswith("misregistered: the labels fit better 6 mm") for flag in flags)


def test_t2_star_is_fitted_to_the_echoes_in_phase_alone(spine):
    found = measure_in_phase(spine.gradient, GRE_MS, WATER_MHZ, spine.bodies, SETTINGS)
    assert values_of(found) == pytest.approx(T2STAR, rel=0.02)
    row = found["L3"].rows[0]
    assert (row.modality, row.measure, row.unit) == ("mr", "t2star", "ms")
    assert row.method == "t2star.inphase.v1"
    assert found["L3"].details["echoes_fitted"] == [False, True] * 4


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


CONVERTED = {"status": "converted", "reason": "", "ScanningSequence": "SE"}
VOLUMES = [{"EchoTime": echo / 1000, "ImagePart": "magnitude"} for echo in ECHO_MS]


JOBS = {"t2": (measure, show), "t2star": (measure_t2star, show_t2star)}


def run(spine, tmp_path, kind, image, *, labels=True, name="t2", **record):
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
    for job in JOBS[name]:
        job.run(task, tmp_path / "results")
    with Picture.open(folder / "qc" / f"{name}.png") as picture:
        assert picture.width == 860
    return {level: json.loads((folder / name / f"{level}.json").read_text()) for level in LEVELS}


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


GRADIENT = {
    "Volumes": [{"EchoTime": echo / 1000, "ImagePart": "magnitude"} for echo in GRE_MS],
    "ScanningSequence": "GR",
    "MagneticFieldStrength": 3.0,
}


def run_gradient(spine, tmp_path, **changed):
    record = GRADIENT | changed
    image = Volume(spine.gradient.array[..., : len(record["Volumes"])], spine.gradient.affine_lps)
    return run(spine, tmp_path, "multi_echo_gre", image, name="t2star", **record)


def test_the_jobs_of_t2_star_leave_rows_and_a_picture(spine, tmp_path):
    for level, record in run_gradient(spine, tmp_path).items():
        (row,) = record["measurements"]
        assert (row["measure"], row["method"]) == ("t2star", "t2star.inphase.v1")
        assert row["value"] == pytest.approx(T2STAR[level], rel=0.02)
        assert record["flags"] == []


def test_echoes_with_phases_are_left_to_the_fit_of_water_and_fat(spine, tmp_path):
    volumes = [dict(GRADIENT["Volumes"][0], ImagePart="phase"), *GRADIENT["Volumes"][1:]]
    for record in run_gradient(spine, tmp_path, Volumes=volumes).values():
        assert (record["status"], record["measurements"]) == ("measured", [])


STAR_REFUSALS = {
    "spin echo": ({"ScanningSequence": "SE"}, "ScanningSequence is SE"),
    "two echoes in phase": ({"Volumes": GRADIENT["Volumes"][:5]}, "2 of those at 1.15, 2.3, 3.45"),
    "another field": ({"ImagingFrequency": 63.87}, "At 63.87 MHz they are in phase at 4.6, 9.21"),
    "no field": ({"MagneticFieldStrength": 0.0}, "The frequency of water is 0 MHz"),
    "no labels": ({"labels": False}, "Echoes of a gradient echo are listed without"),
}


@pytest.mark.parametrize("fault", STAR_REFUSALS)
def test_a_refusal_of_t2_star_gives_one_reason_and_no_value(spine, tmp_path, fault):
    changed, told = STAR_REFUSALS[fault]
    records = run_gradient(spine, tmp_path, **changed)
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
    assert "Of T2 only the method that measured most" in text


def test_the_report_shows_t2_star_alone_where_no_t2_was_measured(tmp_path):
    rows = rows_of(
        ("P1", "L1", "mr", "t2star", 8.0, IN_PHASE), ("P2", "L1", "mr", "t2star", 9.0, IN_PHASE)
    )  # fmt: skip
    inputs = read_inputs(tmp_path)
    frames = {**inputs.frames, "tables/measurements.csv": rows}
    own = contribution(replace(inputs, frames=frames), Settings(), Printer.of(Settings()))
    (table,) = own.sections[0].blocks
    assert [cell.text for cell in table.header[0]] == ["Level", "Vertebrae with T2*", "T2*, ms"]
    assert [cell.text for cell in table.rows[0]] == ["L1", "2", "8.5 ± 0.7"]
    ((_, text),) = own.measuring
    assert text.startswith("T2* of the vertebral bodies is that of the exponential fit")
    assert "Fits left out" not in text
