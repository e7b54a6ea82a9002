"""One statistic of agreement with its 95% confidence interval, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2
ONE_READER = "one reader; agreement needs two"


@dataclass(frozen=True)
class Estimate:
    """An estimate and its 95% limits; NaN with a ``warning`` that says why."""

    value: float
    ci_low: float = np.nan
    ci_high: float = np.nan
    warning: str = ""


def not_computed(reason: str) -> Estimate:
    """Return an estimate that could not be computed, and why."""
    return Estimate(np.nan, warning=f"not computed: {reason}")
