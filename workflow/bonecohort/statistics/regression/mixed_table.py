"""Mixed models of site-level questions: a tidy table, beside that of the clustered regressions."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.statistics.regression.mixed import fit_mixed
from bonecohort.statistics.regression.questions import complete_sites, regression_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.statistics.regression.questions import Question

MIXED_COLUMNS = (
    "question", "outcome", "term", "reference", "model", "method", "estimate", "standard_error",
    "ci_low", "ci_high", "statistic", "df", "p_value", "n", "n_participants", "n_missing",
    "intercept", "variance_between", "variance_within", "icc", "warnings", "reason",
)  # fmt: skip


def mixed_results(questions: Sequence[Question]) -> pd.DataFrame:
    """Answer each question by a linear model with a random intercept a participant.

    One row a term. ``estimate`` is in the outcome's unit per unit of the term; ``df`` are
    Satterthwaite's; ``icc`` is the share of the variance that is between participants.
    """
    rows = [row for question in questions for row in _answers(question)]
    return pd.DataFrame(rows, columns=list(MIXED_COLUMNS))


def _answers(question: Question) -> list[dict[str, Any]]:
    facts: dict[str, Any] = {
        "question": question.name,
        "outcome": question.outcome,
        "model": "linear",
        "method": "random_intercept",
        "warnings": "",
    }
    terms = [{"term": term.name, "reference": term.reference} for term in question.terms]
    if question.reason:
        return [{**facts, **term, "reason": question.reason} for term in terms]
    complete = complete_sites(question)
    data = regression_data(question, complete)
    fit = fit_mixed(data)
    facts |= {
        "n": len(complete),
        "n_participants": data.n_participants,
        "n_missing": len(question.frame) - len(complete),
        "intercept": fit.intercept.estimate if fit.intercept else None,
        "variance_between": fit.variance_between,
        "variance_within": fit.variance_within,
        "icc": fit.icc,
        "warnings": fit.warning,
        "reason": fit.reason,
    }
    if fit.reason:
        return [{**facts, **term} for term in terms]
    return [
        {
            **facts,
            **term,
            **asdict(slope),
            "statistic": slope.estimate / slope.standard_error,
            "df": df,
        }
        for term, slope, df in zip(terms, fit.slopes, fit.df, strict=True)
    ]
