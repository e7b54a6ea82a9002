"""Receiver operating characteristic: curve, area with DeLong's interval, Youden's cut.

A score is positive ``below`` or ``above`` a cut, as the caller says. It is never turned round to
make an area larger than one half. Cuts lie midway between neighbouring values, so that no value
equals one. Values are compared to 12 significant digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

from bonecohort.statistics.values import ranked_precision

if TYPE_CHECKING:
    from numpy.typing import NDArray

Direction = Literal["below", "above"]
Z_95 = float(stats.norm.ppf(0.975))
DRAWS_AT_ONCE = 1_000_000
"""Values drawn together in a bootstrap: bounds the memory, not the result."""


@dataclass(frozen=True)
class Auc:
    """Area under the curve with DeLong's standard error and 95% limits, within 0 and 1."""

    auc: float = np.nan
    standard_error: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    warning: str = ""


@dataclass(frozen=True, eq=False)
class RocCurve:
    """Counts at every cut, from ``-inf`` to ``inf``; all arrays have shape (cuts,)."""

    direction: Direction
    cuts: NDArray[np.float64]
    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]
    n_events: int
    n_others: int

    @property
    def sensitivity(self) -> NDArray[np.float64]:
        """Share of the events that are positive."""
        return self.true_positives / self.n_events

    @property
    def specificity(self) -> NDArray[np.float64]:
        """Share of the others that are not."""
        return 1 - self.false_positives / self.n_others


@dataclass(frozen=True)
class YoudenCut:
    """The cut of the largest sensitivity + specificity − 1, and its place on the curve."""

    index: int
    cut: float
    youden_index: float
    warning: str = ""


def why_no_curve(events: NDArray[np.bool_]) -> str:
    """Return why these outcomes give no curve; empty when they do."""
    n_events = int(events.sum())
    if n_events in (0, events.size):
        return f"no curve: {n_events} events among {events.size} rows"
    return ""


def auc_delong(scores: NDArray[np.float64], events: NDArray[np.bool_], direction: Direction) -> Auc:
    """Return the area under the curve with DeLong's interval.

    DeLong et al., Biometrics 1988;44:837, computed by midranks (Sun and Xu, IEEE Signal Process
    Lett 2014;21:1389).

    Parameters
    ----------
    scores, events
        Values and outcomes, shape (n,), none missing.
    direction
        Whether low or high scores speak for an event.
    """
    reason = why_no_curve(events)
    if reason:
        return Auc(warning=reason)
    above_others, below_events = placements(scores, events, direction)
    n_events, n_others = above_others.size, below_events.size
    auc = float(above_others.mean())
    if min(n_events, n_others) < 2:
        return Auc(auc, warning="no interval of the AUC: one outcome was seen only once")
    variance = np.var(above_others, ddof=1) / n_events + np.var(below_events, ddof=1) / n_others
    if variance == 0:
        return Auc(auc, 0.0, warning="no interval of the AUC: the scores part the outcomes wholly")
    error = float(np.sqrt(variance))
    low, high = max(auc - Z_95 * error, 0.0), min(auc + Z_95 * error, 1.0)
    return Auc(auc, error, low, high)


