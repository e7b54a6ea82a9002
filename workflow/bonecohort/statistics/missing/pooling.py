"""Rubin's rules: one result from the results of several imputed data sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_MISSING_SHARE = 1e-4
"""Share of variance due to missing values below which the degrees of freedom no longer grow."""


POOLED_TEST = "pooled_t"
"""The test behind a pooled ``p_value``."""


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate with 95% limits and p from Student's t.

    ``fraction_missing_information`` is Rubin's γ, which allows for the number of imputations.
    """

    estimate: float = np.nan
    standard_error: float = np.nan
    df: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    p_value: float = np.nan
    fraction_missing_information: float = np.nan


def pool(
    estimates: NDArray[np.float64], standard_errors: NDArray[np.float64], complete_df: float
) -> Pooled:
    """Pool one coefficient by Rubin's rules with Barnard and Rubin's degrees of freedom.

    Rubin, Multiple Imputation for Nonresponse in Surveys, 1987; Barnard and Rubin, Biometrika
    1999;86:948.

    Parameters
    ----------
    estimates, standard_errors
        One an imputed data set, shape (m,), m at least 2.
    complete_df
        Residual degrees of freedom of the model in a complete data set.
    """
    m = estimates.size
    if m < 2:
        raise ValueError(f"pooling needs two imputed data sets or more, not {m}")
    within, between = float(np.mean(standard_errors**2)), float(np.var(estimates, ddof=1))
    total = within + (1 + 1 / m) * between
    share = max((1 + 1 / m) * between / total, LEAST_MISSING_SHARE)
    of_imputations = (m - 1) / share**2
    of_observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    df = of_imputations * of_observed / (of_imputations + of_observed)
    estimate, error = float(estimates.mean()), float(np.sqrt(total))
    half = float(stats.t.ppf(0.975, df)) * error
    increase = (1 + 1 / m) * between / within
    return Pooled(
        estimate,
        error,
        df,
        estimate - half,
        estimate + half,
        float(2 * stats.t.sf(abs(estimate / error), df)),
        (increase + 2 / (df + 3)) / (increase + 1),
    )
