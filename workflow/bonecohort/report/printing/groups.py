"""What the tables and sentences that compare groups share: sizes, tests and descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.records import Record, text_of
from bonecohort.statistics.variables import group_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from bonecohort.report.printing.printer import Printer


def test_words(record: Record) -> str:
    """Return the printed name of a row's test, or its name in the file."""
    name = text_of(record, "test")
    return labels.TESTS.get(name, name)


def description(record: Record, suffix: str, printer: Printer) -> str:
    """Print a continuous variable of one group: mean ± SD, or median with the quartiles.

    ``suffix`` is the end of the statistics' column names: ``1``, ``2``, … or ``total``.
    """
    name = record["variable"]
    places = printer.decimals(name)
    if printer.has_median(name):
        first, median, third = (record[f"{part}_{suffix}"] for part in ("q1", "median", "q3"))
        return fmt.median_quartiles(first, median, third, places)
    return fmt.mean_sd(record[f"mean_{suffix}"], record[f"sd_{suffix}"], places)


def only_test(shown: Iterable[Record]) -> str:
    """Return the printed name of the test when all rows share one, else the empty string."""
    tests = {test_words(record) for record in shown}
    return tests.pop() if len(tests) == 1 else ""


def group_sizes(participants: pd.DataFrame, name: str, printer: Printer) -> tuple[int, ...]:
    """Return how many participants are in each group of a variable, yes before no."""
    groups = group_order(printer.variables[name])
    if name not in participants:
        return (0,) * len(groups)
    return tuple(int((participants[name] == group).sum()) for group in groups)


def ordered_categories(name: str, result: Iterable[str], printer: Printer) -> list[str]:
    """Return the categories in the declared order, undeclared ones after them."""
    declared = printer.own[name].levels if name in printer.own else ()
    present = list(dict.fromkeys(result))
    return [c for c in declared if c in present] + [c for c in present if c not in declared]
