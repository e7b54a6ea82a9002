"""Table 2: sizes of the endplate defects, side by side in several groupings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.papers.hao2025.report.groupings import group_words, grouping_title
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.circular_variables import circular_note
from bonecohort.report.printing.groups import description, only_test
from bonecohort.report.records import Record, records
from bonecohort.report.tables.printed_tests import P_HEADER, p_cell
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    TableModel,
    first_left,
)

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

SHORT_TITLES = {"low_hu": "HU", "lumbar_region": "lumbar region", "endplate": "endplate"}


def table_2(comparisons: pd.DataFrame, settings: Settings, printer: Printer) -> TableModel:
    """Build Table 2: sizes of the endplate defects, four groupings side by side."""
    shown = {
        (row["variable"], row["grouping"]): row
        for row in records(comparisons, table="table2", shown="yes")
    }
    groupings = [
        grouping
        for grouping in settings.analysis.table2_groupings
        if any(row["n_1"] or row["n_2"] for (_, of), row in shown.items() if of == grouping)
    ]
    letters = FootnoteLetters()
    test = only_test(row for row in shown.values() if not pd.isna(row["p_value"]))
    names = [name for name in settings.analysis.table2_rows if any(k[0] == name for k in shown)]
    rows = []
    for name in names:
        cells = [Cell(printer.label_with_unit(name), href="#vertebrae-table")]
        for grouping in groupings:
            record = shown.get((name, grouping))
            cells += _measure_cells(record, printer, letters, name_test=not test)
        rows.append(tuple(cells))
    top = [Cell("")]
    second = [Cell("Measure")]
    for grouping in groupings:
        of_grouping = [row for (_, g), row in shown.items() if g == grouping]
        top.append(Cell(grouping_title(grouping, printer), span=3))
        second += _group_headers(grouping, of_grouping, settings, printer)
    by = [SHORT_TITLES.get(name) or labels.in_sentence(printer.label(name))
          for name in settings.analysis.table2_groupings]  # fmt: skip
    general = [
        "Values are mean ± SD over vertebrae with an endplate defect; n, number of vertebrae.",
        (
            "Standardized width, defect width / body width; standardized depth, defect depth / "
            "body height; cumulative defect score, their sum."
        ),
        (
            "The tests treat vertebrae as independent, although several may come from one "
            "participant; their p values may be too small. [#clustered] takes participants as "
            "the independent units."
        ),
    ]
    if test:
        general.insert(1, f"p, {test}.")
    general += filter(None, (circular_note(grouping, names, printer) for grouping in groupings))
    return TableModel(
        key="sizes",
        series="",
        title=f"Size of the endplate defects by {fmt.joined(by)}",
        header=(tuple(top), tuple(second)),
        rows=tuple(rows),
        footnotes=letters.footnotes(general),
        alignment=first_left(1 + 3 * len(groupings)),
        wide=True,
    )


def _group_headers(
    grouping: str, rows: list[Record], settings: Settings, printer: Printer
) -> list[Cell]:
    names = group_words(grouping, (rows[0]["group_1"], rows[0]["group_2"]), settings, printer)
    sizes = [max(int(row[f"n_{i}"]) for row in rows) for i in (1, 2)]
    titles = [
        f"{name}\n({fmt.n_phrase(n)})".replace(" (", "\n(")
        for name, n in zip(names, sizes, strict=True)
    ]
    return [*map(Cell, titles), P_HEADER]


def _measure_cells(
    record: Record | None,
    printer: Printer,
    letters: FootnoteLetters,
    *,
    name_test: bool,
) -> list[Cell]:
    if record is None:
        return [Cell(fmt.ABSENT)] * 3
    return [
        Cell(description(record, "1", printer)),
        Cell(description(record, "2", printer)),
        p_cell(record, printer, letters, name_test=name_test),
    ]
