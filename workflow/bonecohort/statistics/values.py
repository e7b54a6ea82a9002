"""Preparing columns for tests: numbers, ties and constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIE_DIGITS = 12
"""Significant digits on which values are ranked: far beyond any reading, short of a double's."""


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """Return the non-missing values of a column as floats; text that is no number raises."""
    return pd.to_numeric(column).dropna().to_numpy(dtype=np.float64)


def ranked_precision(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round values to 12 significant digits.

    Ratios that are equal on paper (3.6/30 and 4.8/40) may differ in a double's last bit, which
    would break a tie.
    """
    return np.array([float(f"{value:.{TIE_DIGITS}g}") for value in values], dtype=np.float64)


def is_constant(values: NDArray[np.float64]) -> bool:
    """Return whether all values are equal (to 12 significant digits); an empty array is.

    So are values whose spread is so small that a double holds no square of it.
    """
    return np.unique(ranked_precision(values)).size <= 1 or float(np.ptp(values)) ** 2 == 0


def joined(*warnings: str) -> str:
    """Join the non-empty, distinct warnings into one text."""
    return "; ".join(dict.fromkeys(text for text in warnings if text))
