"""What is missing: per variable, and what each model loses by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.statistics.regression.model_diagnostics import FittedModel
    from bonecohort.study.settings import Variable

MISSING_COLUMNS = (
    "scope", "model", "variables", "n_participants", "n_complete", "n_missing",
    "percent_missing", "n_missing_outcome", "n_missing_term", "warning",
)  # fmt: skip


def missing_values(
    participants: pd.DataFrame,
    models: Sequence[FittedModel],
    names: Sequence[str],
    variables: Mapping[str, Variable],
) -> pd.DataFrame:
    """Count missing values of each variable, and the complete participants of each model.

    Rows of scope ``variable`` come first, then one a model: ``n_missing_outcome`` are
    participants whose outcome is unknown, ``n_missing_term`` those who lack only a term. A
    variable without a value is in no model and does not count against it.
    """
    rows = [_of_variable(participants, name, variables.get(name)) for name in names]
    rows += [_of_model(participants, model) for model in models]
    return pd.DataFrame(rows, columns=list(MISSING_COLUMNS))


def _of_variable(
    participants: pd.DataFrame, name: str, variable: Variable | None
) -> dict[str, Any]:
    total = len(participants)
    facts = {"scope": "variable", "variables": name, "n_participants": total}
    if name not in participants:
        return {**facts, "warning": f"the table has no column {name}"}
    known = participants[name].notna()
    if variable and variable.type == "categorical":
        known &= participants[name].isin(variable.levels)
    n_complete = int(known.sum())
    return {
        **facts,
        "n_complete": n_complete,
        "n_missing": total - n_complete,
        "percent_missing": 100 * (total - n_complete) / total if total else np.nan,
        "warning": "" if n_complete else f"{name} has no value",
    }


def _of_model(participants: pd.DataFrame, model: FittedModel) -> dict[str, Any]:
    total, n_complete = len(participants), len(model.data.complete)
    return {
        "scope": "model",
        **model.facts,
        "n_participants": total,
        "n_complete": n_complete,
        "n_missing": total - n_complete,
        "percent_missing": 100 * (total - n_complete) / total if total else np.nan,
        "n_missing_outcome": total - n_complete - model.data.n_missing,
        "n_missing_term": model.data.n_missing,
        "warning": model.reason or model.remark,
    }
