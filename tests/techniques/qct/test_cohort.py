"""Densities in the cohort's tables: of readings and phantoms as tables, with known truth."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import pandas as pd
import pytest

from tests.techniques.qct.study import (
    LEVELS,
    PHANTOM,
    hu_of,
    line_of,
    run_jobs,
    write_rods,
    write_study,
)


@pytest.fixture
def study(tmp_path, monkeypatch):
    truth = write_study(tmp_path / "study", 3)
    monkeypatch.chdir(tmp_path / "study")
    return truth


def table(name):
    return pd.read_csv(f"results/tables/{name}.csv", dtype={"site": str, "level": str})


def values(measure="vbmd"):
    rows = table("measurements").query(f"modality == 'qct' and measure == '{measure}'")
    return {(row.participant_id, row.site): row.value for row in rows.itertuples()}


def excluded():
    rows = table("exclusions").query("stage == 'qct'").fillna("")
    return {(row.participant_id, row.level): row.reason for row in rows.itertuples()}


def test_densities_are_rows_columns_and_variables(study):
    run_jobs()
    found = values()
    for name, densities in study.items():
        for level, density in densities.items():
            assert found[name, level] == pytest.approx(density, abs=1e-6)
        for n in (2, 3, 5):
            mean = fmean(densities[level] for level in LEVELS[:n])
            assert found[name, f"L1-L{n}"] == pytest.approx(mean, abs=1e-6)
    assert len(found) == 3 * 8
    rows = table("measurements").query("modality == 'qct'")
    assert not rows.duplicated(["participant_id", "site", "measure", "method", "reader"]).any()
    units = rows.drop_duplicates("measure").set_index("measure")["unit"].to_dict()
    assert units == {
        "vbmd": "mg/cm3", "calibration_slope": "mg/cm3/HU", "calibration_intercept": "mg/cm3",
        "calibration_r2": "1", "acr_class": "1",
    }  # fmt: skip
    assert set(rows.query("measure == 'vbmd'")["method"]) == {"qct.rods.k2hpo4"}
    people = table("participants").set_index("participant_id")
    assert people["qct_vbmd"]["Q01"] == pytest.approx(found["Q01", "L1-L2"])
    assert people["qct_vbmd_L1-L5"]["Q01"] == pytest.approx(found["Q01", "L1-L5"])
    assert people["qct_vbmd_L4"]["Q02"] == pytest.approx(study["Q02"]["L4"])
    word = ("normal", "low bone mass", "osteoporosis")
    classes = values("acr_class")
    assert people["qct_acr_class"].to_dict() == {
        name: word[int(classes[name, "L1-L2"])] for name in study
    }
    sites = table("sites").set_index(["participant_id", "site"])
    assert sites["qct_vbmd"]["Q01", "L3"] == pytest.approx(study["Q01"]["L3"])
    assert sites["qct_calibration_slope"]["Q01", "scan"] == pytest.approx(line_of(1)[0])
    assert excluded() == {}


def test_the_calibration_of_a_scan_is_reported_once(study):
    run_jobs()
    for place, name in enumerate(study):
        slope, intercept = line_of(place)
        assert values("calibration_slope")[name, "scan"] == pytest.approx(slope)
        assert values("calibration_intercept")[name, "scan"] == pytest.approx(intercept)
        assert values("calibration_r2")[name, "scan"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("density", "of_class"), [(120.1, 0), (120.0, 1), (119.9, 1), (80.1, 1), (80.0, 1), (79.9, 2)]
)
def test_the_mean_of_two_vertebrae_is_classed(study, density, of_class):
    lines = Path("hu.csv").read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("Q00,L1", "Q00,L2"))]
    kept += [
        f"Q00,{level},{plane},{hu_of(density + step, 0)!r}"
        for level, step in (("L1", -7), ("L2", 7))
        for plane in ("upper", "middle", "lower")
    ]
    Path("hu.csv").write_text("\n".join(kept) + "\n")
    run_jobs()
    rows = table("measurements").query("participant_id == 'Q00' and measure == 'acr_class'")
    (row,) = rows.itertuples()
    assert (row.site, row.value, row.method) == ("L1-L2", of_class, "acr.80-120")


def test_hydroxyapatite_is_classed_by_the_setting_alone(study):
    Path("config/config.yaml").write_text("bmd: {phantom: {equivalent: HA}}\n")
    run_jobs()
    assert values("acr_class") == {}
    assert len(values()) == 24
    Path("config/config.yaml").write_text("bmd: {phantom: {equivalent: HA}, acr_on_ha: yes}\n")
    run_jobs()
    assert len(values("acr_class")) == 3
    rows = table("measurements").query("measure == 'acr_class'")
    assert set(rows["method"]) == {"acr.80-120.ha"}
    assert set(table("flags")["text"]) == {"acr_on_ha"}


def test_a_vertebra_without_hu_has_no_density_and_no_mean_that_needs_it(study):
    lines = Path("hu.csv").read_text().splitlines()
    Path("hu.csv").write_text("\n".join(x for x in lines if not x.startswith("Q01,L2")) + "\n")
    run_jobs()
    assert {site for name, site in values() if name == "Q01"} == {"L1", "L3", "L4", "L5"}
    assert values("acr_class").keys() == {("Q00", "L1-L2"), ("Q02", "L1-L2")}
    assert excluded() == {
        ("Q01", "L2"): "No HU of this vertebra, from which its density is computed."
    }
    Path("config/config.yaml").write_text(f"{PHANTOM}hounsfield: {{min_levels: 4}}\n")
    run_jobs()
    assert values()["Q01", "L1-L5"] == pytest.approx(
        fmean(study["Q01"][level] for level in ("L1", "L3", "L4", "L5"))
    )


def test_without_any_hu_there_is_one_line(study):
    lines = Path("config/series.tsv").read_text().replace("Q01\thu_table\thu.csv\n", "")
    Path("config/series.tsv").write_text(lines)
    run_jobs()
    assert excluded() == {("Q01", ""): "No HU of any vertebra, from which densities are computed."}
    assert {name for name, _ in values()} == {"Q00", "Q02"}


def test_a_phantom_that_is_refused_gives_no_row_and_one_line(study):
    write_rods(Path("rods/Q01.csv"), [0, 200], densities=[0, 150])
    run_jobs()
    assert excluded() == {("Q01", ""): "The phantom has 2 rods; 3 or more are needed."}
    rows = table("measurements").query("modality == 'qct'")
    assert set(rows["participant_id"]) == {"Q00", "Q02"}
    people = table("participants").set_index("participant_id")
    assert pd.isna(people["qct_vbmd"]["Q01"])
    assert people["total_spine_hu"]["Q01"] > 0


def test_what_is_left_out_of_the_hu_or_of_the_densities_has_none(study):
    Path("config/exclusions.tsv").write_text(
        "participant_id\tsite\ttechnique\treason\n"
        "Q00\tL1\thounsfield\tregion outside the bone\nQ01\tL1\tqct\tscrew\n"
        "Q02\t\tqct\tphantom beside the table\n"
    )
    run_jobs()
    found = values()
    assert {site for name, site in found if name == "Q00"} == {"L2", "L3", "L4", "L5"}
    assert {site for name, site in found if name == "Q01"} == {"L2", "L3", "L4", "L5"}
    assert "Q02" not in {name for name, _ in [*found, *values("calibration_slope")]}
    assert values("acr_class") == {}
    assert excluded() == {
        ("Q00", "L1"): "No HU of this vertebra, from which its density is computed.",
        ("Q01", "L1"): "screw",
        ("Q02", ""): "phantom beside the table",
    }


def test_each_reader_has_densities_and_their_mean_is_analysed(study):
    lines = Path("hu.csv").read_text().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    second = [f"{name},{level},{plane},{float(hu) + 10},2" for name, level, plane, hu in rows]
    Path("hu.csv").write_text(
        "\n".join([f"{lines[0]},reader", *(f"{line},1" for line in lines[1:]), *second]) + "\n"
    )
    run_jobs()
    rows = table("measurements").query("measure == 'vbmd' and site == 'L3'")
    of_q00 = rows.query("participant_id == 'Q00'").set_index("reader")["value"]
    slope = line_of(0)[0]
    assert of_q00["1"] == pytest.approx(study["Q00"]["L3"])
    assert of_q00["2"] == pytest.approx(study["Q00"]["L3"] + 10 * slope)
    sites = table("sites").set_index(["participant_id", "site"])
    assert sites["qct_vbmd"]["Q00", "L3"] == pytest.approx(study["Q00"]["L3"] + 5 * slope)


ASYNCHRONOUS = """\
bmd:
  asynchronous:
    - {scanner: CT 1, kvp: 120, valid_from: 2023-01-01, valid_to: 2023-12-31, slope: 0.8,
       intercept: -3, equivalent: K2HPO4}
