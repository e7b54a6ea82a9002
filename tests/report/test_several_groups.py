"""The report of a study whose Table 1 compares three groups, coded as numbers."""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from docx import Document
from openpyxl import load_workbook

from bonecohort.cohort.frames import read_table, write_table
from bonecohort.papers.hao2025.report.text.result_sentences import table_1_sentences
from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.report.export.word import write_word
from bonecohort.report.figures.flow_diagram import flow_diagram
from bonecohort.report.figures.flow_drawing import flow_svg
from bonecohort.report.page.manuscript import Manuscript, ManuscriptSection
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.printer import Printer
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.tables.characteristics_columns import statistic_phrase
from bonecohort.study.settings import (
    AnalysisSettings,
    ReportSettings,
    Settings,
    StatisticsSettings,
    Variable,
    paper_variables,
)

from .reports import build_report, read_inputs, report_tables
from .reports import named as of_name

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.tables.table_model import TableModel

GRADE = Variable("Disc grade", type="categorical", levels=("1", "2", "3"))
SETTINGS = Settings(
    variables={**paper_variables(), "grade": GRADE},
    analysis=AnalysisSettings(
        table1_grouping="grade",
        table1_rows=("age_years", "sex", "bmi_kg_m2", "diabetes", "total_spine_hu"),
        hu_thresholds=(110.0,),
    ),
    statistics=StatisticsSettings(
        tests={"bmi_kg_m2": "mann_whitney_u"}, bootstrap_resamples=20, optimism_resamples=3
    ),
)


