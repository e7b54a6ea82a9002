"""Calibration of predicted probabilities: intercept, slope, Hosmer-Lemeshow, curves, Brier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit
from statsmodels.nonparametric.smoothers_lowess import lowess

from bonecohort.statistics.effects.proportions import wilson_interval
from bonecohort.statistics.regression.logistic import Coefficient, fit_logistic, wald
from bonecohort.statistics.values import ranked_precision

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_GROUPS = 10
FEWEST_GROUPS = 3
LOWESS_SPAN = 2 / 3
MOST_CURVE_POINTS = 100


@dataclass(frozen=True)
class HosmerLemeshow:
    """Chi-square over groups of predicted risk; df is groups − 2."""

    statistic: float = np.nan
    df: float = np.nan
    p_value: float = np.nan
    groups: int = 0
    warning: str = ""


@dataclass(frozen=True)
class Brier:
    """Mean squared error, that of the constant prediction, and 1 − their ratio."""

    score: float
    of_constant: float
    scaled: float


def brier(probabilities: NDArray[np.float64], events: NDArray[np.bool_]) -> Brier:
    """Return the Brier score and its scaled form (Steyerberg et al., Epidemiology 2010;21:128)."""
    score = float(np.mean((events - probabilities) ** 2))
    constant = float(events.mean() * (1 - events.mean()))
    return Brier(score, constant, 1 - score / constant if constant else np.nan)


def calibration_intercept(log_odds: NDArray[np.float64], events: NDArray[np.bool_]) -> Coefficient:
    """Return calibration in the large: the intercept with the log odds as an offset.

    Cox, Biometrika 1958;45:562. 0 when as many events are predicted as happened.
    """
    if events.all() or not events.any():
        return Coefficient()
    # the intercept lies where every probability passes through the observed share
    share = np.log(events.mean() / (1 - events.mean()))
    bracket = share - log_odds.max() - 1, share - log_odds.min() + 1
    intercept = float(
        brentq(lambda shift: float(np.sum(expit(log_odds + shift) - events)), *bracket, xtol=1e-14)
    )
    probabilities = expit(log_odds + intercept)
    return wald(intercept, float(np.sum(probabilities * (1 - probabilities)) ** -0.5))


def calibration_slope(
    log_odds: NDArray[np.float64], events: NDArray[np.bool_]
) -> tuple[Coefficient, str]:
    """Return the slope of the outcome on the log odds, and why there is none."""
    if np.unique(ranked_precision(log_odds)).size < 2:
        return Coefficient(), "no calibration slope: all predictions are equal"
    fit = fit_logistic(events, log_odds[:, np.newaxis], ["predicted log odds"])
    return fit.slopes[0], fit.warning


def risk_groups(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return each row's group of predicted risk, numbered from 0, shape (n,).

    Groups are cut at the deciles (type 7), a value at a cut belonging to the lower group. Tied
    predictions stay together; ten distinct ones or fewer are a group each.
    """
    values = ranked_precision(probabilities)
    distinct, place = np.unique(values, return_inverse=True)
    if distinct.size <= N_GROUPS:
        return place
    deciles = ranked_precision(np.quantile(values, np.linspace(0, 1, N_GROUPS + 1)))
    group = np.searchsorted(np.unique(deciles)[1:-1], values, side="left")
    return np.unique(group, return_inverse=True)[1]


def hosmer_lemeshow(
    probabilities: NDArray[np.float64], events: NDArray[np.bool_]
) -> HosmerLemeshow:
    """Test calibration over deciles of risk (Hosmer and Lemeshow, Commun Stat 1980;9:1043).

    It depends on how groups are cut, has little power in small samples and rejects trifles in large
    ones: a curve shows more.
    """
    group = risk_groups(probabilities)
    groups = int(group.max()) + 1
    if groups < FEWEST_GROUPS:
        return HosmerLemeshow(
            groups=groups,
            warning=f"no Hosmer-Lemeshow test: {groups} groups of distinct predictions",
        )
    size = np.bincount(group)
    observed = np.bincount(group, weights=events)
    expected = np.bincount(group, weights=probabilities)
    parts = (observed - expected) ** 2 * (1 / expected + 1 / (size - expected))
    statistic = float(parts.sum())
    small = int((np.minimum(expected, size - expected) < 5).sum())
    warning = f"{small} of {groups} Hosmer-Lemeshow groups expect fewer than 5 cases of an outcome"
    return HosmerLemeshow(
        statistic,
        groups - 2,
        float(stats.chi2.sf(statistic, groups - 2)),
        groups,
        warning if small else "",
    )


def calibration_groups(
    probabilities: NDArray[np.float64], events: NDArray[np.bool_]
) -> pd.DataFrame:
    """Return mean predicted and observed risk of each group, with Wilson's 95% limits."""
    group = risk_groups(probabilities)
    size, observed = np.bincount(group), np.bincount(group, weights=events).astype(int)
    limits = [wilson_interval(*pair) for pair in zip(observed, size, strict=True)]
    return pd.DataFrame(
        {
            "curve": "groups",
            "point": np.arange(1, size.size + 1),
            "n": size,
            "events": observed,
            "predicted": np.bincount(group, weights=probabilities) / size,
            "observed": observed / size,
            "ci_low": [low for low, _ in limits],
            "ci_high": [high for _, high in limits],
        }
    )


def calibration_curve(
    probabilities: NDArray[np.float64], events: NDArray[np.bool_]
) -> pd.DataFrame:
    """Return a smooth calibration curve: lowess of span 2/3, local lines, no robust iterations.

    The span and its use here follow Harrell's ``val.prob``. At most 100 of the distinct
    predictions are kept, evenly by rank; a smoothed risk is not held within 0 and 1.
    """
    order = np.argsort(probabilities, kind="stable")
    predicted, happened = ranked_precision(probabilities[order]), events[order].astype(float)
    distinct = np.unique(predicted)
    if distinct.size < FEWEST_GROUPS:
        return pd.DataFrame()
    points = min(distinct.size, MOST_CURVE_POINTS)
    wanted = np.arange(points) * (distinct.size - 1) // (points - 1)
    smooth = lowess(happened, predicted, frac=LOWESS_SPAN, it=0, xvals=distinct[wanted])
    return pd.DataFrame(
        {
            "curve": "lowess",
            "point": np.arange(1, wanted.size + 1),
            "predicted": distinct[wanted],
            "observed": smooth,
        }
    )
