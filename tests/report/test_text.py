"""Numbers as they are printed, and the sentences written from settings and statistics."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonecohort.papers.hao2025.report.availability import Known
from bonecohort.papers.hao2025.report.text import result_sentences
from bonecohort.papers.hao2025.report.text.methods import (
    VERTEBRAE_INDEPENDENT,
    limitations,
    statistics_paragraph,
)
from bonecohort.report.page.standard_sections import study_limitations
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.estimates import interval, percent_interval
from bonecohort.report.printing.printer import Printer
from bonecohort.study.settings import Settings, StatisticsSettings
from bonecohort.techniques.hounsfield.report import hounsfield_paragraph
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings
from bonecohort.techniques.vertebrae.settings import VertebraeSettings
from tests.conftest import with_section

from .reports import read_inputs, report_tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (0.00049, "<0.001"), (0.0005, "0.001"), (0.0385, "0.039"), (0.05, "0.050"), (1.0, "1.000"),
        (math.nan, "–"),
    ],
)  # fmt: skip
def test_p_values_have_three_decimals_and_a_floor(p: float, printed: str) -> None:
    assert fmt.p_value(p) == printed


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [(0.125, 2, "0.13"), (-1.65, 1, "−1.7"), (-0.04, 1, "0.0"), (84.665, 2, "84.67"),
     (None, 1, "–"), (math.inf, 1, "∞")],
)  # fmt: skip
def test_halves_are_rounded_away_from_zero(
    value: float | None, decimals: int, printed: str
) -> None:
    assert fmt.number(value, decimals) == printed


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_a_printed_number_is_within_half_a_unit_of_its_last_decimal(
    value: float, decimals: int
) -> None:
    printed = float(fmt.number(value, decimals).replace("−", "-"))
    assert abs(printed - value) <= 0.5 * 10**-decimals * (1 + 1e-9)


def test_runaway_odds_ratios_are_bounded() -> None:
    assert fmt.ratio_interval(4e20, 0.0, math.inf) == ">1000 (0.00 to >1000)"
    assert fmt.ratio_interval(1.054, 1.0049, 1.09) == "1.05 (1.00 to 1.09)"


def test_every_interval_has_one_form() -> None:
    assert fmt.limits("−0.30", "0.37") == "−0.30 to 0.37"
    assert fmt.median_quartiles(-3.1, -2.5, -1.9, 1) == "−2.5 (−3.1 to −1.9)"
    assert fmt.ratio_interval(1.2, math.nan, math.nan) == "1.20"
    row = {"percent": 25.217, "ci_low": 17.14, "ci_high": 36.25}
    assert percent_interval(row) == "25.2% (17.1 to 36.3)"
    assert interval(row, 1, ("percent", "ci_low", "ci_high")) == "25.2 (17.1 to 36.3)"
    assert percent_interval({"percent": math.nan}) == "–"


A_DASHED_INTERVAL = re.compile(r"\d\.\d+%?–")
A_HYPHEN_FOR_MINUS = re.compile(r"(?<![\w.-])-\d")


def wrong_numbers(texts: Iterable[str]) -> list[str]:
    """Return the texts with an interval of another form, or a minus that is a hyphen."""
    return [
        text for text in texts if A_DASHED_INTERVAL.search(text) or A_HYPHEN_FOR_MINUS.search(text)
    ]


def test_wrong_numbers_are_found() -> None:
    wrong = ["1.2 (0.4–1.5)", "slope -0.3", "(-1 to 2)"]
    assert wrong_numbers([*wrong, "L1–L5", "n = 22 to 23", "T-score", "−0.3 to 1.2"]) == wrong


def test_no_table_and_no_sentence_prints_an_interval_or_a_minus_otherwise(
    small_results: Path,
) -> None:
    tables = report_tables(read_inputs(small_results), Settings()).values()
    cells = [cell.text for table in tables for row in (*table.header, *table.rows) for cell in row]
    notes = [note.text for table in tables for note in table.footnotes]
    page = (small_results / "report.html").read_text(encoding="utf-8")
    sentences = re.findall(r"<(?:p|figcaption|li|dd)\b[^>]*>(.*?)</", page, re.DOTALL)
    assert min(len(cells), len(notes), len(sentences)) > 30
    assert any(" to " in cell for cell in cells)
    assert wrong_numbers([*cells, *notes, *sentences]) == []


def test_lists_and_counts_read_as_english() -> None:
    assert fmt.joined(["a", "b", "c"]) == "a, b and c"
    assert fmt.counted(1, "vertebra", "vertebrae") == "1 vertebra"
    assert [labels.in_sentence(name) for name in ("Age", "BMI", "L1 HU")] == ["age", "BMI", "L1 HU"]


def test_the_methods_state_the_settings_used() -> None:
    settings = with_section(
        Settings(), HounsfieldSettings(planes=(0.25, 0.5, 0.75), margin_mm=4, min_voxels=55)
    )
    text = hounsfield_paragraph(settings, {"hu_methods": {"ellipse3.auto.v1": 1}})
    for stated in (
        "25%, 50% and 75%",
        "4 mm",
        "55 voxels",
        "below 110",
        "≤\u00a0110",
        "1 vertebra",
    ):
        assert stated in text
    assert "TotalSegmentator" not in text
    table_only = hounsfield_paragraph(settings, {"hu_methods": {"pacs.table": 995}})
    assert "4 mm" not in table_only
    assert "995 vertebrae" in table_only


def test_the_methods_say_that_the_ct_says_where_a_body_ends() -> None:
    automatic = hounsfield_paragraph(Settings(), {"hu_methods": {"ellipse3.auto.v1": 1}})
    assert "the axis and the walls of its body were found on the CT itself" in automatic
    assert "the label’s were taken and the vertebra was flagged" in automatic
    for other in ("ellipse3.reader", "pacs.table"):
        assert "label" not in hounsfield_paragraph(Settings(), {"hu_methods": {other: 1}})


def test_the_methods_cite_the_program_that_outlined_the_vertebrae() -> None:
    settings = with_section(Settings(), VertebraeSettings(segment="totalsegmentator"))
    automatic = hounsfield_paragraph(settings, {"hu_methods": {"ellipse3.auto.v1": 1}})
    assert "outlined by TotalSegmentator [@wasserthal2023]" in automatic
    assert "Segmentator" not in hounsfield_paragraph(settings, {"hu_methods": {"pacs.table": 1}})


@pytest.mark.parametrize(
    ("choice", "stated"),
    [("welch", "Welch’s t test"), ("levene", "Levene"), ("rule", "Mann–Whitney")],
)
def test_the_methods_name_the_chosen_test(choice: str, stated: str) -> None:
    settings = replace(Settings(), statistics=StatisticsSettings(t_test=choice))  # type: ignore[arg-type]
    assert stated in statistics_paragraph(settings, Printer.of(settings), Known())


def test_limitations_name_the_dependence_of_vertebrae() -> None:
    assert VERTEBRAE_INDEPENDENT in limitations({}, Known())


def test_limitations_name_missing_variables_and_the_notes_of_the_run(tmp_path: Path) -> None:
    run = {"missing_variables": ["t_score"], "notes": ["A note."]}
    (tmp_path / "run.json").write_text(json.dumps(run), encoding="utf-8")
    notes = study_limitations(read_inputs(tmp_path), Printer.of(Settings()))
    assert "T-score" in notes[0]
    assert notes[1:] == ["A note."]


def test_a_result_sentence_says_direction_and_p() -> None:
    frame = pd.DataFrame(
        [{"x": "hu", "y": "standardized_width", "n": 183, "slope": -0.001, "intercept": 0.4,
          "r_squared": 0.0953, "p_value": 0.00001}]
    )  # fmt: skip
    text = result_sentences.correlation_sentence(frame, Printer.of(Settings())).replace(
        fmt.NO_BREAK, " "
    )
    assert "R² = 0.095, falling with HU, p < 0.001, n = 183" in text


def test_what_was_not_tested_is_not_called_alike() -> None:
    untested = pd.DataFrame(
        [{"table": "table2", "variable": "width_mm", "grouping": "sex", "group_1": "male",
          "group_2": "female", "mean_1": 3.0, "mean_2": 4.0, "p_value": math.nan, "shown": "yes"}]
    )  # fmt: skip
    assert result_sentences.table_2_sentences(untested, Settings(), Printer.of(Settings())) == []
    tested = untested.assign(p_value=0.4)
    assert (
        "did not differ"
        in result_sentences.table_2_sentences(tested, Settings(), Printer.of(Settings()))[0]
    )
    unfitted = pd.DataFrame(
        [{"model": "multivariable", "outcome": "endplate_defect", "term": "age_years",
          "p_value": math.nan}]
    )  # fmt: skip
    assert "not fitted" in result_sentences.model_sentence(
        unfitted, Settings(), Printer.of(Settings())
    )


def test_a_model_with_a_warning_is_not_reported_without_it() -> None:
    frame = pd.DataFrame(
        [{"model": "multivariable", "outcome": "endplate_defect", "term": "bmi_kg_m2",
          "odds_ratio": 0.54, "ci_low": 0.3, "ci_high": 0.99, "p_value": 0.049,
          "warning": "2.0 cases of the rarer outcome per term, fewer than 10"}]
    )  # fmt: skip
    assert "carries a warning" in result_sentences.model_sentence(
        frame, Settings(), Printer.of(Settings())
    )
    assert "warning" not in result_sentences.model_sentence(
        frame.assign(warning=""), Settings(), Printer.of(Settings())
    )


def test_sizes_in_sentences_have_their_unit() -> None:
    frame = pd.DataFrame(
        [{"table": "table2", "variable": "width_mm", "grouping": "sex", "group_1": "male",
          "group_2": "female", "mean_1": 10.94, "mean_2": 7.31, "p_value": 0.0001, "shown": "yes"}]
    )  # fmt: skip
    (text,) = result_sentences.table_2_sentences(frame, Settings(), Printer.of(Settings()))
    assert "maximum width (10.9 vs. 7.3 mm; p < 0.001)" in text.replace(fmt.NO_BREAK, " ")


def test_without_statistics_the_sentences_say_so() -> None:
    empty = pd.DataFrame(columns=["model", "outcome", "slope", "y"])
    assert "not fitted" in result_sentences.model_sentence(
        empty, Settings(), Printer.of(Settings())
    )
    assert "Too few" in result_sentences.correlation_sentence(empty, Printer.of(Settings()))