@pytest.fixture(scope="module")
def results(small_results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of 24 participants: 10, 8 and 5 of the grades 1, 2 and 3, one of none."""
    folder = tmp_path_factory.mktemp("grades") / "results"
    shutil.copytree(small_results, folder)
    people = read_table(folder / "tables/participants.csv")
    people["grade"] = [*"1" * 10, *"2" * 8, *"3" * 5, np.nan]
    people["age_years"] += people["grade"].map({"1": 0, "2": 15, "3": 30}).fillna(0)
    write_table(folder / "tables/participants.csv", people)
    vertebrae = read_table(folder / "tables/vertebrae.csv")
    for name, frame in analyse(people, vertebrae, pd.DataFrame(), SETTINGS).items():
        write_table(folder / "statistics" / f"{name}.csv", frame)
    build_report(folder, SETTINGS)
    return folder


@pytest.fixture(scope="module")
def inputs(results: Path) -> ReportInputs:
    return read_inputs(results, ["grade"])


def named(inputs: ReportInputs, name: str, settings: Settings = SETTINGS) -> TableModel:
    return of_name(report_tables(inputs, settings), name)


def with_report(**changed: object) -> Settings:
    return replace(SETTINGS, report=ReportSettings(**changed))


def texts(table: TableModel, label: str) -> list[str]:
    return next([c.text for c in row] for row in table.rows if row[0].text == label)


def notes(table: TableModel) -> str:
    return " ".join(note.text for note in table.footnotes)


def test_groups_coded_as_numbers_stand_under_their_variable(inputs):
    table = named(inputs, "Table 1")
    spanner, lowest = table.header
    assert [(cell.text, cell.span) for cell in spanner] == [
        ("", 1), ("Disc grade", 3), ("", 1), ("", 1)
    ]  # fmt: skip
    printed = [cell.text.replace(fmt.NO_BREAK, " ") for cell in lowest]
    assert printed == [
        "Characteristic", "1\n(n = 10)", "2\n(n = 8)", "3\n(n = 5)", "Total\n(n = 23)", "p"
    ]  # fmt: skip
    assert table.title == "Characteristics of the participants by disc grade"
    assert "Total, all groups together." in notes(table)
    assert "1 participant whose disc grade is not known: in no column." in notes(table)


def test_every_group_is_described_and_the_test_named(inputs):
    people = inputs.frame("tables/participants.csv")
    table = named(inputs, "Table 1")
    for place, grade in enumerate("123", start=1):
        ages = people.loc[people["grade"] == grade, "age_years"]
        expected = fmt.mean_sd(ages.mean(), ages.std(), 1)
        assert texts(table, "Age, years")[place] == expected
        sexes = people.loc[people["grade"] == grade, "sex"]
        n = int((sexes == "female").sum())
        assert texts(table, "Female")[place] == fmt.count_percent(n, len(sexes))
    told = notes(table)
    for name in ("One-way analysis of variance.", "Kruskal–Wallis test (tie-corrected).",
                 "Pearson chi-square test"):  # fmt: skip
        assert name in told
    assert "Missing in 1 (disc grade 1);" in told


def test_an_f_prints_both_degrees_of_freedom(inputs):
    nan = float("nan")
    for test, statistic, df, df_2, text in (
        ("anova", 6.988, 2.0, 57.0, "F(2, 57) = 6.99"),
        ("welch_anova", 1.318, 2.0, 30.34, "F(2, 30.3) = 1.32"),
        ("kruskal_wallis", 12.2825, 2.0, nan, "H(2) = 12.28"),
    ):
        record = {"test": test, "statistic": statistic, "df": df, "df_2": df_2}
        assert statistic_phrase(record).replace(fmt.NO_BREAK, " ") == text
    table = named(inputs, "Table 1", with_report(show_statistic=True))
    assert texts(table, "Age, years")[-2].startswith("F(2,")


def test_the_smd_column_is_that_of_the_pair_furthest_apart(inputs):
    table = named(inputs, "Table 1", with_report(show_smd=True))
    assert table.header[-1][-2].text == "Largest SMD"
    assert "SMD, standardized mean difference, of the two groups furthest apart." in notes(table)
    people = inputs.frame("tables/participants.csv").dropna(subset=["grade"])
    ages = people.groupby("grade")["age_years"]
    apart = [
        abs(ages.mean()[a] - ages.mean()[b]) / np.sqrt((ages.var()[a] + ages.var()[b]) / 2)
        for a, b in ("12", "13", "23")
    ]
    assert texts(table, "Age, years")[-2] == fmt.number(max(apart), 2)


def test_many_columns_turn_the_page(inputs, tmp_path):
    assert not named(inputs, "Table 1").wide
    many = with_report(show_smd=True, show_statistic=True, show_missing=True)
    table = named(inputs, "Table 1", many)
    assert table.wide
    draft = Manuscript("Study", "", (ManuscriptSection("Of", (table,)),))
    write_word(tmp_path / "t.docx", draft)
    title, section = Document(str(tmp_path / "t.docx")).sections
    assert title.page_width < title.page_height
    assert section.page_width > section.page_height


def test_table_s7_holds_all_groups_and_each_pair(inputs):
    table = named(inputs, "Table S7")
    labels = [row[0].text for row in table.rows]
    assert labels[:4] == ["Age, years", "1 vs. 2", "1 vs. 3", "2 vs. 3"]
    effects = inputs.frame("statistics/effects.csv")
    of_age = effects[effects["variable"] == "age_years"].set_index("measure")
    eta = of_age.loc["eta_squared"]
    limits = " to ".join(fmt.number(eta[key], 2) for key in ("ci_low", "ci_high"))
    assert table.rows[0][1].text == f"η² {fmt.number(eta['estimate'], 2)} ({limits})"
    adjusted = inputs.frame("statistics/multiplicity.csv").query(
        "table == 'table1_pairs' and variable == 'age_years'"
    )
    assert [row[-1].text for row in table.rows[1:4]] == [
        fmt.p_value(p) for p in adjusted["p_adjusted"]
    ]
    assert texts(table, "Sex")[1].startswith("V ")
    bmi = next(row for row in table.rows if row[0].text == "BMI, kg/m²")
    assert bmi[1].text.startswith("ε² ")
    assert "no formula of limits is established" in notes(table)
    assert "No limits" not in notes(table)


def test_the_text_speaks_of_three_groups(inputs, results):
    sentences = table_1_sentences(
        inputs.frame("statistics/comparisons.csv"),
        inputs.frame("statistics/counts.csv"),
        SETTINGS,
        Printer.of(SETTINGS),
    )
    assert sentences[0].startswith("Participants by disc grade (1 vs. 2 vs. 3) differed in age (")
    assert sentences[0].count(" vs. ") >= 4
    page = (results / "report.html").read_text(encoding="utf-8")
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    for told in (
        (
            "compared with one-way analysis of variance among the groups of Table 1, and with "
            "Student’s t test between two;"
        ),
        "The study chose to compare BMI with Kruskal–Wallis test (tie-corrected).",
        "Effect sizes are η² and Cramér’s V with 95% confidence intervals (Steiger 2004)",
        "η², share of the variance that lies between groups;",
    ):
        assert told in text
    assert "Hedges" not in text.partition("References")[0]
    assert "tomczak2014" in (results / "references.bib").read_text(encoding="utf-8")


def test_the_flow_diagram_has_a_box_for_each_group(inputs):
    counts = {"analysed": 24, "listed": 24, "included": 24, "not_included": 0}
    drawing = flow_svg(flow_diagram(counts, (10, 8, 5), split_words("grade", Printer.of(SETTINGS))))
    lines = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawing))
    for box in ("Disc grade: 1: 10", "Disc grade: 2: 8", "Disc grade: 3: 5",
                "Disc grade not known: 1"):  # fmt: skip
        assert box in lines


def test_every_export_holds_the_same_cells(results, inputs):
    table = named(inputs, "Table 1")
    expected = [cell.text.replace("\n", " ") for cell in table.header[-1]]
    with (results / "report_tables/table_1.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["", "Disc grade", "", "", "", ""]
    assert rows[2] == expected
    word = Document(str(results / "report.docx")).tables[0]
    assert [cell.text.replace("\n", " ") for cell in word.rows[1].cells] == expected
    assert {cell.text for cell in word.rows[0].cells[1:4]} == {"Disc grade"}
    sheet = load_workbook(results / "report.xlsx")["Table 1"]
    assert [cell.value.replace("\n", " ") for cell in sheet[3][: len(expected)]] == expected
    assert "B2:D2" in [str(merged) for merged in sheet.merged_cells.ranges]
    latex = (results / "report.tex").read_text(encoding="utf-8")
    assert r"\multicolumn{3}{c}{Disc grade}" in latex
    assert r"$\eta$" in latex
    assert r"$\varepsilon$" in latex
    assert not re.search("[ηε]", latex)


def test_a_level_that_nobody_has_keeps_its_column_and_says_so(results, tmp_path):
    four = replace(GRADE, levels=("1", "2", "3", "4"))
    settings = replace(SETTINGS, variables={**SETTINGS.variables, "grade": four})
    folder = tmp_path / "results"
    shutil.copytree(results, folder)
    people = read_table(folder / "tables/participants.csv", ["grade"])
    vertebrae = read_table(folder / "tables/vertebrae.csv")
    for name, frame in analyse(people, vertebrae, pd.DataFrame(), settings).items():
        write_table(folder / "statistics" / f"{name}.csv", frame)
    table = named(read_inputs(folder, ["grade"]), "Table 1", settings)
    assert texts(table, "Age, years")[4] == fmt.ABSENT
    assert texts(table, "Age, years")[-1] != fmt.ABSENT
    assert "No value in group 4: the other groups are compared." in notes(table)
