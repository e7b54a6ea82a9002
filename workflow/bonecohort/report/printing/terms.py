"""The terms of the regression models: their variable and category, and the units of a ratio."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt

if TYPE_CHECKING:
    from bonecohort.report.records import Record

MODELS = ("univariate", "multivariable")
CATEGORY_TERM = re.compile(r"^(?P<variable>.+)\[(?P<category>.+)\]$")


def ratio_of_units(row: Record, units: int) -> str:
    """Return the odds ratio of several units: each per-unit figure to their power."""
    figures = (row["odds_ratio"], row["ci_low"], row["ci_high"])
    if any(figure is None or math.isnan(figure) for figure in figures):
        return fmt.ABSENT
    return fmt.ratio_interval(*(math.inf if f > 1e30 else f**units for f in figures))
