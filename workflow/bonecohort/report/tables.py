"""Tables 1 to 3, built from the statistics frames and printed as a journal prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.report import format as fmt
from bonecohort.report import words
from bonecohort.report.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    blank,
    first_left,
    with_marks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from bonecohort.study.settings import Settings

Record = dict[str, Any]
TABLE_1_SUBJECT = "Characteristics of the participants with and without endplate defects"
P_HEADER = Cell("p")


def records(frame: pd.DataFrame, **equal: str) -> list[Record]:
    """Return the rows whose columns equal the given texts, as plain dictionaries."""
    for column, value in equal.items():
        frame = frame[frame[column] == value]
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def text_of(record: Record, column: str) -> str:
    """Return a text column that may be absent or blank, else the empty string."""
    value = record.get(column)
    return value if isinstance(value, str) else ""


def test_words(record: Record) -> str:
    """Return the printed name of a row's test, or its name in the file."""
    name = text_of(record, "test")
    return words.TESTS.get(name, name)


def p_cell(
    record: Record, settings: Settings, letters: FootnoteLetters, *, name_test: bool
) -> Cell:
    """Return the p value with the letters that name its test and any warning."""
    cell = Cell(fmt.p_value(record["p_value"]))
    name_test = name_test and cell.text != fmt.ABSENT
    if name_test and text_of(record, "test"):
        cell = with_marks(cell, letters.mark(f"{words.capitalised(test_words(record))}."))
    warning = words.warning_sentence(text_of(record, "warning"), settings)
    return with_marks(cell, letters.mark(warning))


def only_test(shown: Iterable[Record]) -> str:
    """Return the printed name of the test when all rows share one, else the empty string."""
    tests = {test_words(record) for record in shown}
    return tests.pop() if len(tests) == 1 else ""


def group_sizes(participants: pd.DataFrame) -> tuple[int, int]:
    """Return how many participants have an endplate defect, and how many have none."""
    if "endplate_defect" not in participants:
        return 0, 0
    defect = participants["endplate_defect"]
    return int((defect == "yes").sum()), int((defect == "no").sum())


def table_1(
    comparisons: pd.DataFrame, counts: pd.DataFrame, participants: pd.DataFrame, settings: Settings
) -> TableModel:
    """Build Table 1: participants with endplate defects against those without.

    Where no endplates were read, all participants are described together.
    """
    sizes = group_sizes(participants)
    compared = sum(sizes) > 0
    n_total = sum(sizes) if compared else len(participants)
    shown = {row["variable"]: row for row in records(comparisons, table="table1", shown="yes")}
    letters = FootnoteLetters()
    rows: list[Row] = []
    for name in settings.analysis.table1_rows:
        if name in shown:
            categories = records(counts, table="table1", variable=name)
            make = _categorical_rows if categories else _continuous_rows
            rows += make(shown[name], categories, (*sizes, n_total), settings, letters)
    titles = [*words.GROUPINGS["endplate_defect"], "Total"] if compared else ["Total"]
    columns = [*sizes, n_total] if compared else [n_total]
    header = (
        Cell("Characteristic"),
        *(
            Cell(f"{title}\n({fmt.n_phrase(size)})")
            for title, size in zip(titles, columns, strict=True)
        ),
        *([P_HEADER] if compared else []),
    )
    return TableModel(
        name="Table 1",
        title=TABLE_1_SUBJECT if compared else "Characteristics of the participants",
        header=(header,),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            _general_notes_1(shown, len(participants) - n_total, settings, compared=compared)
        ),
        alignment=first_left(len(header)),
    )


def _general_notes_1(
    shown: dict[str, Record], n_unread: int, settings: Settings, *, compared: bool
) -> list[str]:
    notes = ["Values are mean ± SD or n (%)."]
    if compared:
        notes[0] += " Total, both groups together."
    if n_unread:
        whose = fmt.counted(n_unread, "participant")
        notes.append(f"{whose} whose endplates were not read: in no column.")
    absent = [
        words.in_sentence(words.label(name, settings))
        for name in settings.analysis.table1_rows
        if name not in shown
    ]
    if absent:
        notes.append(f"Not in the study’s data, so not shown: {fmt.joined(absent)}.")
    return notes


Sizes = tuple[int, int, int]


