"""The tables as an Excel workbook, one sheet a table, laid out as a journal prints them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from bonecohort.report.export.office_files import without_times

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from bonecohort.report.tables.table_model import Cell, Row, TableModel

THICK, THIN = Side(style="medium"), Side(style="thin")
WIDEST_COLUMN, NARROWEST_COLUMN = 44, 8  # characters
LINE_POINTS = 14
FORMULA_OR_ERROR = ("f", "e")
"""What openpyxl takes a text for that begins with "=" or is called as an error of Excel's."""


def write_excel(path: Path, tables: list[TableModel]) -> None:
    """Write the tables, one a sheet; the printed texts, so that nothing is rounded again."""
    workbook = Workbook(write_only=False)
    del workbook[workbook.sheetnames[0]]
    for table in tables:
        _fill(workbook.create_sheet(table.name), table)
    saved = io.BytesIO()
    workbook.save(saved)
    without_times(saved, path)


def _fill(sheet: Worksheet, model: TableModel) -> None:
    sheet.sheet_view.showGridLines = False
    sheet["A1"] = CellRichText(
        TextBlock(InlineFont(b=True), f"{model.name}. "), TextBlock(InlineFont(), model.title)
    )
    if model.is_absent:
        sheet["A2"] = f"Not shown: {model.absent_because}"
        return
    for number, row in enumerate((*model.header, *model.rows), start=2):
        _fill_row(sheet, number, row, model, is_header=number - 2 < len(model.header))
    last = 1 + len(model.header) + len(model.rows)
    _rule(sheet, model, row=2, top=THICK)
    _rule(sheet, model, row=1 + len(model.header), bottom=THIN)
    _rule(sheet, model, row=last, bottom=THICK)
    _set_page(sheet)
    characters = sum(_set_widths(sheet, model))
    for number, note in enumerate(model.footnotes, start=last + 1):
        mark = (
            [TextBlock(InlineFont(vertAlign="superscript"), f"{note.mark} ")] if note.mark else []
        )
        sheet.merge_cells(
            start_row=number, end_row=number, start_column=1, end_column=model.n_columns
        )
        cell = sheet.cell(number, 1)
        cell.value = CellRichText(*mark, TextBlock(InlineFont(), note.text))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        lines = 1 + len(note.text) // characters
        sheet.row_dimensions[number].height = LINE_POINTS * lines


def _fill_row(
    sheet: Worksheet, number: int, row: Row, model: TableModel, *, is_header: bool
) -> None:
    wrapped = model.wrapped if not is_header else (False,) * model.n_columns
    sheet.row_dimensions[number].height = LINE_POINTS * _lines(row, wrapped)
    column = 1
    for cell in row:
        target = sheet.cell(number, column)
        target.value = _rich(cell)
        if target.data_type in FORMULA_OR_ERROR:  # a label may begin with "="
            target.data_type = "s"
            target.quotePrefix = True
        centred = "center" if cell.span > 1 else model.alignment[column - 1]
        target.alignment = Alignment(
            horizontal=centred,
            vertical="top" if any(wrapped) else "bottom",
            wrap_text="\n" in cell.text or wrapped[column - 1],
            indent=1 if cell.indent else 0,
        )  # fmt: skip
        target.font = Font(bold=is_header, italic=is_header and cell.text == "p")
        if cell.span > 1:
            end = column + cell.span - 1
            sheet.merge_cells(start_row=number, end_row=number, start_column=column, end_column=end)
            for covered in range(column, end + 1):
                sheet.cell(number, covered).border = Border(bottom=THIN)
        column += cell.span


def _lines(row: Row, wrapped: tuple[bool, ...]) -> int:
    """Return how many lines the tallest cell of a row takes."""
    lines, column = 1, 0
    for cell in row:
        length = len(cell.text) if wrapped[column] else 0
        lines = max(lines, cell.text.count("\n") + 1, 1 + length // WIDEST_COLUMN)
        column += cell.span
    return lines


def _rich(cell: Cell) -> str | CellRichText:
    if not cell.marks:
        return cell.text
    raised = TextBlock(InlineFont(vertAlign="superscript"), cell.marks)
    return CellRichText(TextBlock(InlineFont(), cell.text), raised)


def _rule(
    sheet: Worksheet,
    model: TableModel,
    *,
    row: int,
    top: Side | None = None,
    bottom: Side | None = None,
) -> None:
    for column in range(1, model.n_columns + 1):
        cell = sheet.cell(row, column)
        cell.border = Border(top=top or cell.border.top, bottom=bottom or cell.border.bottom)


def _set_page(sheet: Worksheet) -> None:
    """Print the sheet on one page's width, sideways."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0


def _set_widths(sheet: Worksheet, model: TableModel) -> list[int]:
    """Make each column as wide as its longest text; return the widths in characters."""
    widths = [NARROWEST_COLUMN] * model.n_columns
    for row in (*model.header, *model.rows):
        column = 0
        for cell in row:
            if cell.span == 1:
                longest = max(map(len, cell.text.split("\n"))) + len(cell.marks)
                widths[column] = max(widths[column], longest)
            column += cell.span
    widths = [min(width, WIDEST_COLUMN) + 2 for width in widths]
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    return widths
