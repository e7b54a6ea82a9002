"""The tables as real Word tables: three lines, title above, footnotes below."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from bonecohort.report.export.office_files import without_times

if TYPE_CHECKING:
    from pathlib import Path

    from docx.styles.style import ParagraphStyle

    from bonecohort.report.tables.table_model import Alignment, Cell, Row, TableModel

PAGE_MM = (210, 297)
MARGIN_MM = 20
FONT = "Times New Roman"
BODY_POINTS, HEADING_POINTS = 11, 15
TABLE_STYLE, WIDE_TABLE_STYLE, NOTE_STYLE = "Table text", "Wide table text", "Table note"
STYLE_POINTS = {TABLE_STYLE: 9, WIDE_TABLE_STYLE: 8, NOTE_STYLE: 8}
CELL_SPACE_POINTS = 1.5
OUTER_RULE, INNER_RULE = 12, 6  # eighths of a point
LABEL_WEIGHT, P_WEIGHT = 1.5, 0.6  # of an ordinary column's width
FEWEST, MOST, MOST_OF_SENTENCES = 11, 28, 40  # of a column in a wide table
INDENT_MM = 4
ROWS_ON_A_PAGE = 28
"""A table of at most so many short rows stays on one page, with its footnotes."""
ROWS_NOT_ALONE = 3
"""Of a longer table, the rows that stay with its header, and with its footnotes."""
WHOLE_PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
ALIGNMENTS = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}


def write_word(path: Path, title: str, tables: list[TableModel]) -> None:
    """Write the tables into a Word file, each wide one on a page turned sideways."""
    document = Document()
    sideways = tables[0].wide and not tables[0].is_absent
    _set_defaults(document, title, sideways=sideways)
    document.add_heading(title, level=1)
    for table in tables:
        turned = sideways if table.is_absent else table.wide
        if turned != sideways:
            _new_section(document, sideways=turned)
            sideways = turned
        _add_table(document, table)
    saved = io.BytesIO()
    document.save(saved)
    without_times(saved, path)


def _set_defaults(document: Any, title: str, *, sideways: bool) -> None:
    document.core_properties.title = title
    document.core_properties.author = "bonecohort"
    document.core_properties.comments = ""
    for name, points in (("Normal", BODY_POINTS), ("Heading 1", HEADING_POINTS)):
        style = document.styles[name]
        style.font.name = FONT
        style.font.size = Pt(points)
        style.font.color.rgb = None
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
        for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(attribute), None)
    for name, points in STYLE_POINTS.items():
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        style.font.size = Pt(points)
        space = Pt(0 if name == NOTE_STYLE else CELL_SPACE_POINTS)
        style.paragraph_format.space_before = style.paragraph_format.space_after = space
    _lay_out(document.sections[0], sideways=sideways)


def _new_section(document: Any, *, sideways: bool) -> None:
    _lay_out(document.add_section(WD_SECTION.NEW_PAGE), sideways=sideways)


def _lay_out(section: Any, *, sideways: bool) -> None:
    width, height = reversed(PAGE_MM) if sideways else PAGE_MM
    section.orientation = WD_ORIENT.LANDSCAPE if sideways else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(MARGIN_MM)


def _add_table(document: Any, model: TableModel) -> None:
    caption = document.add_paragraph()
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(14), Pt(4)
    caption.paragraph_format.keep_with_next = True
    caption.add_run(f"{model.name}. ").bold = True
    caption.add_run(model.title)
    if model.is_absent:
        caption.paragraph_format.keep_with_next = False
        document.add_paragraph(f"Not shown: {model.absent_because}", style=NOTE_STYLE)
        return
    rows = [*model.header, *model.rows]
    table = document.add_table(rows=len(rows), cols=model.n_columns)
    table.autofit = False
    widths = column_widths_mm(model)
    style = document.styles[WIDE_TABLE_STYLE if model.wide else TABLE_STYLE]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for index, row in enumerate(rows):
        is_header = index < len(model.header)
        filled = row if is_header else _spanning(row, model)
        _fill_row(table.rows[index], filled, model.alignment, widths, style, bold=is_header)
        _keep_row_whole(table.rows[index], repeated=is_header)
        if _stays_with_next(index, model):
            for paragraph in _paragraphs(table.rows[index]):
                paragraph.paragraph_format.keep_with_next = True
    for cell in table.rows[0].cells:
        _rule(cell, "top", OUTER_RULE)
    _rule_spanners(table, model.header)
    for cell in table.rows[len(model.header) - 1].cells:
        _rule(cell, "bottom", INNER_RULE)
    for cell in table.rows[-1].cells:
        _rule(cell, "bottom", OUTER_RULE)
    _add_footnotes(document, model)


def _stays_with_next(index: int, model: TableModel) -> bool:
    """Return whether a row may not be the last of its page."""
    rows, n_header = [*model.header, *model.rows], len(model.header)
    if index == len(rows) - 1:
        return bool(model.footnotes)
    is_first = index < n_header + ROWS_NOT_ALONE - 1
    is_last = index >= len(rows) - ROWS_NOT_ALONE
    heads_others = rows[index + 1][0].indent and not rows[index][0].indent
    is_short = len(rows) <= ROWS_ON_A_PAGE and not any(model.wrapped)
    return is_short or is_first or is_last or heads_others


def _paragraphs(word_row: Any) -> list[Any]:
    return [paragraph for cell in word_row.cells for paragraph in cell.paragraphs]


def column_widths_mm(model: TableModel) -> list[float]:
    """Share the text width: by the longest text in a wide table, else more for row labels."""
    text_width = (PAGE_MM[1] if model.wide else PAGE_MM[0]) - 2 * MARGIN_MM
    if model.wide:
        weights = [
            float(min(max(n, FEWEST), MOST_OF_SENTENCES if wraps else MOST))
            for n, wraps in zip(_longest_texts(model), model.wrapped, strict=True)
        ]
    else:
        weights = [P_WEIGHT if cell.text == "p" else 1.0 for cell in model.header[-1]]
        weights[0] = LABEL_WEIGHT
    return [text_width * weight / sum(weights) for weight in weights]


def _longest_texts(model: TableModel) -> list[int]:
    longest = [0] * model.n_columns
    for row in (model.header[-1], *model.rows):
        for column, cell in enumerate(row if len(row) == model.n_columns else ()):
            lines = [len(line) for line in cell.text.split("\n")]
            longest[column] = max(longest[column], *lines)
    return longest


def _spanning(row: Row, model: TableModel) -> Row:
    """Return a heading among the rows of a wide table as one cell over all columns."""
    first, *others = row
    is_heading = bool(others) and not any(cell.text or cell.marks for cell in others)
    return (replace(first, span=model.n_columns),) if model.wide and is_heading else row


def _fill_row(
    word_row: Any,
    row: Row,
    alignment: tuple[Alignment, ...],
    widths_mm: list[float],
    style: ParagraphStyle,
    *,
    bold: bool,
) -> None:
    column = 0
    word_cells = word_row.cells
    for word_cell, width in zip(word_cells, widths_mm, strict=True):
        word_cell.width = Mm(width)
    for cell in row:
        word_cell = word_cells[column]
        if cell.span > 1:
            word_cell = word_cell.merge(word_cells[column + cell.span - 1])
        _fill_cell(word_cell, cell, alignment[column], style, bold=bold)
        column += cell.span


def _fill_cell(
    word_cell: Any, cell: Cell, alignment: Alignment, style: ParagraphStyle, *, bold: bool
) -> None:
    paragraph = word_cell.paragraphs[0]
    paragraph.alignment = ALIGNMENTS["center" if bold and cell.span > 1 else alignment]
    # The public setter searches all of the document's styles at each paragraph.
    paragraph._p.style = style.style_id  # noqa: SLF001
    if cell.indent:
        paragraph.paragraph_format.left_indent = Mm(INDENT_MM)
    if bold:
        word_cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
    symbol = "p" if cell.text == "p" or cell.text.startswith("p, ") else ""
    for text in filter(None, (symbol, cell.text.removeprefix(symbol))):
        run = paragraph.add_run(text.replace(" ± ", WHOLE_PLUS_MINUS))
        run.bold, run.italic = bold or None, text == symbol or None
    if cell.marks:
        paragraph.add_run(cell.marks).font.superscript = True


def _keep_row_whole(word_row: Any, *, repeated: bool) -> None:
    properties = word_row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no call for it
    properties.append(OxmlElement("w:cantSplit"))
    if repeated:
        properties.append(OxmlElement("w:tblHeader"))


def _rule_spanners(table: Any, header: tuple[Row, ...]) -> None:
    for index, row in enumerate(header[:-1]):
        column = 0
        for cell in row:
            if cell.span > 1:
                _rule(table.rows[index].cells[column], "bottom", INNER_RULE)
            column += cell.span


def _rule(word_cell: Any, side: str, eighths_of_a_point: int) -> None:
    properties = word_cell._tc.get_or_add_tcPr()  # noqa: SLF001 - python-docx has no call for it
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    edge = borders.find(qn(f"w:{side}"))
    if edge is None:
        edge = OxmlElement(f"w:{side}")
        borders.append(edge)
    edge.set(qn("w:val"), "single")
    edge.set(qn("w:sz"), str(eighths_of_a_point))
    edge.set(qn("w:space"), "0")
    edge.set(qn("w:color"), "000000")


def _add_footnotes(document: Any, model: TableModel) -> None:
    for index, note in enumerate(model.footnotes):
        paragraph = document.add_paragraph(style=NOTE_STYLE)
        paragraph.paragraph_format.keep_with_next = index < len(model.footnotes) - 1
        if index == 0:
            paragraph.paragraph_format.space_before = Pt(3)
        if note.mark:
            paragraph.add_run(f"{note.mark} ").font.superscript = True
        paragraph.add_run(note.text)
