"""Intraclass correlation of readers, and the spread of one reader's readings about their mean.

Shrout & Fleiss, Psychol Bull 1979;86:420 name the forms. The intervals are those of McGraw & Wong,
Psychol Methods 1996;1:30, Table 7. For ICC(2,1) they hold Shrout & Fleiss' approximation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bonecohort.statistics.agreement.estimate import TAIL, Estimate, not_computed
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

ICC_FORMS = ("icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k")
"""First number: one-way (1), two-way random (2) or two-way mixed (3). Second: a single reader (1)
or the mean of k.
"""
SUBJECTS_ALIKE = "what was read does not differ from one to the next"
RANDOM_FORMS = ("icc_2_1", "icc_2_k")
NARROW = "the interval is likely too narrow"
PERFECT = "the readings are all equal, so there is no interval"
SAME_SHIFT = "the readers differ by the same amount everywhere, so there is no interval"
NEGATIVE = "below 0: the readers differ more than what they read"
LARGEST_BIAS_SHARE = 0.2
"""Part of the error variance that lies between readers. Above it the interval of ICC(2,1) no longer
covers 95% (``benchmarks/coverage.py``).
"""
CHANGE = 1.959963984540054 * 2**0.5
"""A change between two readings beyond this many within-subject SDs is real, with 95%."""
DUST = 1e-11
"""A spread smaller than this part of the largest reading is what a double's addition leaves."""


@dataclass(frozen=True)
class MeanSquares:
    """Two-way analysis of variance of n subjects, each read once by every one of k readers."""

    n: int
    k: int
    subjects: float
    readers: float
    residual: float

    @property
    def within(self) -> float:
        """Mean square within subjects (one-way): readers and residual together."""
        residual_df = (self.n - 1) * (self.k - 1)
        squares = (self.k - 1) * self.readers + residual_df * self.residual
        return squares / (self.n * (self.k - 1))


def mean_squares(readings: NDArray[np.float64]) -> MeanSquares:
    """Return the mean squares of readings, shape (subjects, readers), without gaps.

    A mean square that is nothing but rounding is 0.
    """
    n, k = readings.shape
    dust = (DUST * np.abs(readings).max()) ** 2
    centred = readings - readings.mean()
    of_subjects = centred.mean(axis=1, keepdims=True)
    of_readers = centred.mean(axis=0, keepdims=True)
    residual = centred - of_subjects - of_readers
    result = (
        k * float((of_subjects**2).sum()) / (n - 1),
        n * float((of_readers**2).sum()) / (k - 1),
        float((residual**2).sum()) / ((n - 1) * (k - 1)),
    )
    return MeanSquares(n, k, *(0.0 if square <= dust else square for square in result))


def intraclass_correlations(readings: NDArray[np.float64]) -> dict[str, Estimate]:
    """Return every form of :data:`ICC_FORMS` with its 95% interval.

    Parameters
    ----------
    readings
        Shape (subjects, readers), at least 2 × 2, without gaps.
    """
    squares = mean_squares(readings)
    if squares.subjects == 0:
        return dict.fromkeys(ICC_FORMS, not_computed(SUBJECTS_ALIKE))
    values = _values(squares)
    if squares.residual == 0 and squares.readers == 0:
        return {form: Estimate(1.0, warning=PERFECT) for form in ICC_FORMS}
    limits = _random_limits(squares, values["icc_2_1"])
    intervals = {
        "icc_2_1": limits,
        "icc_2_k": (_of_mean(limits[0], squares.k), _of_mean(limits[1], squares.k)),
        **_f_limits(squares, "1", squares.within, squares.n * (squares.k - 1)),
        **_f_limits(squares, "3", squares.residual, (squares.n - 1) * (squares.k - 1)),
    }
    remarks = {
        form: joined(
            _remark(values[form], intervals[form][0]),
            _bias_remark(squares) if form in RANDOM_FORMS else "",
        )
        for form in ICC_FORMS
    }
    return {form: Estimate(values[form], *intervals[form], remarks[form]) for form in ICC_FORMS}


def _remark(icc: float, ci_low: float) -> str:
    if np.isnan(ci_low):
        return SAME_SHIFT
    return NEGATIVE if icc < 0 else ""


