"""Tables as real Word tables: three lines, caption above, footnotes below."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from bonecohort.report.export.word_layout import text_width_mm
from bonecohort.report.export.word_styles import (
    NOTE_STYLE,
    TABLE_STYLE,
    WIDE_TABLE_STYLE,
    add_caption,
)
from bonecohort.report.printing.wide_characters import n_columns

if TYPE_CHECKING:
    from docx.styles.style import ParagraphStyle

    from bonecohort.report.tables.table_model import Alignment, Cell, Row, TableModel

OUTER_RULE, INNER_RULE = 12, 6  # eighths of a point
LABEL_WEIGHT, P_WEIGHT = 1.5, 0.6  # of an ordinary column's width
FEWEST, MOST, MOST_OF_SENTENCES = 11, 28, 40  # of a column in a wide table
CHARACTER_MM, CELL_MARGINS_MM = 1.45, 3.8
"""Width of a digit of a wide table's text, and of the space beside a cell's text."""
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


def add_table(document: Any, model: TableModel) -> None:
    """Add a table to a python-docx document; of one that is absent, its caption and the reason."""
    caption = add_caption(document, model.name, model.title)
    caption.paragraph_format.keep_with_next = not model.is_absent
    if model.is_absent:
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
    text_width = text_width_mm(sideways=lies_sideways(model))
    if model.wide:
        weights = [
            float(min(max(n, FEWEST), MOST_OF_SENTENCES if wraps else MOST))
            for n, wraps in zip(_longest_texts(model), model.wrapped, strict=True)
        ]
    else:
        weights = [P_WEIGHT if cell.text == "p" else 1.0 for cell in model.header[-1]]
        weights[0] = LABEL_WEIGHT
    return [text_width * weight / sum(weights) for weight in weights]


def lies_sideways(model: TableModel) -> bool:
    """Return whether a wide table needs a page turned sideways, or fits an upright one."""
    texts = zip(_longest_texts(model), model.wrapped, strict=True)
    n_characters = sum(min(n, MOST_OF_SENTENCES) if wraps else max(n, FEWEST) for n, wraps in texts)
    needed_mm = n_characters * CHARACTER_MM + model.n_columns * CELL_MARGINS_MM
    return model.wide and needed_mm > text_width_mm()


def _longest_texts(model: TableModel) -> list[int]:
    longest = [0] * model.n_columns
    for row in (model.header[-1], *model.rows):
        for column, cell in enumerate(row if len(row) == model.n_columns else ()):
            lines = [n_columns(line) for line in cell.text.split("\n")]
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
