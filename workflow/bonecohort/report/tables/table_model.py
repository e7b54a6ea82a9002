"""One model of a printed table, which the web page and the Word file both render."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Alignment = Literal["left", "center", "right"]
Series = Literal["", "S", "A"]


@dataclass(frozen=True)
class Cell:
    """One printed cell.

    ``marks`` are footnote letters printed raised after the text. ``span`` is the number of columns
    covered. ``indent`` marks a row that belongs to the one above. ``sort_by`` names the column by
    which the participants table is sorted when the cell is followed.
    """

    text: str
    marks: str = ""
    span: int = 1
    indent: bool = False
    href: str = ""
    sort_by: str = ""


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Footnote:
    """A note under the table; ``mark`` is empty for a general note."""

    mark: str
    text: str


@dataclass(frozen=True)
class TableModel:
    """A table as a journal prints it: title above, three lines, notes below.

    Texts refer to a table by its ``key``; the report gives each its ``number`` within its
    ``series``: none for the main tables, ``S`` for supplementary ones, ``A`` for agreement.
    A left-aligned column after the first holds sentences, which wrap. A table without rows is
    not printed; ``absent_because`` says why.
    """

    key: str
    title: str
    header: tuple[Row, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[Footnote, ...]
    alignment: tuple[Alignment, ...]
    wide: bool = False
    absent_because: str = "the study’s data hold nothing for it."
    series: Series = ""
    number: str = ""

    @property
    def name(self) -> str:
        """What the table is called in print, ``Table S4``; its key before it has a number."""
        return f"Table {self.number}" if self.number else self.key

    @property
    def is_absent(self) -> bool:
        """Whether there is nothing to print but the reason."""
        return not self.rows

    def __post_init__(self) -> None:
        for row in (*self.header, *self.rows):
            width = sum(cell.span for cell in row)
            if width != self.n_columns:
                message = f"{self.name}: a row has {width} columns, not {self.n_columns}: {row}"
                raise ValueError(message)

    @property
    def anchor(self) -> str:
        """The name links point to, ``table-1``."""
        return self.name.lower().replace(" ", "-")

    @property
    def file_stem(self) -> str:
        """The name of the table's own file, ``table_1``."""
        return self.name.lower().replace(" ", "_")

    @property
    def wrapped(self) -> tuple[bool, ...]:
        """Whether each column holds sentences, which wrap."""
        return tuple(side == "left" and index > 0 for index, side in enumerate(self.alignment))

    @property
    def n_columns(self) -> int:
        """How many columns the table has."""
        return len(self.alignment)


@dataclass
class FootnoteLetters:
    """Gives each different note the next letter, in the order the table meets them."""

    texts: list[str] = field(default_factory=list)

    def mark(self, text: str) -> str:
        """Return the letter of a note; the empty string for an empty note."""
        if not text:
            return ""
        if text not in self.texts:
            self.texts.append(text)
        return letter(self.texts.index(text))

    def footnotes(self, general: list[str]) -> tuple[Footnote, ...]:
        """Return the general notes, then the lettered ones."""
        lettered = [Footnote(letter(i), text) for i, text in enumerate(self.texts)]
        return (*(Footnote("", text) for text in general), *lettered)


def letter(index: int) -> str:
    """Return a, b, …, z, aa, ab, … for 0, 1, …."""
    last = chr(ord("a") + index % 26)
    return last if index < 26 else letter(index // 26 - 1) + last


def with_marks(cell: Cell, *marks: str) -> Cell:
    """Return the cell with footnote letters added."""
    return replace(cell, marks=",".join(mark for mark in (cell.marks, *marks) if mark))


def blank(span: int = 1) -> Cell:
    """Return an empty cell."""
    return Cell("", span=span)


def first_left(columns: int) -> tuple[Alignment, ...]:
    """Return the usual alignment: row labels left, all other columns centred."""
    centred: list[Alignment] = ["center"] * (columns - 1)
    return ("left", *centred)


def left_empty(table: TableModel, because: str) -> TableModel:
    """Return the table without rows and notes, for a study that has nothing to put in it."""
    return replace(table, rows=(), footnotes=(), absent_because=because)