def _bias_remark(squares: MeanSquares) -> str:
    """Warn when the readers' bias is too large a part of the error for so few readers."""
    between = max(squares.readers - squares.residual, 0.0) / squares.n
    if between <= LARGEST_BIAS_SHARE * (between + squares.residual):
        return ""
    return (
        f"the bias between readers is large, and {squares.k} readers say little about it: {NARROW}"
    )


def _values(squares: MeanSquares) -> dict[str, float]:
    n, k = squares.n, squares.k
    signal = squares.subjects - squares.residual
    bias = (squares.readers - squares.residual) / n
    beyond_readers = squares.subjects - squares.within
    return {
        "icc_1_1": beyond_readers / (squares.subjects + (k - 1) * squares.within),
        "icc_2_1": signal / (squares.subjects + (k - 1) * squares.residual + k * bias),
        "icc_3_1": signal / (squares.subjects + (k - 1) * squares.residual),
        "icc_1_k": beyond_readers / squares.subjects,
        "icc_2_k": signal / (squares.subjects + bias),
        "icc_3_k": signal / squares.subjects,
    }


def _f_limits(
    squares: MeanSquares, form: str, error: float, error_df: int
) -> dict[str, tuple[float, float]]:
    """Return the limits of the one-way (1) or mixed (3) forms, whose error has one mean square."""
    single, mean = f"icc_{form}_1", f"icc_{form}_k"
    if error == 0:
        return dict.fromkeys((single, mean), (np.nan, np.nan))
    df, k = squares.n - 1, squares.k
    ratio = squares.subjects / error
    low = ratio / float(stats.f.isf(TAIL, df, error_df))
    high = ratio * float(stats.f.isf(TAIL, error_df, df))
    return {
        single: ((low - 1) / (low + k - 1), (high - 1) / (high + k - 1)),
        mean: (1 - 1 / low, 1 - 1 / high),
    }


def _random_limits(squares: MeanSquares, icc: float) -> tuple[float, float]:
    n, k = squares.n, squares.k
    readers = k * icc / (n * (1 - icc)) * squares.readers
    residual = (1 + k * icc * (n - 1) / (n * (1 - icc))) * squares.residual
    df = (readers + residual) ** 2 / (
        readers**2 / (k - 1) + residual**2 / ((n - 1) * (k - 1))
    )  # Satterthwaite's
    lower_f, upper_f = (float(stats.f.isf(TAIL, *dfs)) for dfs in ((n - 1, df), (df, n - 1)))
    noise = k * squares.readers + (k * n - k - n) * squares.residual
    low = n * (squares.subjects - lower_f * squares.residual)
    high = n * (upper_f * squares.subjects - squares.residual)
    return (
        low / (lower_f * noise + n * squares.subjects),
        high / (noise + n * upper_f * squares.subjects),
    )


def _of_mean(icc: float, k: int) -> float:
    """Return the ICC of the mean of k readers from a single reader's (Spearman & Brown)."""
    return k * icc / (1 + (k - 1) * icc)


def within_subject_spread(readings: NDArray[np.float64]) -> dict[str, Estimate]:
    """Return the within-subject SD and the least significant change, in the readings' unit.

    The SD is the root of the one-way mean square within subjects, so a reader's bias counts (Bland
    & Altman, BMJ 1996;313:744). It is the RMS SD of Glüer, Osteoporos Int 1995;5:262. It has his
    interval by chi-square of n(k − 1) degrees of freedom. The least significant change is 1.96 √2
    of it.
    """
    squares = mean_squares(readings)
    df = squares.n * (squares.k - 1)
    spread = float(np.sqrt(squares.within))
    if spread == 0:
        result = Estimate(0.0, warning=PERFECT)
        return {"within_subject_sd": result, "least_significant_change": result}
    low, high = (spread * float(np.sqrt(df / stats.chi2.isf(p, df))) for p in (TAIL, 1 - TAIL))
    return {
        "within_subject_sd": Estimate(spread, low, high),
        "least_significant_change": Estimate(CHANGE * spread, CHANGE * low, CHANGE * high),
    }