def _row_label(record: Record, sizes: Sizes, settings: Settings, letters: FootnoteLetters) -> Cell:
    name = record["variable"]
    cell = Cell(words.label_with_unit(name, settings), href="#participants-table", sort_by=name)
    missing = [size - int(record[f"n_{i}"]) for i, size in zip((1, 2, "total"), sizes, strict=True)]
    if not missing[2]:
        return cell
    whose = f"{missing[0]} with and {missing[1]} without endplate defects"
    if not sizes[0] + sizes[1]:
        whose = fmt.counted(missing[2], "participant")
    note = f"Missing in {whose}; missing values are in no percentage and no test."
    return with_marks(cell, letters.mark(note))


def _continuous_rows(
    record: Record, _: list[Record], sizes: Sizes, settings: Settings, letters: FootnoteLetters
) -> list[Row]:
    places = words.decimals(record["variable"], settings)
    label = _row_label(record, sizes, settings, letters)
    first, second, total = (
        Cell(fmt.mean_sd(record[f"mean_{group}"], record[f"sd_{group}"], places))
        for group in (1, 2, "total")
    )
    if not sizes[0] + sizes[1]:
        return [(label, total)]
    return [(label, first, second, total, p_cell(record, settings, letters, name_test=True))]


def _categorical_rows(
    record: Record,
    categories: list[Record],
    sizes: Sizes,
    settings: Settings,
    letters: FootnoteLetters,
) -> list[Row]:
    name = record["variable"]
    compared = sizes[0] + sizes[1] > 0
    groups = (record["group_1"], record["group_2"], "total") if compared else ("total",)
    n = {(row["category"], row["group"]): row["n"] for row in categories}
    known = [sum(count for (_, of), count in n.items() if of == group) for group in groups]
    heading = _row_label(record, sizes, settings, letters)
    end = [p_cell(record, settings, letters, name_test=True)] if compared else []
    rows: list[Row] = [(heading, *[blank()] * len(groups), *end)]
    for category in ordered_categories(name, (c for c, _ in n), settings):
        shares = [
            Cell(fmt.count_percent(n.get((category, group), 0), of_group))
            for group, of_group in zip(groups, known, strict=True)
        ]
        label = Cell(words.capitalised(category), indent=True)
        rows.append((label, *shares, *[blank()] * len(end)))
    return rows


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
    test = only_test(shown.values())
    names = [name for name in settings.analysis.table2_rows if any(k[0] == name for k in shown)]
    rows = []
    for name in names:
        cells = [Cell(words.label_with_unit(name, settings), href="#vertebrae-table")]
        for grouping in groupings:
            record = shown.get((name, grouping))
            cells += _measure_cells(record, name, settings, letters, name_test=not test)
        rows.append(tuple(cells))
    top = [Cell("")]
    second = [Cell("Measure")]
    for grouping in groupings:
        of_grouping = [row for (_, g), row in shown.items() if g == grouping]
        top.append(Cell(words.GROUPING_TITLES.get(grouping, grouping), span=3))
        second += _group_headers(grouping, of_grouping, settings)
    general = [
        "Values are mean ± SD over vertebrae with an endplate defect; n, number of vertebrae.",
        (
            "Standardized width, defect width / body width; standardized depth, defect depth / "
            "body height; cumulative defect score, their sum."
        ),
        (
            "The tests treat vertebrae as independent, although several may come from one "
            "participant; their p values are therefore likely too small."
        ),
    ]
    if test:
        general.insert(1, f"p, {test}.")
    return TableModel(
        name="Table 2",
        title="Size of the endplate defects by HU, sex, lumbar region and endplate",
        header=(tuple(top), tuple(second)),
        rows=tuple(rows),
        footnotes=letters.footnotes(general),
        alignment=first_left(1 + 3 * len(groupings)),
        wide=True,
    )


def _group_headers(grouping: str, rows: list[Record], settings: Settings) -> list[Cell]:
    names = words.group_words(grouping, (rows[0]["group_1"], rows[0]["group_2"]), settings)
    sizes = [max(int(row[f"n_{i}"]) for row in rows) for i in (1, 2)]
    titles = [
        f"{name}\n({fmt.n_phrase(n)})".replace(" (", "\n(")
        for name, n in zip(names, sizes, strict=True)
    ]
    return [*map(Cell, titles), P_HEADER]


def _measure_cells(
    record: Record | None,
    name: str,
    settings: Settings,
    letters: FootnoteLetters,
    *,
    name_test: bool,
) -> list[Cell]:
    if record is None:
        return [Cell(fmt.ABSENT)] * 3
    places = words.decimals(name, settings)
    return [
        Cell(fmt.mean_sd(record["mean_1"], record["sd_1"], places)),
        Cell(fmt.mean_sd(record["mean_2"], record["sd_2"], places)),
        p_cell(record, settings, letters, name_test=name_test),
    ]
