"""The columns of Table 1: the groups, and what a study wants printed beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.split_labels import SplitWords, split_words
from bonecohort.report.records import Record, groups_of, records, text_of
from bonecohort.report.tables.printed_tests import P_HEADER, p_cell
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, Row, blank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bonecohort.report.printing.printer import Printer

TOTAL = "total"
MOST_UPRIGHT = 6
"""Columns beside the row labels that an upright page has room for."""


@dataclass(frozen=True)
class Columns:
    """Which columns the table has: the groups' sizes, and what is asked for beside them.

    ``smds`` holds the standardized mean difference of each row that has one; ``rows`` are the
    variables that the table describes.
    """

    sizes: tuple[int, ...]
    n_total: int
    smds: Mapping[str, float]
    grouping: str
    rows: tuple[str, ...]
    printer: Printer

    @property
    def split(self) -> SplitWords:
        """The words for the grouping."""
        return split_words(self.grouping, self.printer)

    @property
    def compared(self) -> bool:
        """Whether there are groups to compare."""
        return sum(self.sizes) > 0

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The ends of the statistics' column names, one a described group, in printing order."""
        groups = tuple(str(place) for place in range(1, len(self.sizes) + 1))
        if not self.compared:
            return (TOTAL,)
        placed = {"first": (TOTAL, *groups), "last": (*groups, TOTAL), "none": groups}
        return placed[self.printer.report.total_column]

    def header(self) -> tuple[Row, ...]:
        """Return the table's head; more than two groups stand under the name of their variable."""
        sizes = {str(place): size for place, size in enumerate(self.sizes, start=1)}
        sizes[TOTAL] = self.n_total
        several = self.compared and self.split.has_several
        names = map(labels.capitalised, self.split.levels) if several else self.split.groups
        titles = dict(zip(sizes, (*names, "Total"), strict=True))
        described = [
            Cell(f"{titles[suffix]}\n({fmt.n_phrase(sizes[suffix])})") for suffix in self.suffixes
        ]
        end = self._end_header()
        lowest = (Cell("Characteristic"), *described, *end)
        if not several:
            return (lowest,)
        spanner = Cell(self.split.label, span=len(self.sizes))
        totals = [blank()] * (len(self.suffixes) - len(self.sizes))
        middle = [*totals, spanner] if self.suffixes[0] == TOTAL else [spanner, *totals]
        return ((blank(), *middle, *([blank()] * len(end))), lowest)

    def _end_header(self) -> list[Cell]:
        report = self.printer.report
        smd = "Largest SMD" if self.split.has_several else "SMD"
        shown = {
            "Missing": report.show_missing,
            smd: self.compared and report.show_smd,
            "Test statistic": self.compared and report.show_statistic,
        }
        cells = [Cell(title) for title, is_shown in shown.items() if is_shown]
        return [*cells, P_HEADER] if self.compared and report.show_p else cells

    @property
    def wide(self) -> bool:
        """Whether the table needs a page turned sideways."""
        return len(self.suffixes) + len(self._end_header()) > MOST_UPRIGHT

    def row(self, label: Cell, described: Sequence[Cell], end: Sequence[Cell]) -> Row:
        """Return a row; what it does not describe or does not end with is blank."""
        filled = described or [blank()] * len(self.suffixes)
        return (label, *filled, *(end or [blank()] * len(self._end_header())))

    def missing(self, record: Record) -> list[int]:
        """Return how many values are missing, in each group and last in total."""
        n = [record[f"n_{place}"] for place in range(1, len(self.sizes) + 1)]
        sizes = (*self.sizes, self.n_total)
        known = (*n, record["n_total"])
        return [size - int(of) for size, of in zip(sizes, known, strict=True)]

    def groups(self, record: Record) -> list[str]:
        """Return the names that counts.csv has for the described groups, in printing order."""
        named = dict(enumerate(groups_of(record), start=1))
        return [TOTAL if suffix == TOTAL else named[int(suffix)] for suffix in self.suffixes]

    def end(self, record: Record, letters: FootnoteLetters) -> list[Cell]:
        """Return the cells after the groups: missing values, SMD, test statistic, p."""
        report = self.printer.report
        cells = [Cell(str(self.missing(record)[-1]))] if report.show_missing else []
        if not self.compared:
            return cells
        if report.show_smd:
            cells.append(Cell(fmt.number(self.smds.get(record["variable"]), 2)))
        if report.show_statistic:
            cells.append(Cell(statistic_phrase(record)))
        if report.show_p:
            cells.append(p_cell(record, self.printer, letters, name_test=True))
        return cells


def largest_smds(effects: pd.DataFrame) -> dict[str, float]:
    """Return each row's SMD: that of two groups with its sign, else the largest of all pairs."""
    result = {row["variable"]: row["estimate"] for row in records(effects, table="table1",
                                                                 measure="smd")}  # fmt: skip
    pairs = effects[(effects["table"] == "table1_pairs") & (effects["measure"] == "smd")]
    of_pairs = pairs.assign(size=pairs["estimate"].abs()).groupby("variable")["size"].max()
    return result | {str(name): float(size) for name, size in of_pairs.items()}


def statistic_phrase(record: Record) -> str:
    """Print a test's statistic with its degrees of freedom, ``t(197) = 2.34``."""
    name = labels.STATISTICS.get(text_of(record, "test"), "")
    value = fmt.number(record["statistic"], 2)
    if not name or value == fmt.ABSENT:
        return fmt.ABSENT
    printed = [_degrees(df) for df in (record["df"], record.get("df_2"))]
    text = ", ".join(df for df in printed if df != fmt.ABSENT)
    of_df = f"({text})" if text else ""
    return fmt.NO_BREAK.join((f"{name}{of_df}", "=", value))


def _degrees(df: float | None) -> str:
    whole = df is None or float(df).is_integer()
    return fmt.number(df, 0 if whole else 1)
