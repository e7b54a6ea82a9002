"""Agreement of readers as a part of the report: a row a measure and pair of readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.analyses.printing import CI, named, warned
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.estimates import interval
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    blank,
    first_left,
)
from bonecohort.study.catalogue import measures_by_name

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.analyses.found import Found
    from bonecohort.report.page.section import Contribution
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import Agreement

TOGETHER = ("icc_2_1", "icc_3_1", "within_subject_sd", "least_significant_change")
OF_PAIRS = ("mean_difference", "limit_low", "limit_high")
RATIOS = ("icc_2_1", "icc_3_1")


def contribution(asked: Agreement, result: Found) -> Contribution:
    """Return the table, and the methods."""
    title = f"Agreement of readers: {named(columns_of(asked), result.printer)}"
    methods = (
        "Of all readers together intraclass correlations ICC(2,1) and ICC(3,1) [@mcgraw1996], the "
        "within-subject SD and the least significant change are given; of each two readers the "
        f"mean difference and the 95% limits of agreement [@bland1999] ([#{result.label}])."
    )
    return result.contribution(title, [], [table(asked, result, title)], (title, methods))


def columns_of(asked: Agreement) -> list[str]:
    """Return the measures by the names that their columns have."""
    return [measures_by_name()[name] for name in asked.measures]


def table(asked: Agreement, result: Found, title: str) -> TableModel:
    """Return a row a measure of all its readers, then one each two."""
    printer, letters = result.printer, FootnoteLetters()
    header = (Cell("Measure"), Cell("n"), Cell("ICC(2,1)\n(95% CI)"), Cell("ICC(3,1)\n(95% CI)"),
              Cell("Within-subject SD"), Cell("Least significant change"),
              Cell("Mean difference\n(95% CI)"), Cell("Limits of agreement"))  # fmt: skip
    rows: list[Row] = []
    for name in columns_of(asked):
        rows += _rows(result.main[result.main["measure"] == name], name, printer, letters)
    return TableModel(
        key=result.label,
        title=title,
        header=(header,),
        rows=tuple(rows),
        footnotes=letters.footnotes([f"{CI}; ICC, intraclass correlation."]),
        alignment=first_left(len(header)),
        wide=True,
    )


def _rows(own: pd.DataFrame, name: str, printer: Printer, letters: FootnoteLetters) -> list[Row]:
    places = printer.decimals(name) + 1
    by_readers: dict[str, dict[str, Record]] = {}
    for row in records(own):
        by_readers.setdefault(text_of(row, "readers"), {})[text_of(row, "statistic")] = row
    result: list[Row] = []
    label = printer.label_with_unit(name)
    for readers, all_statistics in _parted(by_readers):
        rows = list(all_statistics.values())
        first = Cell(label) if not result else Cell(f"Readers {readers}", indent=True)
        first = warned(first, rows, printer, letters)
        size = Cell(fmt.number(rows[0]["n"], 0))
        if any(key in all_statistics for key in OF_PAIRS):
            low, high = (
                fmt.number(all_statistics[key]["estimate"], places) for key in OF_PAIRS[1:]
            )
            mean = interval(all_statistics[OF_PAIRS[0]], places)
            result.append((first, size, blank(4), Cell(mean), Cell(fmt.limits(low, high))))
            continue
        cells = [_together(all_statistics.get(key), key, places) for key in TOGETHER]
        result.append((first, size, *cells, blank(2)))
    return result


def _parted(
    by_readers: dict[str, dict[str, Record]],
) -> list[tuple[str, dict[str, Record]]]:
    """Return the statistics of all readers, and those of pairs, apart where two are all."""
    parted = []
    for readers, statistics in by_readers.items():
        pair = {key: row for key, row in statistics.items() if key in OF_PAIRS}
        rest = {key: row for key, row in statistics.items() if key not in OF_PAIRS}
        parted += [(readers, part) for part in (rest, pair) if part]
    return parted


def _together(row: Record | None, key: str, places: int) -> Cell:
    if row is None:
        return Cell(fmt.ABSENT)
    return Cell(interval(row, 2) if key in RATIOS else fmt.number(row["estimate"], places))
