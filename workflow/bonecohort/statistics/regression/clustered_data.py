"""The rows of a regression of nested sites, and why it cannot be fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bonecohort.statistics.regression.logistic import separating_terms
from bonecohort.statistics.site_name import SITE, SiteName
from bonecohort.statistics.values import is_constant
from bonecohort.study.collinearity import TAKES_PART, collinear_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Family = Literal["linear", "logistic"]
VANISHING_SHARE = 1e-9
"""Share of a direction's information below which the other participants hold none of it."""


@dataclass(frozen=True)
class ClusteredData:
    """One regression's complete rows.

    ``outcome`` holds numbers, or 0 and 1, shape (n,); ``design`` the terms without intercept,
    shape (n, terms); ``participants`` an integer a row, equal within a participant and ascending.
    """

    outcome: NDArray[np.float64]
    design: NDArray[np.float64]
    participants: NDArray[np.int64]
    terms: tuple[str, ...]
    family: Family
    site: SiteName = SITE

    @property
    def n_participants(self) -> int:
        """How many participants have a row."""
        return np.unique(self.participants).size

    def standardized(self) -> ClusteredData:
        """Return the data with a column of ones, standardized terms and, if linear, outcome."""
        terms = (self.design - self.design.mean(axis=0)) / self.design.std(axis=0)
        outcome = self.outcome
        if self.family == "linear":
            outcome = (outcome - outcome.mean()) / outcome.std()
        design = np.column_stack([np.ones(outcome.size), terms])
        return ClusteredData(outcome, design, self.participants, self.terms, self.family, self.site)


def why_no_fit(data: ClusteredData) -> str:
    """Return why no regression can be fitted, or an empty text."""
    n, participants, parameters = data.outcome.size, data.n_participants, len(data.terms) + 1
    if n == 0:
        return f"not fitted: no {data.site.one} has all the values"
    if is_constant(data.outcome):
        return f"not fitted: the outcome is {data.outcome[0]:g} in all {n} {data.site.many}"
    if participants <= parameters:
        return f"not fitted: {participants} participants for {parameters} parameters"
    return _why_no_terms(data)


def _why_no_terms(data: ClusteredData) -> str:
    named = list(zip(data.terms, data.design.T, strict=True))
    if constant := [term for term, column in named if is_constant(column)]:
        only = f"one value only among the {data.outcome.size} {data.site.many}"
        return f"not fitted: {', '.join(constant)} has {only}"
    design = data.standardized().design
    if collinear := collinear_terms(design, data.terms):
        return f"not fitted: the terms are collinear: {', '.join(collinear)}"
    if data.family == "linear":
        return ""
    separating = _separating(data.outcome, design, data.terms)
    if not separating:
        return ""
    kind = "separated (completely or quasi-completely)"
    return f"not fitted: the outcome is {kind} by {', '.join(separating)}, so there is no estimate"


def _separating(
    outcome: NDArray[np.float64], design: NDArray[np.float64], terms: Sequence[str]
) -> list[str]:
    different = np.unique(np.column_stack([outcome, design]), axis=0)  # repeats add nothing
    return separating_terms(different[:, 0] > 0, different[:, 1:], terms)


def carried_by_one(scaled: ClusteredData) -> list[str]:
    """Return the terms that could not be estimated without one of the participants.

    Such a participant's residuals vanish, and any sandwich of them with it. Leaving participant i
    out makes X'X − Xᵢ'Xᵢ singular; the terms are those of its null direction.
    """
    starts = np.flatnonzero(np.diff(scaled.participants, prepend=-1))
    rows = scaled.design[:, :, np.newaxis] * scaled.design[:, np.newaxis, :]
    inverse = np.linalg.inv(np.linalg.cholesky(rows.sum(axis=0)))
    others = rows.sum(axis=0) - np.add.reduceat(rows, starts, axis=0)
    shares, directions = np.linalg.eigh(inverse @ others @ inverse.T)
    alone = np.flatnonzero(shares[:, 0] < VANISHING_SHARE)
    if not alone.size:
        return []
    return _taking_part(inverse.T @ directions[alone[0], :, 0], scaled.terms)


def without_variance(
    robust: NDArray[np.float64], naive: NDArray[np.float64], terms: Sequence[str]
) -> list[str]:
    """Return the terms whose robust variance vanishes beside the naive one.

    It does where the residuals of each participant cancel, as those of two levels that are
    affected in the same participants do in the difference of the two.

    Parameters
    ----------
    robust, naive
        Covariances of the intercept and the slopes, shape (1 + terms, 1 + terms).
    """
    inverse = np.linalg.inv(np.linalg.cholesky(naive[1:, 1:]))
    shares, directions = np.linalg.eigh(inverse @ robust[1:, 1:] @ inverse.T)
    if shares[0] > VANISHING_SHARE:
        return []
    return _taking_part(np.concatenate([[0.0], inverse.T @ directions[:, 0]]), terms)


def _taking_part(direction: NDArray[np.float64], terms: Sequence[str]) -> list[str]:
    """Return the terms that a direction of intercept and slopes moves along."""
    weights = np.abs(direction)[1:]
    return [
        term
        for term, weight in zip(terms, weights, strict=True)
        if weight > TAKES_PART * weights.max()
    ]
