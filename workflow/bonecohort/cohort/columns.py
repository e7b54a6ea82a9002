"""Columns that the techniques' tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable


def yes_no(values: pd.Series, test: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Return yes or no by a test, missing where the value is missing."""
    answer = pd.Series(np.where(test(values), "yes", "no"), index=values.index, dtype=object)
    return answer.where(values.notna(), None)
