"""Excel, LaTeX and CSV hold the same tables as the report."""

from __future__ import annotations

import csv
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from bonecohort.report.export.latex import escaped, latex_document
from bonecohort.report.tables.table_model import Cell, TableModel, left_empty
from bonecohort.study.settings import Settings

from .reports import read_inputs, report_tables

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def models(small_results: Path) -> list[TableModel]:
    return list(report_tables(read_inputs(small_results), Settings()).values())


def unfolded(row: tuple[Cell, ...]) -> list[str]:
    """Return a row's texts with their marks, blank where a cell spans on."""
    return [text for cell in row for text in (cell.text + cell.marks, *[""] * (cell.span - 1))]


def test_every_sheet_reads_back_as_its_table(small_results: Path, models: list[TableModel]) -> None:
    workbook = load_workbook(small_results / "report.xlsx")
    assert workbook.sheetnames == [model.name for model in models]
    for model in models:
        sheet = workbook[model.name]
        assert sheet["A1"].value == f"{model.name}. {model.title}"
        if model.is_absent:
            assert sheet["A2"].value == f"Not shown: {model.absent_because}"
            continue
        rows = [
            [cell.value or "" for cell in row]
            for row in sheet.iter_rows(min_row=2, max_col=model.n_columns)
        ]
        printed = [unfolded(row) for row in (*model.header, *model.rows)]
        assert rows[: len(printed)] == printed
        notes = [row[0] for row in rows[len(printed) :]]
        assert notes == [f"{note.mark} {note.text}".strip() for note in model.footnotes]


def test_every_csv_reads_back_as_its_table(small_results: Path, models: list[TableModel]) -> None:
    for model in models:
        path = small_results / "report_tables" / f"{model.file_stem}.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == [f"{model.name}. {model.title}"]
        if model.is_absent:
            assert rows[1] == [f"Not shown: {model.absent_because}"]
            continue
        body = rows[1 + len(model.header) : len(rows) - len(model.footnotes)]
        for read, row in zip(body, model.rows, strict=True):
            plain = [text.partition(" [")[0].strip() for text in read]
            assert plain == [t for cell in row for t in (cell.text, *[""] * (cell.span - 1))]


def test_latex_compiles_and_prints_the_numbers(
    tmp_path: Path, small_results: Path, models: list[TableModel]
) -> None:
    if not (shutil.which("pdflatex") and shutil.which("pdftotext")):
        pytest.skip("no pdflatex and pdftotext on this machine")
    source = small_results / "report.tex"
    command = ["pdflatex", "-halt-on-error", f"-output-directory={tmp_path}", str(source)]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    subprocess.run(["pdftotext", "-layout", "report.pdf"], cwd=tmp_path, check=True)
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    age = next(row for row in models[0].rows if row[0].text == "Age, years")
    for cell in age[1:4]:
        assert cell.text.split(" ± ")[0] in text
    assert all(f"{model.name}." in text for model in models)


def test_latex_writes_each_row_with_every_column(models: list[TableModel]) -> None:
    for model in models:
        text = latex_document([model])
        for row in model.rows:
            line = next(
                line
                for line in text.splitlines()
                if all(escaped(cell.text) in line for cell in row) and line.endswith(r"\\")
            )
            assert line.replace(r"\&", "").count("&") == len(row) - 1


def test_latex_escapes_what_it_would_read_as_a_command() -> None:
    assert escaped("5% of a_b & <c> {d} \\ −1 ± 2") == (
        r"5\% of a\_b \& \textless{}c\textgreater{} \{d\} \textbackslash{} $-$1 $\pm$ 2"
    )


@pytest.mark.parametrize("suffix", [".xlsx", ".tex"])
def test_an_absent_table_says_why(tmp_path: Path, models: list[TableModel], suffix: str) -> None:
    from bonecohort.report.export.excel import write_excel

    absent = left_empty(models[0], "no endplates were read.")
    if suffix == ".tex":
        assert "Not shown: no endplates were read." in latex_document([absent])
        return
    write_excel(tmp_path / "t.xlsx", [absent])
    sheet = load_workbook(tmp_path / "t.xlsx")["Table 1"]
    assert sheet["A2"].value == "Not shown: no endplates were read."
