"""A linear mixed model with a random intercept a participant, by restricted likelihood.

statsmodels' ``MixedLM`` gives slopes a covariance that mixes in that of the variances, and normal
limits. Here it is (X'V⁻¹X)⁻¹ with Satterthwaite's degrees of freedom, as R's ``lmerTest``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from bonecohort.statistics.regression.clustered_data import why_no_fit
from bonecohort.statistics.regression.linear import student
from bonecohort.statistics.regression.logistic import Coefficient

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.statistics.regression.clustered_data import ClusteredData

LARGEST_RATIO = 1e8
"""Of the variance between participants to that within, beyond which sites of one are equal."""
NONE_BETWEEN = "no variance between participants: as least squares"


@dataclass(frozen=True)
class MixedFit:
    """Slopes in the order of the terms, and the variances; NaN where ``reason`` says why.

    ``df`` are Satterthwaite's of each slope. Variances are in the outcome's unit squared;
    ``icc`` is the share of the two that is between participants.
    """

    slopes: tuple[Coefficient, ...]
    df: tuple[float, ...] = ()
    intercept: Coefficient | None = None
    variance_between: float = np.nan
    variance_within: float = np.nan
    icc: float = np.nan
    warning: str = ""
    reason: str = ""


@dataclass(frozen=True, eq=False)
class _Model:
    """Outcome, design with intercept and participants 0 … G − 1; V = within·I + between·ZZ'."""

    y: NDArray[np.float64]
    x: NDArray[np.float64]
    groups: NDArray[np.int64]
    sizes: NDArray[np.int64]

    def summed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ZZ' times columns: each site's participant's sum."""
        sums = np.zeros((self.sizes.size, *values.shape[1:]))
        np.add.at(sums, self.groups, values)
        return sums[self.groups]

    def whitened(
        self, values: NDArray[np.float64], between: float, within: float
    ) -> NDArray[np.float64]:
        """Return V⁻¹ times columns."""
        weight = (between / (within + between * self.sizes))[self.groups]
        spread = weight if values.ndim == 1 else weight[:, np.newaxis]
        return (values - spread * self.summed(values)) / within


def fit_mixed(data: ClusteredData) -> MixedFit:
    """Fit a random intercept a participant by restricted maximum likelihood.

    Laird & Ware, Biometrics 1982;38:963; limits and p of Student's t with Satterthwaite's degrees
    of freedom (Kuznetsova et al., J Stat Softw 2017;82(13)). Slopes are conditional on the
    participant, which for a linear model are those of the population too.
    """
    if data.family != "linear":
        return _no_fit(data, "not fitted: a mixed model of a continuous outcome only")
    if reason := why_no_fit(data):
        return _no_fit(data, reason)
    if data.n_participants == data.outcome.size:
        return _no_fit(data, f"not fitted: every participant has one {data.site.one}")
    scaled = data.standardized()
    groups = np.unique(data.participants, return_inverse=True)[1].astype(np.int64)
    model = _Model(scaled.outcome, scaled.design, groups, np.bincount(groups))
    ratio = _variance_ratio(model)
    if ratio is None:
        return _no_fit(data, f"not fitted: the {data.site.many} of each participant are equal")
    within = _quadratic(model, ratio) / (model.y.size - model.x.shape[1])
    between = ratio * within
    estimates, covariance = _slopes(model, between, within)
    df = (
        _satterthwaite(model, between, within, covariance)
        if ratio > 0
        else np.full(estimates.size, float(model.y.size - estimates.size))
    )
    fit = _put_back(data, estimates, covariance, df)
    unit = float(data.outcome.var())
    return replace(
        fit,
        variance_between=between * unit,
        variance_within=within * unit,
        icc=ratio / (1 + ratio),
        warning="" if ratio > 0 else NONE_BETWEEN,
    )


