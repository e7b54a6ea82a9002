"""Agreement of readers on categories: percent agreement and kappas.

The variance of a kappa is that of Fleiss, Cohen & Everitt, Psychol Bull 1969;72:323. The
``cohens_kappa`` of statsmodels has it too, but divides by zero where a reader used one category.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from statsmodels.stats.inter_rater import fleiss_kappa

from bonecohort.statistics.agreement.estimate import TAIL, Estimate, not_computed
from bonecohort.statistics.effects.proportions import wilson_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE_CATEGORY = "every reading is the same category"
PERFECT = "the readers agree on everything, so there is no interval"
ONE_READER_ONE_CATEGORY = (
    "one reader used one category only, which makes kappa 0; there is no interval"
)
NO_FLEISS_INTERVAL = "no interval is computed for Fleiss’ kappa"
POWERS = {"cohen_kappa": 0, "weighted_kappa_linear": 1, "weighted_kappa_quadratic": 2}
"""Kappas by the power with which a disagreement's distance counts; 0, all alike."""


def two_reader_kappas(
    first: NDArray[np.intp], second: NDArray[np.intp], n_categories: int, *, ordered: bool
) -> dict[str, Estimate]:
    """Return percent agreement (Wilson's interval) and Cohen's kappa of two readers.

    Parameters
    ----------
    first, second
        Category numbers 0 … ``n_categories`` − 1, a pair a subject.
    ordered
        Whether to add the kappas with linear and quadratic weights.
    """
    n, agreed = len(first), int((first == second).sum())
    low, high = wilson_interval(agreed, n)
    result = {"percent_agreement": Estimate(100 * agreed / n, 100 * low, 100 * high)}
    table = np.zeros((n_categories, n_categories), dtype=np.intp)
    np.add.at(table, (first, second), 1)
    for name, power in POWERS.items():
        if ordered or power == 0:
            result[name] = _kappa(table, power)
    return result


def _kappa(table: NDArray[np.intp], power: int) -> Estimate:
    """Return kappa of a table of counts, first reader × second.

    A pair of categories weighs 1 − (distance / largest distance)^power; power 0 weighs agreement
    alone.
    """
    on_diagonal = np.diag(table)
    if on_diagonal.max() == table.sum():
        return not_computed(ONE_CATEGORY)
    if on_diagonal.sum() == table.sum():
        return Estimate(1.0, warning=PERFECT)
    n, numbers = table.sum(), np.arange(len(table))
    distance = np.abs(numbers[:, None] - numbers)
    weights = 1.0 * (distance == 0) if power == 0 else 1 - (distance / distance.max()) ** power
    shares = table / n
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    by_chance = float((weights * np.outer(first, second)).sum())
    kappa = (float((weights * shares).sum()) - by_chance) / (1 - by_chance)
    if max(first.max(), second.max()) == 1:
        return Estimate(kappa, warning=ONE_READER_ONE_CATEGORY)
    margins = (weights @ second)[:, None] + first @ weights
    spread = float((shares * (weights - margins * (1 - kappa)) ** 2).sum())
    variance = (spread - (kappa - by_chance * (1 - kappa)) ** 2) / (n * (1 - by_chance) ** 2)
    half_width = float(stats.norm.isf(TAIL) * np.sqrt(max(variance, 0.0)))
    return Estimate(kappa, max(kappa - half_width, -1.0), min(kappa + half_width, 1.0))


def all_readers_kappa(categories: NDArray[np.intp], n_categories: int) -> Estimate:
    """Return Fleiss' kappa of several readers; ``categories`` has shape (subjects, readers)."""
    if (categories == categories[0, 0]).all():
        return not_computed(ONE_CATEGORY)
    counts = np.stack(
        [(categories == number).sum(axis=1) for number in range(n_categories)], axis=1
    )
    return Estimate(float(fleiss_kappa(counts)), warning=NO_FLEISS_INTERVAL)
