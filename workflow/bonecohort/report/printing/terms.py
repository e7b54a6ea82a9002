"""The terms of the regression models: their variable and category, and the units of a ratio."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.records import Record

MODELS = ("univariate", "multivariable")
TEN = 10
CATEGORY_TERM = re.compile(r"^(?P<variable>.+)\[(?P<category>.+)\]$")


def is_printed_per_ten(factor: str, printer: Printer) -> bool:
    """Return whether a factor's single unit is small: age in years, and Hounsfield units."""
    return factor == "age_years" or printer.unit(factor) == "HU"


def per_ten_units(row: Record) -> str:
    """Return the odds ratio of ten units: each per-unit figure to the tenth power."""
    figures = (row["odds_ratio"], row["ci_low"], row["ci_high"])
    if any(figure is None or math.isnan(figure) for figure in figures):
        return fmt.ABSENT
    return fmt.ratio_interval(*(math.inf if f > 1e30 else f**TEN for f in figures))
