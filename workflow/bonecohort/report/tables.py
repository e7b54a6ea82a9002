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


def p_cell(record: Record, letters: FootnoteLetters, *, name_test: bool) -> Cell:
    """Return the p value with the letters that name its test and any warning."""
    cell = Cell(fmt.p_value(record["p_value"]))
    if name_test and text_of(record, "test"):
        cell = with_marks(cell, letters.mark(f"{words.capitalised(test_words(record))}."))
    return with_marks(cell, letters.mark(words.sentence(text_of(record, "warning"))))


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
    """Build Table 1: participants with endplate defects against those without."""
    sizes = group_sizes(participants)
    shown = {row["variable"]: row for row in records(comparisons, table="table1", shown="yes")}
    letters = FootnoteLetters()
    rows: list[Row] = []
    absent = [name for name in settings.analysis.table1_rows if name not in shown]
    for name in settings.analysis.table1_rows:
        if name not in shown:
            continue
        categories = records(counts, table="table1", variable=name)
        if categories:
            rows += _categorical_rows(shown[name], categories, sizes, settings, letters)
        else:
            rows.append(_continuous_row(shown[name], sizes, settings, letters))
    general = ["Values are mean ± SD or n (%)."]
    if absent:
        names = fmt.joined([words.label(name, settings) for name in absent])
        general.append(f"Not in the study’s data, so not shown: {names}.")
    names_1_2 = words.GROUPINGS["endplate_defect"]
    header = (
        Cell("Characteristic"),
        *(
            Cell(f"{name}\n({fmt.n_phrase(size)})")
            for name, size in zip(names_1_2, sizes, strict=True)
        ),
        Cell(f"Total\n({fmt.n_phrase(sum(sizes))})"),
        P_HEADER,
    )  # fmt: skip
    return TableModel(
        name="Table 1",
        title=TABLE_1_SUBJECT,
        header=(header,),
        rows=tuple(rows),
        footnotes=letters.footnotes(general),
        alignment=first_left(5),
    )


def _row_label(
    record: Record, sizes: tuple[int, int], settings: Settings, letters: FootnoteLetters
) -> Cell:
    missing = [size - int(record[f"n_{i}"]) for i, size in enumerate(sizes, start=1)]
    name = record["variable"]
    cell = Cell(words.label_with_unit(name, settings), href="#participants-table", sort_by=name)
    if not any(missing):
        return cell
    note = (
        f"Missing in {missing[0]} with and {missing[1]} without endplate defects; "
        "missing values are in no percentage and no test."
    )
    return with_marks(cell, letters.mark(note))


def _continuous_row(
    record: Record, sizes: tuple[int, int], settings: Settings, letters: FootnoteLetters
) -> Row:
    places = words.decimals(record["variable"], settings)
    return (
        _row_label(record, sizes, settings, letters),
        Cell(fmt.mean_sd(record["mean_1"], record["sd_1"], places)),
        Cell(fmt.mean_sd(record["mean_2"], record["sd_2"], places)),
        Cell(fmt.mean_sd(record["mean_total"], record["sd_total"], places)),
        p_cell(record, letters, name_test=True),
    )


def _categorical_rows(
    record: Record,
    categories: list[Record],
    sizes: tuple[int, int],
    settings: Settings,
    letters: FootnoteLetters,
) -> list[Row]:
    name, groups = record["variable"], (record["group_1"], record["group_2"])
    n = {(row["category"], row["group"]): row["n"] for row in categories}
    totals = [sum(count for (_, of), count in n.items() if of == group) for group in groups]
    heading = _row_label(record, sizes, settings, letters)
    p = p_cell(record, letters, name_test=True)
    rows: list[Row] = [(heading, blank(), blank(), blank(), p)]
    for category in ordered_categories(name, (c for c, _ in n), settings):
        by_group = [n.get((category, group), 0) for group in groups]
        rows.append(
            (
                Cell(words.capitalised(category), indent=True),
                Cell(fmt.count_percent(by_group[0], totals[0])),
                Cell(fmt.count_percent(by_group[1], totals[1])),
                Cell(fmt.count_percent(sum(by_group), sum(totals))),
                blank(),
            )
        )
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
        if any(key[1] == grouping for key in shown)
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
            "participant; their p values are likely too small."
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
        p_cell(record, letters, name_test=name_test),
    ]
