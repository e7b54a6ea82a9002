"""Variance inflation of a logistic model's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.regression.logistic import LogisticFit
    from bonecohort.statistics.regression.model_diagnostics import FittedModel

INFLATION_COLUMNS = (
    "model", "variables", "variable", "df", "gvif", "gvif_per_df", "vif_equivalent", "warning",
)  # fmt: skip
NOTABLE_VIF = 5.0
ONE_VARIABLE = "no variance inflation: the model has one variable"


def variance_inflation(models: Sequence[FittedModel]) -> pd.DataFrame:
    """Return the (generalized) variance inflation factor of each variable of each model.

    ``gvif`` is Fox and Monette's (J Am Stat Assoc 1992;87:178), from the correlations of the
    fitted coefficients; for one degree of freedom it is the VIF. ``gvif_per_df`` is
    gvif^(1/(2 df)) and ``vif_equivalent`` its square, which is comparable between variables.
    """
    rows: list[dict[str, Any]] = []
    for model in models:
        for name in model.variables:
            facts = {**model.facts, "variable": name}
            reason = model.data.left_out[name] or model.reason or _why_alone(model)
            if reason or not model.fit:
                rows.append({**facts, "warning": reason})
            else:
                rows.append({**facts, **_inflation(model, model.fit, name)})
    return pd.DataFrame(rows, columns=list(INFLATION_COLUMNS))


def _why_alone(model: FittedModel) -> str:
    held = {term.variable for term in model.terms}
    return "" if len(held) > 1 else ONE_VARIABLE


def _inflation(model: FittedModel, fit: LogisticFit, name: str) -> dict[str, Any]:
    own = np.array([term.variable == name for term in model.terms])
    gvif = generalized_vif(fit.covariance, own)
    df = int(own.sum())
    equivalent = gvif ** (1 / df)
    warning = f"collinear with the other terms: variance inflation of {NOTABLE_VIF:g} or more"
    return {
        "df": df,
        "gvif": gvif,
        "gvif_per_df": gvif ** (1 / (2 * df)),
        "vif_equivalent": equivalent,
        "warning": warning if equivalent >= NOTABLE_VIF else "",
    }


def generalized_vif(covariance: NDArray[np.float64], own: NDArray[np.bool_]) -> float:
    """Return det(R11) det(R22) / det(R) of the slopes' correlations R; ``own`` marks part 1."""
    errors = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(errors, errors)
    parts = (correlation[np.ix_(own, own)], correlation[np.ix_(~own, ~own)])
    inner = np.linalg.det(parts[0]) * np.linalg.det(parts[1])
    return float(inner / np.linalg.det(correlation))
