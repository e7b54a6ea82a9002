"""Tables 1 to 3 print the numbers of the statistics files, and name their tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bonecohort.papers.hao2025.report.tables.defect_sizes import table_2
from bonecohort.papers.hao2025.report.truth.table import agreement, truth_sentence, truth_table
from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.estimates import odds_text
from bonecohort.report.printing.printer import Printer
from bonecohort.report.tables.characteristics import table_1
from bonecohort.report.tables.logistic_models import table_3
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, TableModel, letter
from bonecohort.study.settings import Settings

from .reports import read_inputs, report_tables

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.results.inputs import ReportInputs

    from .reports import Tables


@pytest.fixture(scope="module")
def inputs(small_results: Path) -> ReportInputs:
    return read_inputs(small_results)


@pytest.fixture(scope="module")
def tables(inputs: ReportInputs) -> Tables:
    return report_tables(inputs, Settings())


def row_of(table: TableModel, label: str) -> list[str]:
    return next([c.text for c in row] for row in table.rows if row[0].text == label)


def shown(inputs: ReportInputs, table: str, variable: str, grouping: str) -> pd.Series:
    frame = inputs.frame("statistics/comparisons.csv")
    return frame[
        (frame["table"] == table)
        & (frame["variable"] == variable)
        & (frame["grouping"] == grouping)
        & (frame["shown"] == "yes")
    ].iloc[0]


@pytest.mark.parametrize(
    ("variable", "label", "decimals"),
    [("age_years", "Age, years", 1), ("bmi_kg_m2", "BMI, kg/m²", 1),
     ("total_spine_hu", "Total spine HU", 2), ("hu_L3", "L3 HU", 2)],
)  # fmt: skip
def test_table_1_prints_the_continuous_statistics(
    tables: Tables, inputs: ReportInputs, variable: str, label: str, decimals: int
) -> None:
    expected = shown(inputs, "table1", variable, "endplate_defect")
    values = inputs.frame("tables/participants.csv")[variable].dropna()
    assert row_of(tables["characteristics"], label)[1:] == [
        fmt.mean_sd(expected["mean_1"], expected["sd_1"], decimals),
        fmt.mean_sd(expected["mean_2"], expected["sd_2"], decimals),
        fmt.mean_sd(values.mean(), values.std(ddof=1), decimals),
        fmt.p_value(expected["p_value"]),
    ]


def test_table_1_prints_counts_of_each_level_in_declared_order(
    tables: Tables, inputs: ReportInputs
) -> None:
    labels = [row[0].text for row in tables["characteristics"].rows]
    at = labels.index("Sex")
    assert labels[at : at + 3] == ["Sex", "Male", "Female"]
    participants = inputs.frame("tables/participants.csv")
    cross = pd.crosstab(participants["sex"], participants["endplate_defect"])
    male, sums = cross.loc["male"], cross.sum()
    assert [c.text for c in tables["characteristics"].rows[at + 1][1:4]] == [
        fmt.count_percent(male["yes"], sums["yes"]),
        fmt.count_percent(male["no"], sums["no"]),
        fmt.count_percent(male.sum(), sums.sum()),
    ]


def test_table_1_names_every_test_and_the_missing(tables: Tables) -> None:
    notes = {note.mark: note.text for note in tables["characteristics"].footnotes if note.mark}
    assert "Student’s t test." in notes.values()
    assert "Pearson chi-square test without continuity correction." in notes.values()
    rows = tables["characteristics"].rows
    used = {mark for row in rows for cell in row for mark in cell.marks.split(",") if mark}
    assert used == notes.keys()
    bmi = next(row for row in tables["characteristics"].rows if row[0].text.startswith("BMI"))
    assert "Missing in" in notes[bmi[0].marks]
    general = [note.text for note in tables["characteristics"].footnotes if not note.mark]
    assert any("Not in the study’s data" in text and "T-score" in text for text in general)


def test_table_2_sets_four_groupings_side_by_side(tables: Tables, inputs: ReportInputs) -> None:
    top, second = tables["sizes"].header
    assert [cell.span for cell in top] == [1, 3, 3, 3, 3]
    assert second[1].text.startswith("Low HU\n(≤110)")
    row = row_of(tables["sizes"], "Maximum width, mm")
    for index, grouping in enumerate(("low_hu", "sex", "lumbar_region", "endplate")):
        expected = shown(inputs, "table2", "width_mm", grouping)
        assert row[1 + 3 * index : 4 + 3 * index] == [
            fmt.mean_sd(expected["mean_1"], expected["sd_1"], 1),
            fmt.mean_sd(expected["mean_2"], expected["sd_2"], 1),
            fmt.p_value(expected["p_value"]),
        ]
    assert any(note.text == "p, Student’s t test." for note in tables["sizes"].footnotes)
    assert any("independent" in note.text for note in tables["sizes"].footnotes)


def test_table_2_letters_its_tests_when_they_differ(inputs: ReportInputs) -> None:
    frame = inputs.frame("statistics/comparisons.csv").copy()
    chosen = (frame["variable"] == "width_mm") & (frame["grouping"] == "sex")
    frame.loc[chosen, "shown"] = "no"
    frame.loc[chosen & (frame["test"] == "mann_whitney_u"), "shown"] = "yes"
    marked = {
        note.text
        for note in table_2(frame, Settings(), Printer.of(Settings())).footnotes
        if note.mark
    }
    assert {
        "Student’s t test.",
        "Mann–Whitney U test (asymptotic, tie-corrected).",
    } <= marked


def test_table_3_prints_odds_ratios_with_reference_rows_and_per_ten(
    tables: Tables, inputs: ReportInputs
) -> None:
    models = inputs.frame("statistics/models.csv").set_index(["model", "term"])
    age = row_of(tables["factors"], "Age, per year")
    for column, model in ((1, "univariate"), (3, "multivariable")):
        row = models.loc[(model, "age_years")]
        assert age[column : column + 2] == [
            fmt.ratio_interval(row["odds_ratio"], row["ci_low"], row["ci_high"]),
            fmt.p_value(row["p_value"]),
        ]
    row = models.loc[("univariate", "age_years")]
    ten = fmt.ratio_interval(row["odds_ratio"] ** 10, row["ci_low"] ** 10, row["ci_high"] ** 10)
    assert row_of(tables["factors"], "per 10 years")[1] == ten
    assert row_of(tables["factors"], "Male")[1] == "Reference"
    diabetes = next(i for i, r in enumerate(tables["factors"].rows) if r[0].text == "Diabetes")
    assert [c.text for c in tables["factors"].rows[diabetes + 1]] == ["No", "Reference", "", "", ""]


def test_a_variable_says_for_how_many_units_its_odds_ratio_is_printed() -> None:
    term = {"model": "univariate", "outcome": "endplate_defect", "n": 20, "events": 8,
            "p_value": 0.04, "term": "bmi_kg_m2", "odds_ratio": 1.1, "ci_low": 1.02,
            "ci_high": 1.2}  # fmt: skip
    own = Settings().variables
    for units, printed in ((1, []), (5, [fmt.ratio_interval(1.1**5, 1.02**5, 1.2**5)])):
        variables = own | {"bmi_kg_m2": replace(own["bmi_kg_m2"], ratio_units=units)}
        settings = replace(Settings(), variables=variables)
        printer = Printer.of(settings)
        table = table_3(pd.DataFrame([term]), settings, printer)
        assert [row[1].text for row in table.rows if row[0].text == "per 5 kg/m²"] == printed
        assert odds_text(term, printer) == fmt.ratio_interval(1.1**units, 1.02**units, 1.2**units)


def test_table_3_shows_warnings_beside_the_number_and_names_what_was_not_entered() -> None:
    term = {"model": "multivariable", "outcome": "endplate_defect", "reference": "no",
            "n": 20, "events": 8}  # fmt: skip
    models = pd.DataFrame(
        [
            {**term, "term": "hypertension[yes]", "odds_ratio": 1e12, "ci_low": 0.0,
             "ci_high": float("inf"), "p_value": 0.99, "warning": "separation: no estimate"},
            {**term, "term": "age_years", "warning": "left out: no column"},
        ]
    )  # fmt: skip
    table = table_3(models, Settings(), Printer.of(Settings()))
    row = next(row for row in table.rows if row[0].text == "Yes")
    assert row[3].text == ">1000 (0.00 to >1000)"
    assert [n.text for n in table.footnotes if n.mark == row[3].marks] == [
        "Separation: no estimate."
    ]
    assert any("Not entered" in n.text and "age" in n.text for n in table.footnotes)


def test_prevalence_prints_percent_and_share(tables: Tables, inputs: ReportInputs) -> None:
    frame = inputs.frame("statistics/prevalence.csv")
    expected = frame[(frame["level"] == "L2") & (frame["defect_type"] == "any")].iloc[0]
    row = row_of(tables["prevalence"], "L2")
    assert row[2].startswith(f"{expected['n']} ({fmt.number(expected['percent'], 1)}%;")
    assert row[-1] == f"{fmt.number(expected['share_of_defects_percent'], 1)}%"


def test_truth_counts_what_was_not_measured() -> None:
    pairs = pd.DataFrame(
        {"measure": ["hu"] * 4, "true": [1.0, 2, 3, 4], "measured": [2.0, 2, 2, None]}
    )
    pairs["difference"] = pairs["measured"] - pairs["true"]
    row = [cell.text for cell in truth_table(pairs).rows[0]]
    assert row == ["Vertebral HU", "4", "3", "0.00", "−1.96 to 1.96", "1.00"]
    assert agreement(pd.Series([3.0]))["n"] == 1


def test_truth_of_a_technique_has_its_label_unit_and_one_decimal_more() -> None:
    pairs = pd.DataFrame(
        {"measure": ["dxa_t_score", "qct_vbmd", "qct_vbmd"], "true": [-1.0, 90, 80]}
    )
    pairs["difference"] = [0.05, 1.0, 3.0]
    rows = [[cell.text for cell in row] for row in truth_table(pairs).rows]
    assert rows == [
        ["T-score", "1", "1", "0.05", fmt.ABSENT, "0.05"],
        ["Volumetric BMD, mg/cm³", "2", "2", "2.00", "−0.77 to 4.77", "3.00"],
    ]


def test_totals_leave_out_the_unread_and_are_those_of_all_where_nobody_was_read(
    inputs: ReportInputs,
) -> None:
    participants = inputs.frame("tables/participants.csv").copy()
    participants.loc[:2, "endplate_defect"] = None
    vertebrae = inputs.frame("tables/vertebrae.csv")
    statistics = analyse(participants, vertebrae, pd.DataFrame(), Settings())
    shown = (statistics[name] for name in ("comparisons", "counts", "effects"))
    table = table_1(*shown, participants, Settings(), printer=Printer.of(Settings()))
    known = participants[participants["endplate_defect"].notna()]
    age = known["age_years"]
    assert table.header[0][3].text.replace(fmt.NO_BREAK, " ") == f"Total\n(n = {len(known)})"
    assert row_of(table, "Age, years")[3] == fmt.mean_sd(age.mean(), age.std(ddof=1), 1)
    male = int((known["sex"] == "male").sum())
    assert row_of(table, "Male")[3] == fmt.count_percent(male, len(known))
    notes = [note.text for note in table.footnotes]
    assert "3 participants whose endplates were not read: in no column." in notes

    participants["endplate_defect"] = None
    statistics = analyse(participants, vertebrae, pd.DataFrame(), Settings())
    shown = (statistics[name] for name in ("comparisons", "counts", "effects"))
    table = table_1(*shown, participants, Settings(), printer=Printer.of(Settings()))
    assert [cell.text for cell in table.header[0]][1:] == [f"Total\n({fmt.n_phrase(24)})"]
    male = int((participants["sex"] == "male").sum())
    assert row_of(table, "Male")[1] == fmt.count_percent(male, 24)


def test_truth_is_reported_with_n_mean_difference_and_limits() -> None:
    pairs = pd.DataFrame({"measure": ["hu"] * 3, "difference": [0.0, 2.0, None]})
    assert truth_sentence(pairs) == (
        "Measured − true: vertebral HU, mean difference 1.00 HU, 95% limits of agreement "
        "−1.77 to 3.77 HU (measured in 2 of 3 vertebrae)."
    )


def test_a_study_without_statistics_still_has_its_tables(tmp_path: Path) -> None:
    tables = report_tables(read_inputs(tmp_path), Settings())
    assert [table.name for table in tables.values()] == [
        "Table 1", "Table 2", "Table 3", "Table S1", "Table S2",
        *(f"Table S{number}" for number in range(4, 17)), "Table A1",
    ]  # fmt: skip
    assert tables["factors"].rows == ()


def test_a_ragged_row_is_refused() -> None:
    with pytest.raises(ValueError, match="2 columns, not 1"):
        TableModel("Table 9", "t", ((Cell("a"),),), ((Cell("b"), Cell("c")),), (), ("left",))


def test_footnote_letters_follow_the_alphabet_and_repeat() -> None:
    letters = FootnoteLetters()
    assert [letters.mark(text) for text in ("x", "y", "x", "")] == ["a", "b", "a", ""]
    assert [letter(25), letter(26), letter(27)] == ["z", "aa", "ab"]
