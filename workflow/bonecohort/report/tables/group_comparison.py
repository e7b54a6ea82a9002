"""Table 2, and what the tables that compare groups share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.circular_variables import circular_note
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    TableModel,
    first_left,
    with_marks,
)
from bonecohort.statistics.variables import group_order, known_variables
from bonecohort.study.analysis_settings import MOST_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.settings import Settings

Record = dict[str, Any]
P_HEADER = Cell("p")
SHORT_TITLES = {"low_hu": "HU", "lumbar_region": "lumbar region", "endplate": "endplate"}


def records(frame: pd.DataFrame, **equal: str) -> list[Record]:
    """Return the rows whose columns equal the given texts, as plain dictionaries."""
    for column, value in equal.items():
        frame = frame[frame[column] == value]
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def text_of(record: Record, column: str) -> str:
    """Return a text column that may be absent or blank, else the empty string."""
    value = record.get(column)
    return value if isinstance(value, str) else ""


def groups_of(record: Record) -> tuple[str, ...]:
    """Return the groups that a row compares, in order."""
    several = (text_of(record, f"group_{place}") for place in range(3, MOST_GROUPS + 1))
    return (record["group_1"], record["group_2"], *(group for group in several if group))


def test_words(record: Record) -> str:
    """Return the printed name of a row's test, or its name in the file."""
    name = text_of(record, "test")
    return labels.TESTS.get(name, name)


def description(record: Record, suffix: str, settings: Settings) -> str:
    """Print a continuous variable of one group: mean ± SD, or median with the quartiles.

    ``suffix`` is the end of the statistics' column names: ``1``, ``2``, … or ``total``.
    """
    name = record["variable"]
    places = labels.decimals(name, settings)
    if labels.has_median(name, settings):
        first, median, third = (record[f"{part}_{suffix}"] for part in ("q1", "median", "q3"))
        return fmt.median_quartiles(first, median, third, places)
    return fmt.mean_sd(record[f"mean_{suffix}"], record[f"sd_{suffix}"], places)


def p_cell(
    record: Record, settings: Settings, letters: FootnoteLetters, *, name_test: bool
) -> Cell:
    """Return the p value with the letters that name its test and any warning."""
    cell = Cell(fmt.p_value(record["p_value"], settings.report.p_style))
    name_test = name_test and cell.text != fmt.ABSENT
    if name_test and text_of(record, "test"):
        cell = with_marks(cell, letters.mark(f"{labels.capitalised(test_words(record))}."))
    warning = labels.warning_sentence(text_of(record, "warning"), settings)
    return with_marks(cell, letters.mark(warning))


def only_test(shown: Iterable[Record]) -> str:
    """Return the printed name of the test when all rows share one, else the empty string."""
    tests = {test_words(record) for record in shown}
    return tests.pop() if len(tests) == 1 else ""


def group_sizes(participants: pd.DataFrame, name: str, settings: Settings) -> tuple[int, ...]:
    """Return how many participants are in each group of a variable, yes before no."""
    groups = group_order(known_variables(settings)[name])
    if name not in participants:
        return (0,) * len(groups)
    return tuple(int((participants[name] == group).sum()) for group in groups)


def ordered_categories(name: str, found: Iterable[str], settings: Settings) -> list[str]:
    """Return the categories in the declared order, undeclared ones after them."""
    declared = settings.variables[name].levels if name in settings.variables else ()
    present = list(dict.fromkeys(found))
    return [c for c in declared if c in present] + [c for c in present if c not in declared]


def table_2(comparisons: pd.DataFrame, settings: Settings) -> TableModel:
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
        cells = [Cell(labels.label_with_unit(name, settings), href="#vertebrae-table")]
        for grouping in groupings:
            record = shown.get((name, grouping))
            cells += _measure_cells(record, settings, letters, name_test=not test)
        rows.append(tuple(cells))
    top = [Cell("")]
    second = [Cell("Measure")]
    for grouping in groupings:
        of_grouping = [row for (_, g), row in shown.items() if g == grouping]
        top.append(Cell(labels.grouping_title(grouping, settings), span=3))
        second += _group_headers(grouping, of_grouping, settings)
    by = [SHORT_TITLES.get(name) or labels.in_sentence(labels.label(name, settings))
          for name in settings.analysis.table2_groupings]  # fmt: skip
    general = [
        "Values are mean ± SD over vertebrae with an endplate defect; n, number of vertebrae.",
        (
            "Standardized width, defect width / body width; standardized depth, defect depth / "
            "body height; cumulative defect score, their sum."
        ),
        (
            "The tests treat vertebrae as independent, although several may come from one "
            "participant; their p values may be too small. Table S5 takes participants as "
            "the independent units."
        ),
    ]
    if test:
        general.insert(1, f"p, {test}.")
    general += filter(None, (circular_note(grouping, names, settings) for grouping in groupings))
    return TableModel(
        name="Table 2",
        title=f"Size of the endplate defects by {fmt.joined(by)}",
        header=(tuple(top), tuple(second)),
        rows=tuple(rows),
        footnotes=letters.footnotes(general),
        alignment=first_left(1 + 3 * len(groupings)),
        wide=True,
    )


def _group_headers(grouping: str, rows: list[Record], settings: Settings) -> list[Cell]:
    names = labels.group_words(grouping, (rows[0]["group_1"], rows[0]["group_2"]), settings)
    sizes = [max(int(row[f"n_{i}"]) for row in rows) for i in (1, 2)]
    titles = [
        f"{name}\n({fmt.n_phrase(n)})".replace(" (", "\n(")
        for name, n in zip(names, sizes, strict=True)
    ]
    return [*map(Cell, titles), P_HEADER]


def _measure_cells(
    record: Record | None,
    settings: Settings,
    letters: FootnoteLetters,
    *,
    name_test: bool,
) -> list[Cell]:
    if record is None:
        return [Cell(fmt.ABSENT)] * 3
    return [
        Cell(description(record, "1", settings)),
        Cell(description(record, "2", settings)),
        p_cell(record, settings, letters, name_test=name_test),
    ]
