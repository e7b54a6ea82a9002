"""How estimates at the level of vertebrae are printed: what they compare, per ten HU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.groupings import group_words
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.estimates import interval
from bonecohort.report.printing.terms import CATEGORY_TERM, ratio_of_units
from bonecohort.report.records import Record, text_of

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

HU = "hu"
SLOPE_DECIMALS = 4
TEN = 10
"""HU that slopes and odds ratios are printed for: one is little."""


def contrast(row: Record, settings: Settings, printer: Printer) -> str:
    """Name what a vertebra-level estimate compares: two groups, or ten HU."""
    match = CATEGORY_TERM.match(row["term"])
    if not match:
        if row["term"] == HU:
            return f"per {TEN} HU"
        return f"{labels.in_sentence(printer.label(row['term']))}, joint test"
    first, second = group_words(
        match["variable"], (match["category"], text_of(row, "reference")), settings, printer
    )
    return f"{first} vs. {second}"


def estimate_text(row: Record, printer: Printer) -> str:
    """Print a vertebra-level estimate: a difference, a slope per ten HU, or an odds ratio."""
    if not row:
        return fmt.ABSENT
    per_ten = row["term"] == HU
    if text_of(row, "model") == "logistic":
        return f"OR {ratio_of_units(row, TEN)}" if per_ten else f"OR {_odds(row)}"
    if per_ten:
        return interval(row, SLOPE_DECIMALS, times=TEN)
    return interval(row, printer.decimals(row["outcome"]) + 1)


def _odds(row: Record) -> str:
    return fmt.ratio_interval(row["odds_ratio"], row["ci_low"], row["ci_high"])