def _slopes(
    model: _Model, between: float, within: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    white = model.whitened(model.x, between, within)
    covariance = np.asarray(np.linalg.inv(white.T @ model.x), dtype=np.float64)
    return covariance @ (white.T @ model.y), covariance


def _residual(model: _Model, between: float, within: float) -> NDArray[np.float64]:
    """Return Py = V⁻¹(y − Xβ)."""
    estimates, _ = _slopes(model, between, within)
    return model.whitened(model.y - model.x @ estimates, between, within)


def _quadratic(model: _Model, ratio: float) -> float:
    """Return y'Py of V in units of the variance within."""
    return float(model.y @ _residual(model, ratio, 1.0))


def _variance_ratio(model: _Model) -> float | None:
    """Return the ratio of variances where the profiled restricted likelihood is highest.

    0 where it falls from there on; None where it rises without end.
    """
    n_free = model.y.size - model.x.shape[1]

    def rise(ratio: float) -> float:
        white = model.whitened(model.x, ratio, 1.0)
        inner = np.linalg.inv(white.T @ model.x)
        trace = float((model.sizes / (1 + ratio * model.sizes)).sum())
        trace -= float(np.trace(inner @ (white.T @ model.summed(white))))
        u = _residual(model, ratio, 1.0)
        fitted = float(u @ model.summed(u)) / float(model.y @ u)
        return float(fitted * n_free - trace)

    if rise(0.0) <= 0:
        return 0.0
    high = 1.0
    while rise(high) > 0:
        high *= 10
        if high > LARGEST_RATIO:
            return None
    return float(optimize.brentq(rise, 0.0, high, xtol=1e-14, rtol=1e-14))


def _satterthwaite(
    model: _Model, between: float, within: float, covariance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return 2·var² / (g'Ag) of every estimate.

    g is the gradient of its variance by the two variances, A the inverse of the observed
    information of these.
    """

    def times(which: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return model.summed(values) if which == 0 else values

    white = model.whitened(model.x, between, within)
    moved = [times(i, white) for i in (0, 1)]
    inner = [white.T @ columns for columns in moved]
    largest = within + between * model.sizes
    traces = {
        (0, 0): float((model.sizes**2 / largest**2).sum()),
        (0, 1): float((model.sizes / largest**2).sum()),
        (1, 1): float((1 / largest**2 + (model.sizes - 1) / within**2).sum()),
    }
    u = _residual(model, between, within)
    information = np.empty((2, 2))
    for (i, j), trace in traces.items():
        crossed = moved[i].T @ model.whitened(moved[j], between, within)
        trace_p = trace - 2 * float(np.trace(covariance @ crossed))
        trace_p += float(np.trace(covariance @ inner[i] @ covariance @ inner[j]))
        a, b = times(i, u), model.whitened(times(j, u), between, within)
        projected = float(a @ b) - float((a @ white) @ covariance @ (white.T @ times(j, u)))
        information[i, j] = information[j, i] = projected - trace_p / 2
    gradients = np.array([np.diag(covariance @ of_one @ covariance) for of_one in inner])
    spread = np.einsum("ik,ij,jk->k", gradients, np.linalg.inv(information), gradients)
    return np.asarray(2 * np.diag(covariance) ** 2 / spread, dtype=np.float64)


def _put_back(
    data: ClusteredData,
    estimates: NDArray[np.float64],
    covariance: NDArray[np.float64],
    df: NDArray[np.float64],
) -> MixedFit:
    """Turn estimates of standardized columns into those of the columns as they are.

    The intercept has no limits: its degrees of freedom are those of the standardized one's.
    """
    unit, scale = data.outcome.std(), data.design.std(axis=0)
    slopes = tuple(
        student(float(b), float(se), float(free))
        for b, se, free in zip(
            estimates[1:] * unit / scale,
            np.sqrt(np.diag(covariance))[1:] * unit / scale,
            df[1:],
            strict=True,
        )
    )
    change = np.concatenate([[1.0], -data.design.mean(axis=0) / scale]) * unit
    intercept = Coefficient(
        float(data.outcome.mean() + change @ estimates),
        float(np.sqrt(change @ covariance @ change)),
    )
    return MixedFit(slopes, tuple(df[1:].tolist()), intercept)


def _no_fit(data: ClusteredData, reason: str) -> MixedFit:
    return MixedFit(tuple(Coefficient() for _ in data.terms), reason=reason)
