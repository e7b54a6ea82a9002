from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bonecohort.papers.hao2025.statistics.diagnostics import diagnose
from bonecohort.study.settings import AnalysisSettings, Settings, StatisticsSettings

SETTINGS = Settings(statistics=StatisticsSettings(bootstrap_resamples=200, optimism_resamples=20))
RESULTS = {
    "model_performance": ["auc", "auc_ci_low", "brier_scaled", "calibration_slope"],
    "variance_inflation": ["gvif"],
    "linearity": ["lr_p_value"],
    "roc": ["auc", "ci_low", "youden_cut", "youden_cut_ci_low"],
    "thresholds": ["odds_ratio", "p_value", "fisher_p_value", "sensitivity", "specificity"],
    "missing": ["n_missing"],
    "imputation": ["estimate", "p_value"],
    "sample_size": ["value"],
}
"""Columns that hold a number or whose row's ``warning`` says why they do not."""


def cohort(n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(12)
    age = rng.normal(66, 9, n).round()
    spine = rng.normal(240 - 2 * age, 20)
    return pd.DataFrame(
        {
            "participant_id": [f"P{number:03d}" for number in range(n)],
            "age_years": age,
            "sex": rng.choice(["male", "female"], n),
            "bmi_kg_m2": rng.normal(24, 3, n).round(1),
            "hypertension": rng.choice(["no", "yes"], n),
            "diabetes": rng.choice(["no", "yes"], n),
            "smoking": rng.choice(["no", "yes"], n),
            "alcohol": rng.choice(["no", "yes"], n),
            "t_score": (rng.normal(spine - 130, 25) / 30 - 1.5).round(1),
            "total_spine_hu": spine,
            **{f"hu_L{level}": spine + rng.normal(0, 9, n) for level in range(1, 6)},
            "endplate_defect": np.where(rng.normal(spine, 30) < 110, "yes", "no"),
        }
    )


def nameless(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table whose missing results have no reason."""
    return frame[frame["warning"].fillna("") == ""]


def assert_no_unexplained_gap(tables: dict[str, pd.DataFrame]) -> None:
    for name, columns in RESULTS.items():
        assert len(tables[name]), name
        unexplained = nameless(tables[name])[columns].isna().any(axis=1)
        assert not unexplained.any(), (name, nameless(tables[name])[unexplained])


def separated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(hypertension=frame["endplate_defect"])


def constant(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(total_spine_hu=100.0, sex="female", hu_L1=90.0, t_score=-3.0)


def empty_cell(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        endplate_defect=np.where(frame["total_spine_hu"] < 100, "yes", frame["endplate_defect"])
    )


def all_missing(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(t_score=np.nan, bmi_kg_m2=np.nan, hu_L2=np.nan, smoking=None)


def no_spine(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(total_spine_hu=np.nan)


def no_t_score(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=["t_score", "hu_L3", "alcohol"])


def three(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(endplate_defect=["yes", "no"] * 60).head(3)


def one(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.head(1)


def nobody(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.head(0)


def no_events(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(endplate_defect="no", t_score=0.0)


def one_event(frame: pd.DataFrame) -> pd.DataFrame:
    first = frame.index == frame.index[0]
    return frame.assign(
        endplate_defect=np.where(first, "yes", "no"), t_score=np.where(first, -3.0, 0.0)
    )


def outcome_unknown(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(endplate_defect=None)


def some_missing(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[:20, "bmi_kg_m2"] = np.nan
    frame.loc[15:30, "hypertension"] = None
    return frame


@pytest.mark.parametrize(
    "spoil",
    [
        separated, constant, empty_cell, all_missing, no_spine, no_t_score, three, one, nobody,
        no_events, one_event, outcome_unknown, some_missing,
    ],
)  # fmt: skip
def test_what_has_no_result_has_a_reason(spoil):
    settings = Settings(
        statistics=StatisticsSettings(
            bootstrap_resamples=50, optimism_resamples=10, multiple_imputation=3
        )
    )
    tables = diagnose(spoil(cohort()), settings)
    assert_no_unexplained_gap(tables)


def test_a_sound_cohort_has_every_result():
    tables = diagnose(cohort(), SETTINGS)
    for name in ("model_performance", "roc"):
        assert tables[name][RESULTS[name]].notna().all(axis=None), name
    assert set(tables["linearity"]["test"]) == {"box_tidwell", "restricted_cubic_spline"}
    assert len(tables["thresholds"]) == 30


def test_separation_leaves_the_other_models_standing():
    tables = diagnose(separated(cohort()), SETTINGS)
    models = tables["model_performance"].set_index(["model", "variables"])
    assert "separated" in models.loc[("univariate", "hypertension"), "warning"]
    assert models.loc[("univariate", "age_years"), "auc"] > 0.5
    assert models.loc["multivariable", "auc"].isna().all()


def test_without_a_t_score_the_association_with_the_outcome_remains():
    tables = diagnose(no_t_score(cohort()), SETTINGS)
    assert tables["roc"]["warning"].str.contains("no column t_score").all()
    assert tables["roc_curves"].empty
    rows = tables["thresholds"]
    assert rows["sensitivity"].isna().all()
    assert rows["odds_ratio"].notna().any()


def test_an_empty_cell_leaves_fishers_p():
    rows = diagnose(empty_cell(cohort()), SETTINGS)["thresholds"]
    row = rows[(rows["threshold"] == 95) & (rows["rule"] == "<")].iloc[0]
    assert np.isnan(row["odds_ratio"])
    assert "empty" in row["warning"]
    assert 0 < row["fisher_p_value"] < 0.05


def test_below_and_at_or_below_differ_by_those_at_the_threshold():
    frame = cohort()
    frame.loc[:4, "total_spine_hu"] = 110.0
    rows = diagnose(frame, SETTINGS)["thresholds"]
    at = rows[rows["threshold"] == 110].set_index("rule")["n_below"]
    assert at["<="] - at["<"] == 5


def test_box_tidwell_refuses_values_that_have_no_logarithm():
    frame = cohort()
    frame.loc[0, "total_spine_hu"] = -4.0
    rows = diagnose(frame, SETTINGS)["linearity"]
    refused = rows[(rows["term"] == "total_spine_hu") & (rows["test"] == "box_tidwell")]
    assert refused["warning"].str.contains("smallest -4").all()
    assert refused["lr_p_value"].isna().all()


def test_missing_values_are_counted_per_variable_and_per_model():
    frame = some_missing(cohort())
    frame.loc[100:104, "endplate_defect"] = None
    rows = diagnose(frame, SETTINGS)["missing"]
    variable = rows[rows["scope"] == "variable"].set_index("variables")
    assert variable.loc["bmi_kg_m2", "n_missing"] == 21
    assert variable.loc["hypertension", "n_missing"] == 16
    model = rows[rows["model"] == "multivariable"].iloc[0]
    assert (model["n_complete"], model["n_missing_term"], model["n_missing_outcome"]) == (84, 31, 5)


def test_the_same_seed_gives_the_same_tables():
    settings = Settings(
        statistics=StatisticsSettings(
            bootstrap_resamples=50, optimism_resamples=10, multiple_imputation=3
        )
    )
    first, again = (diagnose(some_missing(cohort()), settings) for _ in range(2))
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])


def test_terms_are_those_of_the_settings():
    settings = Settings(
        statistics=SETTINGS.statistics,
        analysis=AnalysisSettings(
            univariate_terms=("age_years",),
            multivariable_terms=("age_years", "diabetes"),
            spline_terms=("age_years",),
            roc_predictors=("hu_L4",),
            hu_thresholds=(120.0,),
        ),
    )
    tables = diagnose(cohort(), settings)
    assert list(tables["model_performance"]["variables"]) == ["age_years", "age_years + diabetes"]
    assert list(tables["roc"]["predictor"]) == ["hu_L4"]
    assert list(tables["thresholds"]["rule"]) == ["<", "<="]
