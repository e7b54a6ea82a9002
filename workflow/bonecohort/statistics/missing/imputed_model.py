"""The multivariable model on complete cases and on multiply imputed data, side by side."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.missing.imputation import FEWEST_OBSERVED, column_codes, impute
from bonecohort.statistics.missing.pooling import Pooled, pool
from bonecohort.statistics.regression.design import empty_category
from bonecohort.statistics.regression.model_diagnostics import fit_model
from bonecohort.statistics.values import joined
from bonecohort.statistics.variables import outcome_levels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.statistics.regression.design import Term
    from bonecohort.statistics.regression.logistic import Coefficient, LogisticFit
    from bonecohort.statistics.regression.model_diagnostics import FittedModel
    from bonecohort.study.settings import Variable

IMPUTATION_COLUMNS = (
    "model", "variables", "term", "reference", "method", "n", "events", "n_imputations",
    "n_imputed", "estimate", "standard_error", "df", "odds_ratio", "ci_low", "ci_high", "p_value",
    "fraction_missing_information", "seed", "warning",
)  # fmt: skip
NOT_ASKED_FOR = "not done: statistics.multiple_imputation is 0"
NOTHING_MISSING = "not done: no value of the model is missing"


@dataclass(frozen=True)
class Imputations:
    """How many data sets are imputed, 0 for none, and the seed of the draws."""

    number: int
    seed: int


def compare_imputed(
    participants: pd.DataFrame,
    model: FittedModel,
    candidates: Sequence[str],
    variables: Mapping[str, Variable],
    imputations: Imputations,
) -> pd.DataFrame:
    """Return the model's terms on complete cases and, when asked for, on imputed data.

    Participants whose outcome is unknown are in neither: an imputed outcome adds no information.
    ``candidates`` are other variables, which help to impute where they have values enough.
    ``n_imputed`` counts participants with a value of the model imputed.
    """
    fitted = {"method": "complete_case", **_complete_case(model)}
    slopes = dict(zip(model.terms, model.fit.slopes, strict=True)) if model.fit else {}
    pooled, imputed = _pooled(participants, model, candidates, variables, imputations)
    rows: list[dict[str, Any]] = []
    for facts, result in ((fitted, slopes), (imputed, pooled)):
        for term in model.data.terms:
            left_out = model.data.left_out[term.variable] or (
                "" if term in model.terms else empty_category(term)
            )
            rows.append(
                {
                    **model.facts,
                    "term": term.name,
                    "reference": term.reference,
                    **facts,
                    **_numbers(result.get(term, Pooled())),
                    "warning": left_out or facts["warning"],
                }
            )
    return pd.DataFrame(rows, columns=list(IMPUTATION_COLUMNS))


def _complete_case(model: FittedModel) -> dict[str, Any]:
    return {
        "n": model.data.events.size,
        "events": int(model.data.events.sum()),
        "warning": model.reason or model.remark,
    }


def _numbers(result: Coefficient | Pooled) -> dict[str, float]:
    of_pooling = asdict(result) if isinstance(result, Pooled) else {}
    return {
        **of_pooling,
        "estimate": result.estimate,
        "standard_error": result.standard_error,
        "odds_ratio": float(np.exp(result.estimate)),
        "ci_low": float(np.exp(result.ci_low)),
        "ci_high": float(np.exp(result.ci_high)),
        "p_value": result.p_value,
    }


def _pooled(
    participants: pd.DataFrame,
    model: FittedModel,
    candidates: Sequence[str],
    variables: Mapping[str, Variable],
    imputations: Imputations,
) -> tuple[dict[Term, Pooled], dict[str, Any]]:
    wanted = imputations.number
    facts: dict[str, Any] = {"method": "multiple_imputation"}
    levels = outcome_levels(model.outcome, variables)
    known = participants[participants[model.outcome].isin(levels)]
    usable = [name for name, reason in model.data.left_out.items() if not reason]
    codes = {name: column_codes(known[name], variables[name]) for name in usable}
    scarce = [name for name, code in codes.items() if (~np.isnan(code)).sum() < FEWEST_OBSERVED]
    reason = _why_not(wanted, model, scarce)
    if reason:
        return {}, {**facts, "warning": reason}
    helpers = helping_variables(known, model.outcome, candidates, model.variables, variables)
    fits: list[LogisticFit] = []
    data = impute(known, [model.outcome, *usable, *helpers], variables, wanted, imputations.seed)
    for completed in data:
        refitted = fit_model(model.name, completed, model.outcome, usable, variables)
        if refitted.term_names != model.term_names:
            return {}, {**facts, "warning": "not pooled: an imputed data set has other categories"}
        if refitted.fit:
            fits.append(refitted.fit)
    failed = [fit.warning for fit in fits if fit.warning]
    if failed:
        return {}, {
            **facts,
            "warning": f"not pooled: in {len(failed)} of {wanted} data sets {failed[0]}",
        }
    events = (known[model.outcome] == levels[-1]).sum()
    complete_df = len(known) - len(model.terms) - 1
    estimates = np.array([[slope.estimate for slope in fit.slopes] for fit in fits])
    errors = np.array([[slope.standard_error for slope in fit.slopes] for fit in fits])
    facts |= {
        "n": len(known),
        "events": int(events),
        "n_imputations": wanted,
        "n_imputed": model.data.n_missing,
        "seed": imputations.seed,
        "warning": joined(model.remark, _too_few(wanted, model.data.n_missing / len(known))),
    }
    columns = zip(model.terms, estimates.T, errors.T, strict=True)
    return {term: pool(estimate, error, complete_df) for term, estimate, error in columns}, facts


def _why_not(wanted: int, model: FittedModel, scarce: list[str]) -> str:
    if not model.fit:
        return model.reason
    if wanted == 0:
        return NOT_ASKED_FOR
    if not model.data.n_missing:
        return NOTHING_MISSING
    if scarce:
        return f"not done: fewer than {FEWEST_OBSERVED} values of {', '.join(scarce)}"
    return ""


def helping_variables(
    participants: pd.DataFrame,
    outcome: str,
    candidates: Sequence[str],
    terms: Sequence[str],
    variables: Mapping[str, Variable],
) -> list[str]:
    """Return the candidates outside the model's terms that have values enough to help.

    Participants whose outcome is unknown do not count.
    """
    levels = outcome_levels(outcome, variables)
    known = participants[participants[outcome].isin(levels)]
    result = []
    for name in candidates:
        if name in terms or name not in known or name not in variables:
            continue
        values = column_codes(known[name], variables[name])
        if (~np.isnan(values)).sum() >= FEWEST_OBSERVED:
            result.append(name)
    return result


def _too_few(n_imputations: int, incomplete: float) -> str:
    """Return a warning when there are fewer imputations than percent incomplete."""
    if n_imputations >= 100 * incomplete:
        return ""
    return (
        f"{n_imputations} imputations for {100 * incomplete:.0f}% incomplete participants; as many "
        "as that percentage are advised"
    )