def placements(
    scores: NDArray[np.float64], events: NDArray[np.bool_], direction: Direction
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what share of the others each event lies beyond, and of the events each other before.

    Ties count half. The mean of either is the area under the curve.

    Returns
    -------
    tuple
        Arrays of shape (events,) and (others,).
    """
    oriented = ranked_precision(scores) * (-1 if direction == "below" else 1)
    positive, negative = oriented[events], oriented[~events]
    n_events, n_others = positive.size, negative.size
    ranks = stats.rankdata(np.concatenate([positive, negative]))
    above_others = (ranks[:n_events] - stats.rankdata(positive)) / n_others
    below_events = 1 - (ranks[n_events:] - stats.rankdata(negative)) / n_events
    return above_others, below_events


def roc_curve(
    scores: NDArray[np.float64], events: NDArray[np.bool_], direction: Direction
) -> RocCurve:
    """Return the curve; both outcomes must occur (see :func:`why_no_curve`)."""
    values, place = np.unique(ranked_precision(scores), return_inverse=True)
    events_below = np.cumsum(np.bincount(place[events], minlength=values.size))
    others_below = np.cumsum(np.bincount(place[~events], minlength=values.size))
    true, false = np.insert(events_below, 0, 0), np.insert(others_below, 0, 0)
    if direction == "above":
        true, false = true[-1] - true, false[-1] - false
    cuts = np.concatenate([[-np.inf], (values[:-1] + values[1:]) / 2, [np.inf]])
    n_events = int(events.sum())
    return RocCurve(direction, cuts, true, false, n_events, events.size - n_events)


def youden_cut(curve: RocCurve) -> YoudenCut:
    """Return Youden's cut (Youden, Cancer 1950;3:32); of equally good ones the most sensitive."""
    gain = curve.true_positives * curve.n_others - curve.false_positives * curve.n_events
    best = np.flatnonzero(gain == gain.max())
    index = int(best[-1] if curve.direction == "below" else best[0])
    others = ", ".join(f"{cut:g}" for cut in curve.cuts[best[best != index]])
    if gain.max() == 0:
        warning = "no cut does better than chance"
    else:
        warning = f"as good a Youden index at {others}; the most sensitive is given"
    return YoudenCut(
        index,
        float(curve.cuts[index]),
        float(gain.max() / (curve.n_events * curve.n_others)),
        warning if others else "",
    )


def bootstrap_youden_cut(
    scores: NDArray[np.float64],
    events: NDArray[np.bool_],
    direction: Direction,
    resamples: int,
    seed: int,
) -> NDArray[np.float64]:
    """Return Youden's cut of bootstrap resamples, drawn within each outcome.

    Returns
    -------
    ndarray
        Shape (resamples,); infinite where no cut of the resample does better than chance.
    """
    values, place = np.unique(ranked_precision(scores), return_inverse=True)
    rng = np.random.default_rng(seed)
    rows = max(1, DRAWS_AT_ONCE // events.size)
    sizes = [min(rows, resamples - start) for start in range(0, resamples, rows)]
    return np.concatenate(
        [
            _resampled_cuts(
                values,
                _drawn_counts(rng, place[events], values.size, size),
                _drawn_counts(rng, place[~events], values.size, size),
                direction,
            )
            for size in sizes
        ]
    )


def _drawn_counts(
    rng: np.random.Generator, places: NDArray[np.int64], n_values: int, resamples: int
) -> NDArray[np.int64]:
    """Draw ``places`` with replacement and count each value, shape (resamples, n_values)."""
    drawn = places[rng.integers(places.size, size=(resamples, places.size))]
    flat = (drawn + n_values * np.arange(resamples)[:, np.newaxis]).ravel()
    return np.bincount(flat, minlength=resamples * n_values).reshape(resamples, n_values)


def _resampled_cuts(
    values: NDArray[np.float64],
    events: NDArray[np.int64],
    others: NDArray[np.int64],
    direction: Direction,
) -> NDArray[np.float64]:
    """Return Youden's cut of each row of counts, midway to the next value the row holds."""
    n_events, n_others = events[0].sum(), others[0].sum()
    gain = np.cumsum(events, axis=1) * n_others - np.cumsum(others, axis=1) * n_events
    last = values.size - 1
    if direction == "below":
        best = last - np.argmax(gain[:, ::-1], axis=1)
    else:
        best = np.argmax(-gain, axis=1)
    held = np.where(events + others > 0, np.arange(values.size), values.size)
    following = np.minimum.accumulate(held[:, ::-1], axis=1)[:, ::-1]
    lower = values.size - 1 - np.argmax((held <= best[:, np.newaxis])[:, ::-1], axis=1)
    rows = np.arange(len(best))
    upper = following[rows, np.minimum(best + 1, last)]
    chance = (np.abs(gain[rows, best]) == 0) | (best == last) | (upper > last)
    middle = (values[lower] + values[np.minimum(upper, last)]) / 2
    return np.where(chance, np.inf, middle)
