"""The footnote of a column of p values names the test that gives them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bonecohort.papers.hao2025.report.availability import Known
from bonecohort.papers.hao2025.report.text.methods import statistics_paragraph
from bonecohort.papers.hao2025.report.text.recommended import recommended_methods
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.printer import Printer
from bonecohort.report.tables.printed_tests import PrintedTests
from bonecohort.study.settings import ReportSettings, Settings, StatisticsSettings

from .reports import read_inputs, report_tables

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings()


@pytest.fixture(scope="module")
def notes(small_results: Path) -> dict[str, str]:
    tables = list(report_tables(read_inputs(small_results), SETTINGS).values())
    return {table.name: " ".join(note.text for note in table.footnotes) for table in tables}


def rows(results: Path, name: str, **equal: str) -> list[dict]:
    frame = pd.read_csv(results / "statistics" / f"{name}.csv")
    for column, value in equal.items():
        frame = frame[frame[column] == value]
    return frame.dropna(subset=["p_value"]).to_dict("records")


def wald(row: dict) -> float:
    """Return Wald's p from the printed estimate and limits alone."""
    error = math.log(row["ci_high"] / row["ci_low"]) / 2 / stats.norm.ppf(0.975)
    return 2 * stats.norm.sf(abs(math.log(row["odds_ratio"])) / error)


@pytest.mark.parametrize(("name", "table"), [("thresholds", "Table S12"), ("models", "Table 3")])
def test_walds_p_is_called_walds(name: str, table: str, small_results: Path, notes: dict[str, str]):
    found = rows(small_results, name)
    assert found
    for row in found:
        assert row["p_value"] == pytest.approx(wald(row), rel=1e-6)
    assert "p, Wald’s test." in notes[table]
    assert "chi-square" not in notes[table]


def test_a_likelihood_ratios_p_is_called_so(small_results: Path, notes: dict[str, str]):
    for row in rows(small_results, "recommended_models", shown="yes", method="maximum_likelihood"):
        assert row["p_value"] == pytest.approx(stats.chi2.sf(row["statistic"], 1), rel=1e-9)
    assert "p, conventional, Wald’s test." in notes["Table S8"]
    assert "p, recommended, likelihood-ratio test" in notes["Table S8"]
    linear = pd.read_csv(small_results / "statistics/linearity.csv").dropna(subset=["lr_p_value"])
    expected = stats.chi2.sf(linear["lr_statistic"], linear["df"])
    assert np.allclose(linear["lr_p_value"], expected, rtol=1e-9)
    assert "Box–Tidwell and spline p, likelihood-ratio test." in notes["Table S10"]


def test_a_slopes_p_is_called_that_of_t(notes: dict[str, str]):
    assert "p, t test of a zero slope." in notes["Table S2"]


def test_only_tests_of_printed_values_are_named():
    printed = PrintedTests("three_decimals")
    assert printed.note() == ""
    assert printed.cell(math.nan, "wald").text == fmt.ABSENT
    assert printed.note() == ""
    printed.cell(0.2, "likelihood_ratio")
    printed.cell(0.3, "penalized_likelihood_ratio")
    assert printed.note() == "p, likelihood-ratio test or penalized likelihood-ratio test."


def test_the_methods_say_from_where_small_p_values_are_cut():
    assert "those below 0.0005 are printed as <0.001" in statistics_paragraph(
        SETTINGS, Printer.of(SETTINGS), Known()
    )
    ama = Settings(report=ReportSettings(p_style="ama"))
    assert "below 0.001 are printed as <.001" in statistics_paragraph(ama, Printer.of(ama), Known())


def test_the_methods_says_what_is_described_and_compared_otherwise():
    variables = SETTINGS.variables | {
        name: replace(SETTINGS.variables[name], summary="median_quartiles")
        for name in ("age_years", "bmi_kg_m2", "t_score")
    }
    tests = replace(SETTINGS.statistics, tests={"t_score": "welch_t"})
    told = statistics_paragraph(
        replace(SETTINGS, variables=variables, statistics=tests),
        Printer.of(replace(SETTINGS, variables=variables, statistics=tests)),
        Known(),
    )
    assert (
        "Age and BMI are given as median with quartiles and were compared with the Mann–Whitney U "
        "test (asymptotic, tie-corrected). T-score is given as median with quartiles. The study "
        "chose to compare T-score with Welch’s t test." in told
    )
    assert "median" not in statistics_paragraph(SETTINGS, Printer.of(SETTINGS), Known())


def test_the_methods_name_what_helps_to_impute():
    settings = Settings(statistics=StatisticsSettings(multiple_imputation=5))
    text = recommended_methods(settings, Printer.of(settings), Known(), ["diabetes", "alcohol"])[0][
        1
    ]
    assert "predicted from endplate defect, age, sex, BMI, total spine HU and hypertension" in text
    assert "diabetes and alcohol" in text
    assert (
        "no other variable helped"
        in recommended_methods(settings, Printer.of(settings), Known())[0][1]
    )
