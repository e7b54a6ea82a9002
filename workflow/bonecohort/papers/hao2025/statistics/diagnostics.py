"""Diagnostics and sensitivity analyses: whether the results of the tables can be relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.statistics.hounsfield_roc import hu_roc, threshold_sensitivity
from bonecohort.papers.hao2025.statistics.published_sample_size import published_sample_size
from bonecohort.statistics.missing.imputed_model import Imputations, compare_imputed
from bonecohort.statistics.missing.missing_values import missing_values
from bonecohort.statistics.planning.sample_size import sample_size
from bonecohort.statistics.prediction.model_performance import (
    calibration_table,
    model_curves,
    model_performance,
)
from bonecohort.statistics.regression.linearity import linearity, spline_curves
from bonecohort.statistics.regression.model_diagnostics import fit_models
from bonecohort.statistics.regression.variance_inflation import variance_inflation
from bonecohort.statistics.variables import known_variables, outcome_levels

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings


COUNTS = (
    "n", "events", "n_missing", "n_terms", "hosmer_lemeshow_df", "hosmer_lemeshow_groups",
    "resamples", "seed", "point", "n_below", "n_outcome_known", "below_with_outcome",
    "below_without_outcome", "above_with_outcome", "above_without_outcome", "n_reference",
    "n_diseased", "n_participants", "n_complete", "n_missing_outcome", "n_missing_term",
    "n_imputations", "n_imputed", "available",
)  # fmt: skip
"""Columns that count, in any of the tables."""


def diagnose(participants: pd.DataFrame, settings: Settings) -> dict[str, pd.DataFrame]:
    """Return the diagnostic tables by file stem, each with a ``warning`` for what has no result.

    ``model_performance``, ``model_curves``, ``calibration``, ``variance_inflation``, ``linearity``
    and ``spline_curves`` judge the logistic models. ``roc`` and ``roc_curves`` judge HU against the
    reference standard. ``thresholds``, ``missing``, ``imputation`` and ``sample_size`` hold the
    rest.
    """
    variables = known_variables(settings)
    analysis, statistics = settings.analysis, settings.statistics
    outcome, splines = analysis.outcome, (analysis.spline_terms, statistics.spline_knots)
    imputations = Imputations(statistics.multiple_imputation, statistics.seed)
    models = fit_models(
        participants, outcome, analysis.univariate_terms, analysis.multivariable_terms, variables
    )
    roc, roc_curves = hu_roc(participants, settings)
    names = list(dict.fromkeys((*settings.variables, *analysis.table1_rows, outcome)))
    tables = {
        "model_performance": model_performance(
            models, statistics.optimism_resamples, statistics.seed
        ),
        "model_curves": model_curves(models),
        "calibration": calibration_table(models),
        "variance_inflation": variance_inflation(models),
        "linearity": linearity(models, *splines),
        "spline_curves": spline_curves(models, *splines),
        "roc": roc,
        "roc_curves": roc_curves,
        "thresholds": threshold_sensitivity(participants, settings),
        "missing": missing_values(participants, models, names, variables),
        "imputation": compare_imputed(
            participants, models[-1], analysis.univariate_terms, variables, imputations
        ),
        "sample_size": sample_size(
            participants,
            models[-1],
            settings.sample_size,
            outcome_levels(outcome, variables),
            [published_sample_size(settings.sample_size)],
        ),
    }
    return {name: _with_whole_counts(table) for name, table in tables.items()}


def _with_whole_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Hold counts as whole numbers also where one is missing, so that 199 is not 199.0."""
    counts = [name for name in table if name in COUNTS]
    return table.astype(dict.fromkeys(counts, "Int64")).reset_index(drop=True)
