"""The logistic models that the diagnostics judge, each fitted once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.statistics.regression.design import fitted_without
from bonecohort.statistics.regression.logistic import fit_logistic
from bonecohort.statistics.regression.logistic_published import model_data
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from bonecohort.statistics.regression.design import Term
    from bonecohort.statistics.regression.logistic import LogisticFit
    from bonecohort.statistics.regression.logistic_published import ModelData
    from bonecohort.study.settings import Variable


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A model of the outcome, its design and its fit.

    ``name`` is ``univariate`` or ``multivariable``; ``variables`` are those asked for; ``terms``
    those that vary, ``columns`` their values, shape (n, terms).
    """

    name: str
    outcome: str
    variables: tuple[str, ...]
    data: ModelData
    terms: tuple[Term, ...]
    columns: NDArray[np.float64]
    fit: LogisticFit | None

    @property
    def facts(self) -> dict[str, Any]:
        """What names the model in a table."""
        return {"model": self.name, "variables": " + ".join(self.variables)}

    @property
    def term_names(self) -> list[str]:
        """Names of the columns."""
        return [term.name for term in self.terms]

    @property
    def reason(self) -> str:
        """Why there is no fit; empty where there is one."""
        if self.fit:
            return self.fit.warning
        return joined(*self.data.left_out.values()) or "not fitted: no variable is asked for"

    @property
    def remark(self) -> str:
        """What a fitted model had to leave out."""
        return fitted_without(self.data.absent)


def fit_models(
    participants: pd.DataFrame,
    outcome: str,
    univariate: Sequence[str],
    multivariable: Sequence[str],
    variables: Mapping[str, Variable],
) -> list[FittedModel]:
    """Fit each univariate model, then the multivariable one, as models.csv holds them."""
    plans = [
        *(("univariate", (name,)) for name in univariate),
        ("multivariable", tuple(multivariable)),
    ]
    return [fit_model(model, participants, outcome, names, variables) for model, names in plans]


def fit_model(
    name: str,
    participants: pd.DataFrame,
    outcome: str,
    names: Sequence[str],
    variables: Mapping[str, Variable],
) -> FittedModel:
    """Fit one model on its complete rows."""
    data = model_data(participants, outcome, names, variables)
    terms = tuple(data.varying)
    columns = np.empty((len(data.complete), 0))
    fit = None
    if terms:
        columns = np.column_stack([term.column(data.complete) for term in terms])
        fit = fit_logistic(data.events, columns, [term.name for term in terms])
    return FittedModel(name, outcome, tuple(names), data, terms, columns, fit)