"""
LINE = "bmd: {hu_to_bmd: {name: x, slope: 0.9, intercept: 2, equivalent: K2HPO4, source: X 2020}}\n"


def without_rods(config, columns=""):
    """Leave the phantoms out of the study in the working folder."""
    series = Path("config/series.tsv").read_text().splitlines()
    Path("config/series.tsv").write_text(
        "\n".join(line for line in series if "qct_rods" not in line) + "\n"
    )
    people = Path("config/participants.tsv").read_text().splitlines()
    if columns:
        head, *cells = columns.split("\n")
        people = [f"{row}\t{more}" for row, more in zip(people, [head, *cells], strict=True)]
        Path("config/participants.tsv").write_text("\n".join(people) + "\n")
    Path("config/config.yaml").write_text(config)


def test_an_equation_is_chosen_by_columns_that_are_no_variables(study):
    without_rods(
        ASYNCHRONOUS,
        "scanner\tkvp\tct_date\nCT 1\t120\t2023-12-31\nCT 1\t100\t2023-05-01\nCT 1\t120\t",
    )
    loaded = run_jobs()
    assert not [note for note in loaded.notes if "scanner" in note or "kvp" in note]
    found = values()
    assert found["Q00", "L1"] == pytest.approx(0.8 * hu_of(study["Q00"]["L1"], 0) - 3)
    assert {name for name, _ in found} == {"Q00"}
    assert excluded() == {
        ("Q01", ""): "No equation of bmd.asynchronous is of scanner 'CT 1', 100 kV, 2023-05-01.",
        ("Q02", ""): "An asynchronous equation is chosen by scanner, kvp and ct_date; ct_date of "
        "this scan is not known. Add the column to the participants table.",
    }
    assert values("calibration_r2") == {}


def test_a_published_line_needs_no_file_of_its_own(study):
    without_rods(f"{LINE}analyses: [{{table1: {{by: fracture, rows: [qct_vbmd]}}}}]\n"
                 "variables: {fracture: {type: categorical, levels: ['no', 'yes']}}\n")  # fmt: skip
    run_jobs()
    assert values()["Q02", "L5"] == pytest.approx(0.9 * hu_of(study["Q02"]["L5"], 2) + 2)
    assert set(table("measurements").query("measure == 'vbmd'")["method"]) == {"hu2bmd.x"}
    assert "qct_vbmd" in table("participants")


def test_densities_of_other_methods_are_not_analysed_together(study):
    equation = ASYNCHRONOUS.replace("bmd:\n", "bmd:\n  phantom: {equivalent: K2HPO4}\n")
    series = Path("config/series.tsv").read_text().replace("Q01\tqct_rods\trods/Q01.csv\n", "")
    Path("config/series.tsv").write_text(series)
    Path("config/config.yaml").write_text(equation)
    rows = ["scanner\tkvp\tct_date", *["CT 1\t120\t2023-06-01"] * 3]
    people = Path("config/participants.tsv").read_text().splitlines()
    Path("config/participants.tsv").write_text(
        "\n".join(f"{row}\t{more}" for row, more in zip(people, rows, strict=True)) + "\n"
    )
    run_jobs()
    people = table("participants").set_index("participant_id")["qct_vbmd"]
    assert people.notna().to_dict() == {"Q00": True, "Q01": False, "Q02": True}
    assert ("Q01", "L1") in values()
    (reason,) = excluded().values()
    assert reason == (
        "The densities were obtained by another method than those of most participants "
        "(qct.async.k2hpo4). They are not analysed with them."
    )
    Path("config/config.yaml").write_text(f"{equation}  qct_pool_methods: yes\n")
    run_jobs()
    people = table("participants").set_index("participant_id")["qct_vbmd"]
    assert people.notna().all()
