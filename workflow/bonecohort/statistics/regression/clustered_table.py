"""Every site-level question, naive beside what takes participants as the independent units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.regression.clustered_fits import ClusteredFit, fit_all
from bonecohort.statistics.regression.logistic import CONFIDENCE
from bonecohort.statistics.regression.logistic_published import too_few_events
from bonecohort.statistics.regression.questions import complete_sites, regression_data
from bonecohort.statistics.tests.multiplicity import holm
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.statistics.regression.clustered_data import ClusteredData
    from bonecohort.statistics.regression.design import Term
    from bonecohort.statistics.regression.questions import Question
    from bonecohort.statistics.site_name import SiteName

CLUSTERED_COLUMNS = (
    "analysis", "question", "outcome", "term", "reference", "model", "method", "shown",
    "estimate", "standard_error", "odds_ratio", "ci_low", "ci_high", "statistic", "df", "p_value",
    "p_adjusted", "family", "n", "n_participants", "events", "n_missing", "correlation",
    "se_ratio", "design_effect", "conclusion_changes", "intercept", "intercept_standard_error",
    "intercept_covariance", "warnings", "reason",
)  # fmt: skip

Row = dict[str, Any]


def clustered_results(questions: Sequence[Question]) -> pd.DataFrame:
    """Answer the questions by every method, one row a term and method.

    ``estimate`` is a difference of means, a slope or, with ``model`` ``logistic``, a log odds
    ratio. ``ci_low`` and ``ci_high`` are of the odds ratio there. A row whose term is a variable
    (``level``) tests all its terms at once. Then ``statistic`` is Wald's chi-square and ``df`` the
    number of terms. ``shown`` marks the recommended method. ``se_ratio`` and its square
    ``design_effect`` compare with the naive standard error. ``conclusion_changes`` says whether p
    crosses 0.05 between the naive method and this one. Holm's ``p_adjusted`` covers the shown rows
    of a ``family``: one a question of one term, the joint test of one of several.
    """
    rows = [row for question in questions for row in _answers(question)]
    frame = pd.DataFrame(rows, columns=list(CLUSTERED_COLUMNS))
    return _adjusted(frame, {question.name: question.joint for question in questions})


def _adjusted(frame: pd.DataFrame, joint: dict[str, str]) -> pd.DataFrame:
    asked = frame["question"].map(joint)
    tested = (frame["shown"] == "yes") & ((asked == "") | (frame["term"] == asked))
    adjusted = pd.Series(np.nan, index=frame.index)
    for _, rows in frame[tested].groupby("family"):
        adjusted[rows.index] = holm(rows["p_value"].to_numpy(dtype=np.float64))
    return frame.assign(p_adjusted=adjusted)


def _answers(question: Question) -> list[Row]:
    if question.reason:
        facts = {**_named(question), "shown": "yes", "reason": question.reason}
        joint = [{"term": question.joint}] if question.joint else []
        return [{**facts, **row} for row in [*joint, *map(_described, question.terms)]]
    complete = complete_sites(question)
    data = regression_data(question, complete)
    fits = fit_all(data)
    facts = {
        **_named(question),
        "model": data.family,
        "n": len(complete),
        "n_participants": data.n_participants,
        "events": int(data.outcome.sum()) if data.family == "logistic" else np.nan,
        "n_missing": len(question.frame) - len(complete),
    }
    few_events = too_few_events(data.outcome > 0, data.terms) if question.event else ""
    return [
        {**facts, **_method(fit, fits, few_events, question.site), **values}
        for fit in fits
        for values in _values(question, data, fit, fits[0])
    ]


def _named(question: Question) -> Row:
    return {
        "analysis": "recommended",
        "question": question.name,
        "outcome": question.outcome,
        "family": question.family_of_tests,
        "warnings": "",
        "reason": "",
    }


def _described(term: Term) -> Row:
    return {"term": term.name, "reference": term.reference}


def _method(
    fit: ClusteredFit, fits: Sequence[ClusteredFit], few_events: str, site: SiteName
) -> Row:
    naive = site.taken_as_independent
    shown = fit is _recommended(fits)
    instead = f"{fits[-1].method} {fits[-1].reason}" if shown and fit is not fits[-1] else ""
    return {
        "method": fit.method,
        "shown": "yes" if shown else "no",
        "correlation": fit.correlation,
        "warnings": ""
        if fit.reason
        else joined(naive if fit.method == "independent" else "", fit.warning, instead, few_events),
        "reason": fit.reason,
    }


def _recommended(fits: Sequence[ClusteredFit]) -> ClusteredFit:
    """Return the last fit with a result, the naive one excepted; the last of all if none has."""
    return next((fit for fit in reversed(fits[1:]) if not fit.reason), fits[-1])


def _values(
    question: Question, data: ClusteredData, fit: ClusteredFit, naive: ClusteredFit
) -> list[Row]:
    rows = []
    if question.joint:
        rows.append({"term": question.joint, **_joint_test(fit, naive)})
    for index, term in enumerate(question.terms, start=1):
        values = {} if fit.reason else _slope(fit, naive, index, data)
        rows.append({**_described(term), **values})
    return rows


def _joint_test(fit: ClusteredFit, naive: ClusteredFit) -> Row:
    if fit.reason:
        return {}
    indices = range(1, fit.estimates.size)
    statistic, p_value = fit.wald(indices)
    changes = _crosses(naive.wald(indices)[1], p_value)
    return {
        "statistic": statistic,
        "df": len(indices),
        "p_value": p_value,
        "conclusion_changes": changes,
    }


def _slope(fit: ClusteredFit, naive: ClusteredFit, index: int, data: ClusteredData) -> Row:
    estimate, error = float(fit.estimates[index]), fit.error(index)
    low, high = fit.limits(index)
    ratio = error / naive.error(index)
    p_value = fit.p_value(index)
    logistic = data.family == "logistic"
    return {
        "estimate": estimate,
        "standard_error": error,
        "odds_ratio": np.exp(estimate) if logistic else np.nan,
        "ci_low": np.exp(low) if logistic else low,
        "ci_high": np.exp(high) if logistic else high,
        "statistic": estimate / error,
        "df": fit.df,
        "p_value": p_value,
        "se_ratio": ratio,
        "design_effect": ratio**2,
        "conclusion_changes": _crosses(naive.p_value(index), p_value),
        "intercept": float(fit.estimates[0]),
        "intercept_standard_error": fit.error(0),
        "intercept_covariance": float(fit.covariance[0, index]),
    }


def _crosses(naive: float, p_value: float) -> str:
    alpha = 1 - CONFIDENCE
    return "yes" if (naive < alpha) != (p_value < alpha) else "no"
