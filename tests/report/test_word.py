"""The tables of the Word file are those of the page, three lines each, notes below."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from docx import Document
from docx.oxml.ns import qn

from bonecohort.report.export.word_tables import column_widths_mm, lies_sideways
from bonecohort.report.printing.format import NO_BREAK
from bonecohort.report.tables.strobe import CHECKLIST, without_places
from bonecohort.report.tables.table_model import Cell, TableModel, first_left
from bonecohort.study.settings import Settings

from .reports import read_inputs, report_tables

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def models(small_results: Path) -> list[TableModel]:
    return list(report_tables(read_inputs(small_results), Settings()).values())


def expected_row(row: tuple, *, wide: bool = False) -> list[str]:
    """A merged Word cell is read once for each column it covers.

    Such is a heading among the rows of a wide table, over all its columns.
    """
    texts = [cell.text + cell.marks for cell in row for _ in range(cell.span)]
    is_heading = wide and not any(texts[1:])
    return [texts[0]] * len(texts) if is_heading else texts


def of_draft(model: TableModel) -> TableModel:
    """Return the table; the checklist without the sections that the page alone has."""
    return without_places(model, ("Scans", "Exclusions")) if model.key == CHECKLIST else model


def in_draft(models: list[TableModel]) -> list[TableModel]:
    """Return the tables without those of agreement, of which one reader leaves nothing."""
    return [model for model in models if model.series != "A"]


def test_every_table_reads_back_as_it_was_built(
    small_results: Path, models: list[TableModel]
) -> None:
    document = Document(str(small_results / "report.docx"))
    shown = [of_draft(model) for model in models if not model.is_absent]
    assert len(document.tables) == len(shown)
    for table, model in zip(document.tables, shown, strict=True):
        read = [[cell.text.replace(NO_BREAK, " ") for cell in row.cells] for row in table.rows]
        printed = [
            *map(expected_row, model.header),
            *(expected_row(row, wide=model.wide) for row in model.rows),
        ]
        assert read == [[text.replace(NO_BREAK, " ") for text in row] for row in printed]


def test_no_row_and_no_footnote_is_left_alone_on_a_page(
    small_results: Path, models: list[TableModel]
) -> None:
    document = Document(str(small_results / "report.docx"))
    shown = [model for model in models if not model.is_absent]
    assert max(len(model.rows) for model in shown) > 40
    for table, model in zip(document.tables, shown, strict=True):
        kept = [
            all(p.paragraph_format.keep_with_next for cell in row.cells for p in cell.paragraphs)
            for row in table.rows
        ]
        assert all(kept[: len(model.header) + 2])
        assert all(kept[-3:-1])
        assert kept[-1] == bool(model.footnotes)
        assert all(kept[:-1]) or len(kept) > 28 or any(model.wrapped)
        for row, stays in zip(model.rows[:-1], kept[len(model.header) :], strict=False):
            assert stays or any(cell.text for cell in row[1:]) or row[0].indent


def test_titles_and_footnotes_are_paragraphs(small_results: Path, models: list[TableModel]) -> None:
    document = Document(str(small_results / "report.docx"))
    texts = [paragraph.text for paragraph in document.paragraphs]
    captions = [one.text for one in document.paragraphs if one.style.name == "Caption"]
    titles = [f"{model.name}. {model.title}" for model in in_draft(models)]
    assert [text for text in captions if text.startswith("Table")] == titles
    assert any(model.is_absent for model in in_draft(models))
    for model in in_draft(models):
        for note in model.footnotes:
            assert f"{note.mark} {note.text}".strip() in texts


def rules(cell: object) -> set[str]:
    borders = cell._tc.find(f".//{qn('w:tcBorders')}")
    return set() if borders is None else {edge.tag.rpartition("}")[2] for edge in borders}


def test_tables_have_three_lines(small_results: Path, models: list[TableModel]) -> None:
    document = Document(str(small_results / "report.docx"))
    table, model = document.tables[0], models[0]
    assert "top" in rules(table.rows[0].cells[0])
    assert "bottom" in rules(table.rows[len(model.header) - 1].cells[1])
    assert rules(table.rows[-1].cells[2]) == {"bottom"}
    assert all(rules(cell) == set() for row in table.rows[2:-1] for cell in row.cells)


def test_wide_tables_lie_sideways_and_fill_the_page(models: list[TableModel]) -> None:
    for model in models:
        width = (297 if lies_sideways(model) else 210) - 40
        assert sum(column_widths_mm(model)) == pytest.approx(width)


@pytest.mark.parametrize(
    ("text", "n_columns", "turned"),
    [("0.93 (0.41–2.09)", 5, False), ("0.93 (0.41–2.09)", 8, True), ("p", 12, True),
     ("高血压病史药物治疗", 5, False), ("高血压病史药物治疗", 7, True)],
)  # fmt: skip
def test_a_wide_table_that_fits_an_upright_page_is_not_turned(
    text: str, n_columns: int, *, turned: bool
) -> None:
    row = tuple(Cell(text) for _ in range(n_columns))
    table = TableModel("k", "T", (row,), (row,), (), first_left(n_columns), wide=True)
    assert lies_sideways(table) == turned
    assert not lies_sideways(replace(table, wide=False))


def test_each_wide_table_lies_on_a_landscape_page(
    small_results: Path, models: list[TableModel]
) -> None:
    document = Document(str(small_results / "report.docx"))
    pages = iter(document.sections)
    page, lies = next(pages), []
    for element in document.element.body:
        if element.tag == qn("w:tbl"):
            lies.append(page.page_width > page.page_height)
        elif element.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None:
            page = next(pages)
    assert lies == [lies_sideways(model) for model in models if not model.is_absent]
    assert any(lies)
    assert not all(lies)


def test_the_header_of_a_table_is_repeated_on_each_page(
    small_results: Path, models: list[TableModel]
) -> None:
    document = Document(str(small_results / "report.docx"))
    shown = [model for model in models if not model.is_absent]
    for table, model in zip(document.tables, shown, strict=True):
        repeated = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in table.rows]
        assert repeated == [at < len(model.header) for at in range(len(repeated))]
