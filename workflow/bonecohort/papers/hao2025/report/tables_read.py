"""The tables that the paper's report is made of, beside those that every report reads."""

from __future__ import annotations

from bonecohort.papers.hao2025.statistics.clustered_prevalence import PREVALENCE_COLUMNS
from bonecohort.statistics.effects.effect_table import EFFECT_COLUMNS
from bonecohort.statistics.missing.imputed_model import IMPUTATION_COLUMNS
from bonecohort.statistics.missing.missing_values import MISSING_COLUMNS
from bonecohort.statistics.planning.sample_size import SAMPLE_SIZE_COLUMNS
from bonecohort.statistics.prediction.model_performance import PERFORMANCE_COLUMNS
from bonecohort.statistics.prediction.roc_table import ROC_COLUMNS
from bonecohort.statistics.prediction.thresholds import THRESHOLD_COLUMNS
from bonecohort.statistics.regression.clustered_table import CLUSTERED_COLUMNS
from bonecohort.statistics.regression.linearity import LINEARITY_COLUMNS
from bonecohort.statistics.regression.logistic_recommended import RECOMMENDED_MODEL_COLUMNS
from bonecohort.statistics.regression.variance_inflation import INFLATION_COLUMNS
from bonecohort.statistics.tests.multiplicity import MULTIPLICITY_COLUMNS

COLUMNS: dict[str, tuple[str, ...]] = {
    "tables/participants.csv": ("participant_id", "endplate_defect", "osteoporosis"),
    "tables/vertebrae.csv": ("participant_id", "level", "hu", "defect_type"),
    "tables/endplates.csv": ("participant_id", "level", "endplate"),
    "statistics/comparisons.csv": (
        "table", "variable", "grouping", "group_1", "group_2", "n_1", "n_2", "mean_1", "sd_1",
        "mean_2", "sd_2", "mean_total", "sd_total", "test", "p_value", "shown",
    ),
    "statistics/normality.csv": ("variable", "group", "n", "test", "p_value", "warning"),
    "statistics/counts.csv": ("table", "variable", "category", "group", "n", "percent"),
    "statistics/models.csv": (
        "model", "outcome", "term", "reference", "odds_ratio", "ci_low", "ci_high", "p_value",
        "n", "events",
    ),
    "statistics/correlations.csv": ("x", "y", "n", "slope", "intercept", "r_squared", "p_value"),
    "statistics/prevalence.csv": (
        "level", "defect_type", "n", "n_vertebrae", "percent", "ci_low", "ci_high",
        "share_of_defects_percent",
    ),
    "statistics/agreement.csv": (
        "measure", "among", "readers", "statistic", "n", "n_participants", "n_readers",
        "estimate", "ci_low", "ci_high", "warning",
    ),
    "statistics/effects.csv": EFFECT_COLUMNS,
    "statistics/clustered.csv": CLUSTERED_COLUMNS,
    "statistics/clustered_prevalence.csv": PREVALENCE_COLUMNS,
    "statistics/recommended_models.csv": RECOMMENDED_MODEL_COLUMNS,
    "statistics/multiplicity.csv": MULTIPLICITY_COLUMNS,
    "statistics/model_performance.csv": PERFORMANCE_COLUMNS,
    "statistics/variance_inflation.csv": INFLATION_COLUMNS,
    "statistics/linearity.csv": LINEARITY_COLUMNS,
    "statistics/roc.csv": ROC_COLUMNS,
    "statistics/thresholds.csv": THRESHOLD_COLUMNS,
    "statistics/missing.csv": MISSING_COLUMNS,
    "statistics/imputation.csv": IMPUTATION_COLUMNS,
    "statistics/sample_size.csv": SAMPLE_SIZE_COLUMNS,
    "figures/figure1_roi.csv": ("level", "plane", "hu"),
    "figures/truth.csv": ("participant_id", "level", "measure", "true", "measured", "difference"),
    "figures/figure4_regression.csv": ("participant_id", "level", "hu", "measure", "value"),
}  # fmt: skip
"""What each holds at least, so that a study without that part still has its columns."""
