"""Decimal commas: in tables, in sentences and in figures, and in nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

import pytest

from bonecohort.report.figures import style
from bonecohort.report.page.cohort_lists import ListCell
from bonecohort.report.printing.decimal_mark import decimal_comma, with_decimal_mark
from bonecohort.report.tables.table_model import Cell, Footnote, TableModel
from bonecohort.study.settings import ReportSettings, Settings

from .conftest import write_results
from .reports import build_report

if TYPE_CHECKING:
    from pathlib import Path

A_DECIMAL_POINT = re.compile(r"(?<![\w.])\d*\.\d+(?![\w.])")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("p < 0.05 (.01–1.09)", "p < 0,05 (,01–1,09)"),
        ("−1.5 HU vs. 3.2.", "−1,5 HU vs. 3,2."),
        ("F(2, 30.3) of rows 2, 3", "F(2; 30,3) of rows 2, 3"),
        ("bonecohort 0.1.0, ellipse3.auto.v1, L1.superior", None),
        ("24.12.2025 at 1 of 2. 3 more", None),
    ],
)
def test_points_of_numbers_alone_become_commas(text: str, printed: str | None) -> None:
    assert decimal_comma(text) == (printed or text)


def test_a_table_has_commas_in_cells_and_footnotes() -> None:
    row = (Cell("0.05 (.01–1.09)", href="#a1.5"), Cell("vs. 3.2"))
    table = TableModel("Table 1", "T", (row,), (row,), (Footnote("a", "p ≤ 0.05. End."),),
                       ("left", "center"))  # fmt: skip
    changed = with_decimal_mark(table, ",")
    assert [cell.text for cell in changed.rows[0]] == ["0,05 (,01–1,09)", "vs. 3,2"]
    assert changed.rows[0][0].href == "#a1.5"
    assert changed.footnotes[0].text == "p ≤ 0,05. End."
    assert with_decimal_mark(table, ".") is table


def test_what_a_list_is_sorted_by_stays_a_number() -> None:
    assert with_decimal_mark(ListCell("1.5", "1.5"), ",") == ListCell("1,5", "1.5")


def test_no_sentence_of_the_page_keeps_a_decimal_point(tmp_path: Path) -> None:
    results = write_results(tmp_path / "results", 14)
    build_report(results, replace(Settings(), report=ReportSettings(decimal_mark=",")))
    page = (results / "report.html").read_text(encoding="utf-8")
    page = page.partition('<section id="references"')[0]  # from there on DOIs and versions
    page = re.sub(r"<(script|style|svg).*?</\1>", " ", page, flags=re.DOTALL)
    prose = unescape(re.sub(r"<[^>]+>", " ", page))
    left = [m.group() for m in A_DECIMAL_POINT.finditer(prose)]
    assert left == []
    assert re.search(r"p\s[<=]\s0,\d{3}", prose)


def test_a_figure_has_commas_in_its_texts_and_along_its_axes(tmp_path: Path) -> None:
    with style.journal_style():
        figure = style.new_figure(80, 60)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 0.5], label="slope 0.5")
        axes.legend()
        style.save_figure(figure, tmp_path, "f", ",")
        labels = [text.get_text() for text in axes.get_xticklabels()]
    assert "0,2" in labels
    assert axes.get_legend().get_texts()[0].get_text() == "slope 0,5"
