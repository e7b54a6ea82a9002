"""Outcome and grouping by any variable with two levels: the second level is the event."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.study.settings import AnalysisSettings, Settings, StatisticsSettings

SETTINGS = Settings(
    analysis=AnalysisSettings(
        outcome="sex",
        table1_grouping="hypertension",
        table1_rows=("age_years", "sex", "endplate_defect"),
        univariate_terms=("age_years",),
        multivariable_terms=("age_years", "total_spine_hu", "endplate_defect"),
        hu_thresholds=(110.0,),
    ),
    statistics=StatisticsSettings(
        bootstrap_resamples=50, optimism_resamples=5, multiple_imputation=2
    ),
)


@pytest.fixture(scope="module")
def found(synthetic) -> dict[str, pd.DataFrame]:
    return analyse(*synthetic, SETTINGS)


def test_the_second_level_is_the_event_of_every_model(found, synthetic):
    people = synthetic[0]
    names = ["age_years", "total_spine_hu", "endplate_defect", "sex"]
    complete = people.dropna(subset=names)
    design = complete[["age_years", "total_spine_hu"]].astype(float)
    design["endplate_defect[yes]"] = (complete["endplate_defect"] == "yes").astype(float)
    events = (complete["sex"] == "female").astype(float)
    fit = sm.Logit(events, sm.add_constant(design)).fit(disp=False, tol=1e-12)
    ours = found["models"].query("model == 'multivariable'").set_index("term")
    assert list(ours.index) == list(design)
    assert set(ours["outcome"]) == {"sex"}
    assert set(ours["events"]) == {int(events.sum())}
    assert ours["estimate"].to_numpy() == pytest.approx(fit.params[1:].to_numpy(), rel=1e-6)
    assert ours["p_value"].to_numpy() == pytest.approx(fit.pvalues[1:].to_numpy(), rel=1e-6)
    recommended = found["recommended_models"].query("method == 'maximum_likelihood'")
    last = recommended[recommended["model"] == "multivariable"]
    assert last["estimate"].to_numpy() == pytest.approx(fit.params[1:].to_numpy(), rel=1e-6)
    imputed = found["imputation"].query("method == 'complete_case'")
    assert imputed["estimate"].to_numpy() == pytest.approx(fit.params[1:].to_numpy(), rel=1e-6)


def test_thresholds_and_sample_size_count_the_same_event(found, synthetic):
    known = synthetic[0].dropna(subset=["total_spine_hu", "sex"])
    low, female = known["total_spine_hu"] < 110, known["sex"] == "female"
    row = found["thresholds"].query("rule == '<'").iloc[0]
    assert row["outcome"] == "sex"
    counted = [row[name] for name in ("below_with_outcome", "below_without_outcome",
               "above_with_outcome", "above_without_outcome")]  # fmt: skip
    assert counted == [
        (low & female).sum(), (low & ~female).sum(), (~low & female).sum(), (~low & ~female).sum()
    ]  # fmt: skip
    women, men = ((synthetic[0]["sex"] == sex).sum() for sex in ("female", "male"))
    two_means = found["sample_size"].query("formula.str.startswith('two-sided two-sample')")
    assert f"groups of {women} and {men}" in " ".join(two_means["assumptions"])


def test_table_1_is_split_by_the_grouping(found, synthetic):
    people = synthetic[0]
    groups = [people.loc[people["hypertension"] == group] for group in ("yes", "no")]
    rows = found["comparisons"].query("table == 'table1'")
    assert set(rows["grouping"]) == {"hypertension"}
    student = rows.query("variable == 'age_years' and test == 'student_t'").iloc[0]
    ages = [group["age_years"].dropna() for group in groups]
    assert student["p_value"] == pytest.approx(stats.ttest_ind(*ages).pvalue, rel=1e-9)
    square = rows.query("variable == 'endplate_defect' and test == 'chi_square'").iloc[0]
    table = pd.crosstab(people["endplate_defect"], people["hypertension"])
    expected = stats.chi2_contingency(table, correction=False).pvalue
    assert square["p_value"] == pytest.approx(expected, rel=1e-9)
    effects = found["effects"].query("variable == 'age_years' and measure == 'mean_difference'")
    difference = np.mean(ages[0]) - np.mean(ages[1])
    assert effects["estimate"].iloc[0] == pytest.approx(difference, rel=1e-9)
