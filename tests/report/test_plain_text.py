"""What a user may write as a label is plain text in every export, and never runs."""

from __future__ import annotations

import csv

import openpyxl
import pytest

from bonecohort.report.export.csv_tables import write_csv
from bonecohort.report.export.excel import write_excel
from bonecohort.report.export.latex import latex_document
from bonecohort.report.export.word import write_word
from bonecohort.report.page.manuscript import Manuscript, ManuscriptSection
from bonecohort.report.page.section import Paragraph
from bonecohort.report.tables.table_model import Cell, TableModel, first_left

FORMULAE = ("=1+1", '=HYPERLINK("http://x")', "+cmd|'/C calc'!A0", "-2+3", "@SUM(1)", "=高血压",
            "-1 +cmd|'/C calc'!A0", "+1 -2", "-3%*4", "-1 (2)+3", "#N/A", "#REF!")  # fmt: skip
RUN_IN_CSV = tuple(text for text in FORMULAE if text[0] != "#")
NUMBERS = ("-1.2", "+7", "-1.2 (3.4)", "-0.5–0.7", "−1.2", "12", "-1,2", "-3%")
MARKUP = ("<script>alert(1)</script>", "a & b_c 100% #1 {x} ~ ^ \\a $x$", "\\input{/etc/passwd}")


def model(*texts):
    rows = tuple((Cell(text, indent=at % 2 == 1), Cell("1")) for at, text in enumerate(texts))
    return TableModel(
        key="Table 1", title=texts[0], header=((Cell(texts[0]), Cell("n")),), rows=rows,
        footnotes=(), alignment=first_left(2),
    )  # fmt: skip


def test_no_cell_of_the_workbook_is_a_formula(tmp_path):
    write_excel(tmp_path / "t.xlsx", [model(*FORMULAE, *NUMBERS, *MARKUP)])
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "t.xlsx").active for cell in row]
    texts = {cell.value for cell in cells}
    assert {*FORMULAE, *NUMBERS, *MARKUP} <= texts
    assert all(cell.data_type in ("s", "n", "inlineStr") for cell in cells)
    quoted = {cell.value for cell in cells if cell.quotePrefix}  # nor when somebody edits it
    assert quoted == {text for text in FORMULAE if text[0] in "=#"}


def test_no_cell_of_a_csv_is_a_formula_and_numbers_stay_numbers(tmp_path):
    write_csv(tmp_path / "t.csv", model("plain", *RUN_IN_CSV, *NUMBERS, *MARKUP))
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        first = [row[0] for row in csv.reader(file)]
    for text in first:
        bare = text.strip()
        assert bare[:1] not in "=@"
        assert bare[:1] not in "+-" or bare in NUMBERS
    assert {*NUMBERS} <= {text.strip() for text in first}
    for text in RUN_IN_CSV:
        assert any(found.startswith("'") and found.endswith(text) for found in first)


def test_latex_and_word_take_them_as_they_are(tmp_path):
    document = latex_document([model(*MARKUP, *FORMULAE)])
    assert "\\input{" not in document
    assert "\\textbackslash{}input\\{" in document
    assert "\\& b\\_c 100\\% \\#1 \\{x\\}" in document
    blocks = (Paragraph(MARKUP[1]), model(*MARKUP, *FORMULAE))
    draft = Manuscript(MARKUP[0], MARKUP[2], (ManuscriptSection(MARKUP[0], blocks),))
    write_word(tmp_path / "t.docx", draft)
    assert (tmp_path / "t.docx").is_file()


@pytest.mark.parametrize("text", ["-2", "-2.5 (1.0)"])
def test_a_number_with_a_mark_stays_one(tmp_path, text):
    row = (Cell(text, marks="a"), Cell("1"))
    table = TableModel(key="T", title="t", header=((Cell(""), Cell("n")),), rows=(row,),
                       footnotes=(), alignment=first_left(2))  # fmt: skip
    write_csv(tmp_path / "t.csv", table)
    assert f"\n{text} [a],1\n" in (tmp_path / "t.csv").read_text(encoding="utf-8-sig")
