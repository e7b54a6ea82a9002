"""Table 1 as different journals and readers want it printed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from bonecohort.report.printing import format as fmt
from bonecohort.report.tables.characteristics_columns import statistic_phrase
from bonecohort.study.settings import ReportSettings, Settings, paper_variables

from .reports import read_inputs, report_tables

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.tables.table_model import TableModel


@pytest.fixture(scope="module")
def inputs(small_results: Path) -> ReportInputs:
    return read_inputs(small_results)


def printed(inputs: ReportInputs, settings: Settings) -> TableModel:
    return report_tables(inputs, settings)["characteristics"]


def row_of(table: TableModel, label: str) -> list[str]:
    return next([c.text for c in row] for row in table.rows if row[0].text == label)


def test_a_variable_may_be_described_by_median_and_spss_quartiles(inputs: ReportInputs) -> None:
    variables = paper_variables()
    variables["age_years"] = replace(variables["age_years"], summary="median_quartiles")
    table = printed(inputs, Settings(variables=variables))
    ages = inputs.frame("tables/participants.csv")["age_years"].to_numpy(dtype=float)
    # type 6 by its definition: the (n + 1) p-th of the sorted values, between neighbours
    ranked = np.sort(ages)
    ranks = (ranked.size + 1) * np.array([0.25, 0.5, 0.75]) - 1
    q1, median, q3 = np.interp(ranks, np.arange(ranked.size), ranked)
    total = row_of(table, "Age, years, median (Q1–Q3)")[3]
    assert total == f"{fmt.number(median, 1)} ({fmt.number(q1, 1)} to {fmt.number(q3, 1)})"
    assert "median (first–third quartile)" in table.footnotes[0].text


def test_the_statistic_and_missing_columns_stand_where_asked(inputs: ReportInputs) -> None:
    settings = Settings(report=ReportSettings(show_statistic=True, show_missing=True))
    table = printed(inputs, settings)
    assert [cell.text for cell in table.header[0][-3:]] == ["Missing", "Test statistic", "p"]
    comparisons = inputs.frame("statistics/comparisons.csv")
    student = comparisons[
        (comparisons["table"] == "table1")
        & (comparisons["variable"] == "bmi_kg_m2")
        & (comparisons["test"] == "student_t")
    ].iloc[0]
    row = row_of(table, "BMI, kg/m²")
    assert row[-3] == "1"
    assert row[-2].replace(fmt.NO_BREAK, " ") == (
        f"t({student['df']:.0f}) = {fmt.number(student['statistic'], 2)}"
    )


def test_statistics_print_whole_and_fractional_degrees_of_freedom() -> None:
    nan = float("nan")
    for test, statistic, df, text in (
        ("chi_square", 4.288, 1.0, "χ²(1) = 4.29"),
        ("welch_t", -2.5, 96.43, "t(96.4) = −2.50"),
        ("mann_whitney_u", 3921.5, nan, "U = 3921.50"),
        ("fisher_exact", nan, nan, fmt.ABSENT),
        ("student_t", nan, nan, fmt.ABSENT),
    ):
        record = {"test": test, "statistic": statistic, "df": df}
        assert statistic_phrase(record).replace(fmt.NO_BREAK, " ") == text


def test_yes_no_variables_fit_on_one_row(inputs: ReportInputs) -> None:
    both = printed(inputs, Settings())
    table = printed(inputs, Settings(report=ReportSettings(yes_no_rows="yes_only")))
    at = next(i for i, row in enumerate(both.rows) if row[0].text == "Diabetes")
    assert row_of(table, "Diabetes")[1:4] == [cell.text for cell in both.rows[at + 2][1:4]]
    assert row_of(table, "Diabetes")[4] == both.rows[at][4].text
    labels = [row[0].text for row in table.rows]
    assert "Female" in labels
    assert "Yes" not in labels


def test_every_variable_with_two_levels_fits_on_one_row(inputs: ReportInputs) -> None:
    both = printed(inputs, Settings())
    table = printed(inputs, Settings(report=ReportSettings(yes_no_rows="last_only")))
    female = next(row for row in both.rows if row[0].text == "Female")
    assert row_of(table, "Sex (female)")[1:4] == [cell.text for cell in female[1:4]]
    assert row_of(table, "Diabetes")[-1] == row_of(both, "Diabetes")[-1]
    assert not any(row[0].indent for row in table.rows)


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0004, "<.001"), (0.0049, ".005"), (0.023, ".02"), (0.0496, ".0496"), (0.05, ".05"),
     (0.38, ".38"), (0.996, ">.99")],
)  # fmt: skip
def test_p_values_in_the_style_of_the_ama(p: float, text: str) -> None:
    assert fmt.p_value(p, "ama") == text


def test_percentages_may_be_of_the_row(inputs: ReportInputs) -> None:
    columns = printed(inputs, Settings())
    rows = printed(inputs, Settings(report=ReportSettings(percentages="row")))
    at = next(i for i, row in enumerate(columns.rows) if row[0].text == "Diabetes")
    for of_column, of_row in zip(columns.rows[at + 1 : at + 3], rows.rows[at + 1 : at + 3],
                                 strict=True):  # fmt: skip
        counts = [int(cell.text.split()[0]) for cell in of_column[1:4]]
        assert counts[0] + counts[1] == counts[2]
        expected = [fmt.count_percent(n, counts[2]) for n in counts]
        assert [cell.text for cell in of_row[1:4]] == expected
    assert "Percentages are of the row’s total." in rows.footnotes[0].text


@pytest.mark.parametrize(
    ("place", "titles"),
    [
        ("last", ["Endplate defects", "No endplate defects", "Total"]),
        ("first", ["Total", "Endplate defects", "No endplate defects"]),
        ("none", ["Endplate defects", "No endplate defects"]),
    ],
)
def test_the_total_stands_where_asked(
    place: Literal["last", "first", "none"], titles: list[str], inputs: ReportInputs
) -> None:
    usual = printed(inputs, Settings())
    table = printed(inputs, Settings(report=ReportSettings(total_column=place)))
    head = [cell.text.partition("\n")[0] for cell in table.header[0]]
    assert head == ["Characteristic", *titles, "p"]
    order = [["Endplate defects", "No endplate defects", "Total"].index(name) for name in titles]
    for row, before in zip(table.rows, usual.rows, strict=True):
        texts = [cell.text for cell in before]
        assert [cell.text for cell in row[1:-1]] == [texts[1 + place] for place in order]
    assert ("Total, both groups" in table.footnotes[0].text) == (place != "none")


def test_the_p_column_may_be_left_out_and_the_smd_put_in(inputs: ReportInputs) -> None:
    table = printed(inputs, Settings(report=ReportSettings(show_p=False, show_smd=True)))
    assert [cell.text for cell in table.header[0][3:]][-1] == "SMD"
    assert not any("test" in note.text for note in table.footnotes if "Missing" not in note.text)
    people = inputs.frame("tables/participants.csv")
    yes, no = (people.loc[people["endplate_defect"] == of, "age_years"] for of in ("yes", "no"))
    smd = (yes.mean() - no.mean()) / np.sqrt((yes.var() + no.var()) / 2)
    assert row_of(table, "Age, years")[-1] == fmt.number(smd, 2)
    assert row_of(table, "Sex")[-1] != fmt.ABSENT
