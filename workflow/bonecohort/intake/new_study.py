"""`bonecohort new`: an empty study to fill in, for readings that were taken elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault
from bonecohort.study.config import CONFIG_PATH
from bonecohort.study.participants import BMI
from bonecohort.study.series import EVERYBODY
from bonecohort.study.settings import LUMBAR_LEVELS, paper_variables
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.study.settings import Variable

TEXTS = ("README.md", str(CONFIG_PATH))
"""Files of the folder ``template``, written as they are."""
LAST_ROW = 5000
"""Rows of a workbook that offer the allowed words as a list to choose from."""
TEXT_FORMAT = "@"
UNKNOWN = "Leave the cell blank where it is unknown. Delete the column if you do not have it."
ID = "The participant's ID, such as P001: letters, digits, - and _. No names, no hospital numbers."
ID_AGAIN = "The ID as in participants.xlsx."
LEVEL = f"The vertebra: {', '.join(LUMBAR_LEVELS)}."


@dataclass(frozen=True)
class Column:
    """A heading, the comment on it, and the words that its cells may hold; none for any."""

    name: str
    comment: str
    words: tuple[str, ...] = ()


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
    hounsfield, endplates = "readings/hounsfield.xlsx", "readings/endplates.xlsx"
    series = ((EVERYBODY, "hu_table", hounsfield), (EVERYBODY, "endplate_table", endplates))
    return {
        "config/participants.xlsx": (_participants(), ()),
        "config/series.xlsx": (SERIES, series),
        hounsfield: (HOUNSFIELD, ()),
        endplates: (ENDPLATES, ()),
    }


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


SERIES = (
    Column(
        "participant_id",
        f"The ID as in participants.xlsx, or {EVERYBODY} for every included participant.",
    ),
    Column("kind", "What the file is: hu_table, endplate_table, or a kind of image or marks."),
    Column("path", "The file, as seen from the study folder."),
)
HOUNSFIELD = (
    Column("participant_id", ID_AGAIN),
    Column("level", LEVEL, LUMBAR_LEVELS),
    Column(
        "plane", "The plane of the vertebra: upper, middle or lower.", ("upper", "middle", "lower")
    ),
    Column("hu", "The mean Hounsfield units of your region in this plane."),
)
ENDPLATES = (
    Column("participant_id", ID_AGAIN),
    Column("level", LEVEL, LUMBAR_LEVELS),
    Column(
        "endplate",
        "superior, inferior, or not_assessable where the level could not be read.",
        ("superior", "inferior", "not_assessable"),
    ),
    Column(
        "defect", "The number of the defect on this endplate: 1, 2, ...; 0 for a normal endplate."
    ),
    Column("width_mm", "Width of the defect (a), in mm."),
    Column("depth_mm", "Depth of the defect (b), in mm."),
    Column("body_width_mm", "Width of the vertebral body (c), in mm."),
    Column("body_height_1_mm", "First height of the vertebral body (d1), in mm."),
    Column("body_height_2_mm", "Second height of the vertebral body (d2), in mm."),
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
