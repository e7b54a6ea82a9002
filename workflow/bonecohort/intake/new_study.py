"""`bonecohort new`: an empty study to fill in, for readings that were taken elsewhere."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault
from bonecohort.intake.table_columns import Column
from bonecohort.study.config import CONFIG_PATH
from bonecohort.study.participants import BMI
from bonecohort.study.series import EVERYBODY
from bonecohort.study.settings import paper_variables
from bonecohort.study.writing import whole_file
from bonecohort.techniques.declare import Readings
from bonecohort.techniques.registry import technique_module, techniques

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bonecohort.study.settings import Variable

TEXTS = ("README.md", str(CONFIG_PATH))
"""Files of the folder ``template``, written as they are."""
LAST_ROW = 5000
"""Rows of a workbook that offer the allowed words as a list to choose from."""
TEXT_FORMAT = "@"
UNKNOWN = "Leave the cell blank where it is unknown. Delete the column if you do not have it."
ID = "The participant's ID, such as P001: letters, digits, - and _. No names, no hospital numbers."


def write_new_study(folder: Path) -> tuple[Path, ...]:
    """Write the files of an empty study; return their paths.

    Raises
    ------
    StudyFault
        Where one of them exists: then nothing is written.
    """
    paths = tuple(folder / name for name in (*TEXTS, *workbooks()))
    problems = [
        f"{path} exists already and is left as it is; name another folder, or move the file away."
        for path in paths
        if path.exists() or path.is_symlink()
    ]
    if problems:
        raise StudyFault(problems)
    template = files("bonecohort.intake") / "template"
    for name in TEXTS:
        with whole_file(folder / name) as unfinished:
            unfinished.write_bytes((template / name).read_bytes())
    for name, (columns, rows) in workbooks().items():
        _write_workbook(folder / name, columns, rows)
    return paths


def workbooks() -> dict[str, tuple[tuple[Column, ...], tuple[tuple[str, ...], ...]]]:
    """Return the columns of each workbook and the rows that it begins with, by its path."""
    readings = {
        f"readings/{technique.name}.xlsx": (kind.name, _columns(technique.name, kind.holds))
        for technique in techniques()
        for kind in technique.kinds
        if isinstance(kind.holds, Readings) and kind.holds.empty_table
    }
    series = tuple((EVERYBODY, kind, path) for path, (kind, _) in readings.items())
    return {
        "config/participants.xlsx": (_participants(), ()),
        "config/series.xlsx": (_series(kind for kind, _ in readings.values()), series),
        **{path: (columns, ()) for path, (_, columns) in readings.items()},
    }


def _columns(technique: str, table: Readings) -> tuple[Column, ...]:
    columns: tuple[Column, ...] = technique_module(technique, table.empty_table).COLUMNS
    return columns


def _participants() -> tuple[Column, ...]:
    include = "Write no to leave this participant out. Blank or yes: included."
    reason = "Why this participant is left out, such as: lumbar surgery. The report counts it."
    return (
        Column("participant_id", ID),
        Column("include", include, ("yes", "no")),
        Column("exclusion_reason", reason),
        *(
            Column(name, _meaning(variable), variable.levels)
            for name, variable in paper_variables().items()
            if name != BMI  # it is computed
        ),
    )


def _meaning(variable: Variable) -> str:
    of = f"{variable.label} ({variable.unit})" if variable.unit else variable.label
    if variable.levels:
        return f"{of}: {' or '.join(variable.levels)}. {UNKNOWN}"
    assert variable.range is not None
    low, high = variable.range
    return f"{of}: a number from {low:g} to {high:g}. {UNKNOWN}"


def _series(kinds: Iterable[str]) -> tuple[Column, ...]:
    return (
        Column(
            "participant_id",
            f"The ID as in participants.xlsx, or {EVERYBODY} for every included participant.",
        ),
        Column("kind", f"What the file is: {', '.join(kinds)}, or a kind of image or marks."),
        Column("path", "The file, as seen from the study folder."),
    )


def _write_workbook(path: Path, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Write a workbook whose headings have comments, and whose IDs stay text (007)."""
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = path.stem
    sheet.freeze_panes = "A2"
    for at, column in enumerate(columns, start=1):
        letter = get_column_letter(at)
        heading = sheet.cell(1, at, column.name)
        heading.font = Font(bold=True)
        heading.comment = Comment(column.comment, "bonecohort", height=90, width=260)
        sheet.column_dimensions[letter].width = max(14, len(column.name) + 3)
        if column.name == "participant_id":
            sheet.column_dimensions[letter].number_format = TEXT_FORMAT
        if column.words:
            choice = DataValidation(
                "list", formula1=f'"{",".join(column.words)}"', allow_blank=True
            )
            choice.add(f"{letter}2:{letter}{LAST_ROW}")
            sheet.add_data_validation(choice)
    for row in rows:
        sheet.append(list(row))
    with whole_file(path) as unfinished:
        book.save(unfinished)
