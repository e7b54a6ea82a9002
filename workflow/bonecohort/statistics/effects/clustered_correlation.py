"""Correlation of two variables measured at several sites of each participant.

Sites of one participant are not independent, and one scatter holds two questions. One is whether
participants with high x have high y, the other whether sites of one participant do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bonecohort.statistics.effects.correlation import (
    VANISHING,
    Correlation,
    midranks,
    why_not_correlated,
    with_t_test,
)
from bonecohort.statistics.effects.correlation_influence import (
    influence_of_sites,
    influence_through_ranks,
    with_participants_as_units,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.effects.correlation import CorrelationMethod

Among = Literal["total", "within", "between"]
AMONG: tuple[Among, ...] = ("total", "within", "between")
LEAST_PARTICIPANTS = 3
"""Participants below which nothing is computed; every covariate asks for one more."""
SAME = {
    "within": "{} is the same at all sites of each",
    "between": "all participants have the same mean",
}


@dataclass(frozen=True)
class NestedValues:
    """What is correlated: values of sites, and whose they are.

    Attributes
    ----------
    columns
        x, y and the covariates, shape (sites, 2 + covariates), none missing.
    participants
        An integer a site, equal within a participant, shape (sites,).
    names
        Names of the columns, for warnings.
    """

    columns: NDArray[np.float64]
    participants: NDArray[np.int64]
    names: Sequence[str]


def correlate_sites(
    values: NestedValues, among: Among, method: CorrelationMethod = "pearson"
) -> Correlation:
    """Return the correlation of x and y, the covariates' linear effect taken out of both.

    ``total`` is of all sites. ``within`` is of the deviations from each participant's means
    (Bland & Altman, BMJ 1995;310:446), ``between`` of these means, weighted by the numbers of
    sites (BMJ 1995;310:633). Spearman's is the same of the midranks of all sites, covariates
    ranked too. A covariate that is the same at all sites of each participant changes nothing
    within them.

    Pearson's within and between participants have limits of Fisher's z and p of Student's t, with
    sites − participants − 1 and participants − 2 degrees of freedom (Bakdash & Marusich, Front
    Psychol 2017;8:456), less one a covariate. All others take participants as the independent
    units (:func:`~.correlation_influence.with_participants_as_units`).
    """
    if reason := _why_not_correlated(values):
        return Correlation(warning=reason)
    ranks = method == "spearman"
    columns = np.apply_along_axis(midranks, 0, values.columns) if ranks else values.columns
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    part = _part(standard, values.participants, among)
    pair, covariates = part[:, :2], part[:, 2:]
    df = _free(covariates, values.participants, among)
    slopes = np.linalg.lstsq(covariates, pair)[0].astype(np.float64)
    left = pair - covariates @ slopes
    if reason := _why_nothing_left(pair, left, df, values.names, among):
        return Correlation(warning=reason)
    spread = np.sqrt((left**2).mean(axis=0))
    r = float(np.clip((left / spread).prod(axis=1).mean(), -1.0, 1.0))
    if among != "total" and not ranks:
        return with_t_test(r, df)
    influence = influence_of_sites(left / spread, r)
    if ranks:
        influence += influence_through_ranks(columns, left, slopes, r)
    return with_participants_as_units(r, influence, values.participants)


def _part(
    columns: NDArray[np.float64], participants: NDArray[np.int64], among: Among
) -> NDArray[np.float64]:
    """Return what centred columns are among all sites, within or between participants."""
    if among == "total":
        return columns
    groups, sizes = np.unique(participants, return_inverse=True, return_counts=True)[1:]
    sums = np.zeros((sizes.size, columns.shape[1]))
    np.add.at(sums, groups, columns)
    means = (sums / sizes[:, np.newaxis])[groups]
    part = means if among == "between" else columns - means
    # What is constant but for rounding must not count as a covariate.
    return np.where((part**2).mean(axis=0) <= VANISHING, 0.0, part)


def _free(covariates: NDArray[np.float64], participants: NDArray[np.int64], among: Among) -> float:
    """Return the degrees of freedom of a t-test."""
    n_sites, n_participants = participants.size, np.unique(participants).size
    taken = np.linalg.matrix_rank(covariates) if covariates.size else 0
    units = {"total": n_sites, "within": n_sites - n_participants + 1, "between": n_participants}
    return float(units[among] - 2 - taken)


def _why_not_correlated(values: NestedValues) -> str:
    n_participants = np.unique(values.participants).size
    least = LEAST_PARTICIPANTS + values.columns.shape[1] - 2
    if n_participants < least:
        return f"not computed: {n_participants} participants, fewer than {least}"
    return why_not_correlated(values.columns, values.names)


def _why_nothing_left(
    pair: NDArray[np.float64],
    left: NDArray[np.float64],
    df: float,
    names: Sequence[str],
    among: Among,
) -> str:
    if df < 1:
        return "not computed: too few participants have several sites"
    for name, own, rest in zip(names, pair.T, left.T, strict=False):
        if own @ own <= VANISHING * own.size:
            return f"not computed: {SAME[among].format(name)}"
        if rest @ rest <= VANISHING * rest.size:
            return f"not computed: the covariates give {name} exactly"
    return ""
