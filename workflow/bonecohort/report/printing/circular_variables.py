"""What is said of a grouping or outcome that the variables compared define."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.statistics.variables import circular

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.report.printing.printer import Printer


def circular_note(split: str, names: Iterable[str], printer: Printer) -> str:
    """Say which comparisons are circular; empty where none is."""
    result = circular(split, dict.fromkeys(names))
    if not result:
        return ""
    named = fmt.joined([labels.in_sentence(printer.label(name)) for name in result])
    split_label = labels.in_sentence(printer.label(split))
    return (
        f"Circular: {split_label} is defined by, or from the same values as, {named}; that these "
        "differ is no finding, and their p values mean nothing."
    )
