"""What needs attention: every file's warnings, missing values, and circular comparisons."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bonecohort.papers.hao2025.report.tables_read import COLUMNS
from bonecohort.papers.hao2025.report.text.result_sentences import (
    distribution_sentence,
    model_sentence,
)
from bonecohort.papers.hao2025.report.text.statistical_warnings import WARNING_COLUMNS
from bonecohort.report.page.assemble import assembled
from bonecohort.report.printing.printer import Printer
from bonecohort.statistics.variables import circular
from bonecohort.study.settings import AnalysisSettings, Settings

from .reports import CONTRIBUTORS, read_inputs, report_tables

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.results.inputs import ReportInputs

SETTINGS = Settings()
PLANTED = "a planted doubt"


@pytest.fixture(scope="module")
def inputs(small_results: Path) -> ReportInputs:
    return read_inputs(small_results)


def with_frame(inputs: ReportInputs, name: str, frame: pd.DataFrame) -> ReportInputs:
    return replace(inputs, frames={**inputs.frames, f"statistics/{name}.csv": frame})


def attention(inputs: ReportInputs, settings: Settings = SETTINGS) -> str:
    quality = assembled(inputs, settings, CONTRIBUTORS).sections[1].blocks[0].values
    return " | ".join(item.text for item in (*quality["items"], *quality["of_statistics"]))


CARRYING = sorted(
    path.removeprefix("statistics/").removesuffix(".csv")
    for path in COLUMNS
    if path.startswith("statistics/") and "counts" not in path
)


@pytest.mark.parametrize("name", CARRYING)
def test_a_warning_of_any_statistics_file_is_reported(name: str, inputs: ReportInputs):
    frame = inputs.frame(f"statistics/{name}.csv")
    column = next((of for of in WARNING_COLUMNS if of in frame), "warning")
    if frame.empty:  # one reader: no agreement
        numbers = {"n": 0, "n_participants": 0, "n_readers": 1}
        row = dict.fromkeys(frame, math.nan) | numbers
        row |= {"measure": "hu", "among": "all", "readers": "1", column: ""}
        frame = pd.DataFrame([row])
    row = frame.index[0]
    for shown in frame.index[frame["shown"] == "yes"][:1] if "shown" in frame else ():
        row = shown
    planted = frame.astype({column: object})
    for other in frame.index:
        planted.loc[other, column] = PLANTED if other == row else ""
    assert PLANTED in attention(with_frame(inputs, name, planted))


def test_a_warning_of_a_pair_of_groups_is_reported_as_one_of_table_s7(inputs: ReportInputs):
    frame = inputs.frame("statistics/comparisons.csv")
    pair = frame[frame["table"] == "table1"].iloc[:1]
    pair = pair.assign(table="table1_pairs", shown="yes", warning=PLANTED, variable="age_years")
    told = attention(with_frame(inputs, "comparisons", pd.concat([frame, pair])))
    assert f"Table S7, age: {PLANTED}" in told


def test_participants_left_out_of_a_model_and_missing_values_are_reported(inputs: ReportInputs):
    told = attention(inputs)  # one of 24 has no BMI
    assert "Missing values, of 24 participants: BMI 1" in told
    assert "1 of 24 participants left out of the multivariable model" in told
    assert "Left out of univariate models, of 24 participants: BMI 1" in told


def test_a_grouping_that_is_compared_with_what_defines_it_is_called_circular(
    inputs: ReportInputs,
):
    assert circular("osteoporosis", ["age_years", "total_spine_hu", "hu_L1"]) == [
        "total_spine_hu", "hu_L1",
    ]  # fmt: skip
    assert circular("endplate_defect", ["age_years", "total_spine_hu"]) == []
    assert circular("low_hu", ["osteoporosis", "hu", "width_mm"]) == ["hu"]
    settings = replace(
        SETTINGS, analysis=AnalysisSettings(table1_grouping="osteoporosis", outcome="osteoporosis")
    )
    told = attention(inputs, settings)
    assert "Table 1: circular: osteoporosis is defined by" in told
    assert "Table 3: circular: osteoporosis is defined by" in told
    tables = report_tables(inputs, settings)
    assert any("Circular" in note.text for note in tables["characteristics"].footnotes)
    assert "ircular" not in attention(inputs)


def prevalence(**n_of_level: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"level": level, "defect_type": "any", "n": n, "n_vertebrae": 10, "percent": 10.0 * n}
        for level, n in n_of_level.items()
    )


def test_every_level_that_ties_is_named():
    text = distribution_sentence(prevalence(L1=1, L2=2, L3=4, L4=4, L5=1))
    assert "most frequent at L3 (4 of 10 vertebrae, 40.0%) and L4 (4 of 10" in text
    assert "least frequent at L1 (1 of 10 vertebrae, 10.0%) and L5" in text
    assert "equally frequent at all levels" in distribution_sentence(prevalence(L1=2, L2=2))
    assert distribution_sentence(prevalence(L1=0, L2=0)).startswith("No vertebra read has a defect")
    assert distribution_sentence(prevalence(L3=2)).startswith("Only one level was read: L3 (2 of")


def test_where_firths_fit_stands_the_model_is_not_called_unfitted():
    facts = {"model": "multivariable", "outcome": "endplate_defect", "term": "sex[female]"}
    published = pd.DataFrame([{**facts, "p_value": float("nan"), "warning": "not fitted"}])
    firth = pd.DataFrame(
        [{**facts, "method": "firth", "shown": "yes", "p_value": 0.01, "odds_ratio": 4.0,
          "ci_low": 1.2, "ci_high": 30.0}]
    )  # fmt: skip
    text = model_sentence(published, SETTINGS, Printer.of(SETTINGS), firth)
    assert "fitted with Firth’s penalty" in text
    assert "sex (female) (OR 4.00, 95% CI 1.20 to 30.00" in text
    assert "was not fitted" not in text
    none = firth.assign(p_value=float("nan"))
    assert (
        model_sentence(published, SETTINGS, Printer.of(SETTINGS), none)
        == "The multivariable model was not fitted."
    )
