"""Table 1 of three groups against R and PSPP, and what becomes of groups that cannot be compared.

``fixtures/several_groups.R`` and ``fixtures/several_groups_pspp.py`` made the references.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.statistics.effects.categorical import cramers_v
from bonecohort.statistics.effects.effect_table import effect_sizes
from bonecohort.statistics.effects.several_groups import effects_among_several
from bonecohort.statistics.tests.comparisons import COMPARISON_COLUMNS, compare_groups
from bonecohort.statistics.tests.contingency import categorical_tests
from bonecohort.statistics.tests.groupings import Grouping
from bonecohort.statistics.tests.several_groups import anova, kruskal_wallis, welch_anova
from bonecohort.study.settings import AnalysisSettings, Settings, StatisticsSettings, Variable
from tests.statistics.conftest import FIXTURES

TOOLS_AGREE = 1e-6
ROUNDING = 1e-12
GROUPS = ("low", "middle", "high")
AGES = ("young", "middle", "old")
CONTINUOUS = ("age_years", "height_cm", "bmd_g_cm2", "t_score", "total_spine_hu",
              "hu_L1", "hu_L2", "hu_L3", "hu_L4", "hu_L5")  # fmt: skip
CATEGORICAL = ("sex", "age_group", "hypertension", "smoking", "back_pain", "endplate_defect")
VARIABLES = {
    **Settings().variables,
    "bmi_class": Variable("BMI class", type="categorical", levels=GROUPS),
    "age_group": Variable("Age group", type="categorical", levels=AGES),
}
ANALYSIS = AnalysisSettings(
    table1_grouping="bmi_class",
    table1_rows=(*CONTINUOUS, *CATEGORICAL),
    univariate_terms=("age_years",),
    multivariable_terms=("age_years",),
    hu_thresholds=(110.0,),
)
QUICK = StatisticsSettings(bootstrap_resamples=20, optimism_resamples=3)
KEYS = {
    "comparisons": ("table", "variable", "groups", "test"),
    "effects": ("table", "variable", "groups", "measure"),
    "multiplicity": ("table", "variable", "groups", "test"),
    "counts": ("table", "variable", "category", "group"),
}
Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def with_groups(frames: Frames) -> Frames:
    people, *others = frames
    bmi, age = people["bmi_kg_m2"], people["age_years"]
    classes = pd.cut(bmi, [-np.inf, 22, 25, np.inf], right=False, labels=GROUPS).astype(object)
    ages = pd.cut(age, [-np.inf, 60, 70, np.inf], right=False, labels=AGES).astype(object)
    return people.assign(bmi_class=classes, age_group=ages), *others


@pytest.fixture(scope="module", params=["synthetic", "table_study"])
def cohort(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def analysed(cohort, request) -> dict[str, pd.DataFrame]:
    settings = Settings(variables=VARIABLES, analysis=ANALYSIS, statistics=QUICK)
    return analyse(*with_groups(request.getfixturevalue(cohort)), settings)


def flattened(analysis: dict[str, pd.DataFrame]) -> dict[str, float]:
    found = {}
    for name, keys in KEYS.items():
        for row in analysis[name].to_dict("records"):
            labels = [row.get(f"group_{i}") for i in (1, 2, 3)]
            told = [label for label in labels if isinstance(label, str)]
            if name == "multiplicity" and row["table"] == "table1":
                told = list(GROUPS)
            row["groups"] = "|".join(told)
            at = "/".join([name, *(str(row[key]) for key in keys)])
            found |= {
                f"{at}/{key}": float(value)
                for key, value in row.items()
                if isinstance(value, int | float)
            }
    return found


def disagreements(ours: dict[str, float], theirs: dict[str, float]) -> list[tuple]:
    return [
        (key, ours.get(key), value)
        for key, value in theirs.items()
        if key not in ours
        or not math.isclose(ours[key], value, rel_tol=TOOLS_AGREE, abs_tol=ROUNDING)
    ]


def reference(name: str) -> dict[str, float]:
    return json.loads((FIXTURES / f"{name}.json").read_text())["values"]


def test_every_number_of_three_groups_agrees_with_r(cohort, analysed):
    theirs = reference(f"{cohort}_several_r")
    assert len(theirs) > 550
    assert disagreements(flattened(analysed), theirs) == []


def test_every_number_of_three_groups_agrees_with_pspp(cohort, analysed):
    theirs = reference(f"{cohort}_several_pspp")
    ours = flattened(analysed)
    at = {key: theirs.pop(key) for key in list(theirs) if key.endswith("/levene")}
    assert len(theirs) > 150
    assert disagreements(ours, theirs) == []
    for key, statistic in at.items():
        row = key.removesuffix("levene") + "anova"
        p_value = stats.f.sf(statistic, ours[f"{row}/df"], ours[f"{row}/df_2"])
        assert ours[f"{row}/levene_p_value"] == pytest.approx(p_value, rel=TOOLS_AGREE)


def test_normality_is_tested_in_each_group(analysed):
    found = analysed["normality"].query("variable == 'age_years'")
    assert list(found["group"]) == [*GROUPS, "pooled"]


def grouping(labels: list[str | None], groups: tuple[str, ...] = ("a", "b", "c"), **columns):
    frame = pd.DataFrame({"participant_id": [f"P{i}" for i in range(len(labels))], **columns})
    return Grouping("table1", "grade", groups, frame, pd.Series(labels))


def shown(split: Grouping, variable: Variable, choice: StatisticsSettings) -> dict:
    frame = compare_groups([(split, ["x"])], {"x": variable}, choice)
    (row,) = frame[(frame["shown"] == "yes") & (frame["table"] == "table1")].to_dict("records")
    return row


DRAW = np.random.default_rng(8)
THIRDS = ["a"] * 20 + ["b"] * 20 + ["c"] * 20
EVEN = DRAW.normal(50, 5, 60)
UNEVEN = EVEN + np.repeat([1.0, 4.0, 12.0], 20) * DRAW.normal(0, 1, 60)
SKEWED = np.exp(DRAW.normal(0, 1.2, 60))


@pytest.mark.parametrize(
    ("values", "choice", "test"),
    [
        (UNEVEN, StatisticsSettings(), "anova"),
        (EVEN, StatisticsSettings("welch"), "welch_anova"),
        (EVEN, StatisticsSettings("levene"), "anova"),
        (UNEVEN, StatisticsSettings("levene"), "welch_anova"),
        (EVEN, StatisticsSettings("rule"), "anova"),
        (SKEWED, StatisticsSettings("rule"), "kruskal_wallis"),
        (EVEN, StatisticsSettings(tests={"x": "kruskal_wallis"}), "kruskal_wallis"),
        (EVEN, StatisticsSettings(tests={"x": "mann_whitney_u"}), "kruskal_wallis"),
        (EVEN, StatisticsSettings("rule", tests={"x": "welch_t"}), "welch_anova"),
    ],
)
def test_the_settings_choose_the_counterpart_of_the_two_group_test(values, choice, test):
    split = grouping(THIRDS, x=values)
    assert shown(split, Variable(), choice)["test"] == test
    frame = compare_groups([(split, ["x"])], {"x": Variable()}, choice)
    pairs = frame[(frame["table"] == "table1_pairs") & (frame["shown"] == "yes")]
    two = {"anova": "student_t", "welch_anova": "welch_t", "kruskal_wallis": "mann_whitney_u"}
    assert list(pairs["test"]) == [two[test]] * 3
    assert list(pairs["group_1"] + pairs["group_2"]) == ["ab", "ac", "bc"]


def test_a_test_of_several_groups_stands_for_that_of_two():
    two = grouping(THIRDS[:40], ("a", "b"), x=EVEN[:40])
    choice = StatisticsSettings(tests={"x": "kruskal_wallis"})
    assert shown(two, Variable(), choice)["test"] == "mann_whitney_u"
    frame = compare_groups([(two, ["x"])], {"x": Variable()}, choice)
    assert tuple(frame.columns) == COMPARISON_COLUMNS


def test_two_groups_that_are_left_are_those_tested():
    """F of two groups is Student's t squared, H the squared z of Mann–Whitney."""
    split = grouping(THIRDS[:40], x=EVEN[:40])
    row = shown(split, Variable(), StatisticsSettings())
    expected = stats.ttest_ind(EVEN[:20], EVEN[20:40])
    assert row["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert row["statistic"] == pytest.approx(expected.statistic**2, rel=1e-9)
    assert (row["n_3"], row["group_3"]) == (0, "c")
    assert row["warning"] == "no value in group c: the other groups are compared"
    rank = shown(split, Variable(), StatisticsSettings(tests={"x": "kruskal_wallis"}))
    asymptotic = stats.mannwhitneyu(
        EVEN[:20], EVEN[20:40], use_continuity=False, method="asymptotic"
    )
    assert rank["p_value"] == pytest.approx(asymptotic.pvalue, rel=1e-9)


A, B, C = np.array([1.0, 2, 4]), np.array([3.0, 5, 5]), np.array([9.0, 8, 6])
ONE, SAME = np.array([7.0]), np.array([5.0, 5, 5])


@pytest.mark.parametrize(
    ("groups", "reasons"),
    [
        ([SAME, SAME, SAME], ["every value is 5"] * 3),
        ([ONE, np.array([8.0]), np.array([9.0])], ["one value only", "one value only", ""]),
        ([SAME, SAME + 1, SAME + 2], ["all groups are constant"] * 2 + [""]),
        ([A, B, ONE], ["", "one value only", ""]),
        ([A, B, SAME], ["", "a group is constant", ""]),
        ([A], ["one group only"] * 3),
        ([], ["one group only"] * 3),
        ([A, B, C], ["", "", ""]),
    ],
)
def test_groups_that_cannot_be_compared_say_why(groups, reasons):
    for test, reason in zip((anova, welch_anova, kruskal_wallis), reasons, strict=True):
        found = test(groups)
        assert np.isnan(found.p_value) == bool(reason), test
        if reason:
            assert found.warning.startswith("not tested: ")
            assert reason in found.warning
    for effect in effects_among_several(groups):
        complete = np.isfinite([effect.estimate, effect.ci_low, effect.ci_high]).all()
        assert complete != bool(effect.reason), effect


def test_a_group_of_one_is_compared_with_a_warning():
    assert anova([A, B, ONE]).warning == "a group has one value only"
    assert kruskal_wallis([A, B, np.array([1.0, 2])]).warning == "a group has 2 values only"


def test_tables_of_three_groups_leave_out_the_empty_one_or_say_why():
    counts = np.array([[5, 9, 0], [9, 2, 0], [0, 0, 0]])
    (found,) = categorical_tests(counts, declared_levels=3)
    expected = stats.chi2_contingency(counts[:2, :2], correction=False)
    assert (found.test, found.p_value) == ("chi_square", pytest.approx(expected.pvalue))
    v = cramers_v(counts)
    assert v.estimate == pytest.approx(np.sqrt(expected.statistic / 25))
    (alone,) = categorical_tests(counts[:, 1:], declared_levels=3)
    assert alone.warning == "not tested: a group has no value"
    (alone,) = categorical_tests(counts[:, [0, 2, 2]], declared_levels=2)
    assert alone.warning == "not tested: one group only has a value"
    assert cramers_v(counts[:, [0, 2, 2]]).reason == "a group has no value"
    (same,) = categorical_tests(np.array([[5, 9, 3], [0, 0, 0]]), declared_levels=2)
    assert same.warning == "not tested: every value is the same category"


def test_a_study_of_three_has_a_row_and_a_reason_for_everything():
    draw = [np.nan, np.nan, np.nan]
    split = grouping(["a", "b", "c"], x=[1.0, 2.0, 3.0], y=draw, z=["p", "q", "p"])
    variables = {
        "x": Variable(),
        "y": Variable(),
        "z": Variable(type="categorical", levels=("p", "q")),
    }
    found = compare_groups([(split, ["x", "y", "z", "w"])], variables, StatisticsSettings())
    whole = found[found["table"] == "table1"].set_index(["variable", "test"])
    assert "one value only" in whole.loc[("x", "anova"), "warning"]
    assert whole.loc[("x", "kruskal_wallis"), "p_value"] == pytest.approx(np.exp(-1))  # H = 2
    assert whole.loc[("y", "anova"), "warning"] == "left out: y has no value in any group"
    assert whole.loc[("z", "chi_square"), "p_value"] == pytest.approx(np.exp(-1.5))  # χ² = 3
    assert whole.loc[("w", "anova"), "warning"].startswith("left out: w is not declared")
    effects = effect_sizes([(split, ["x", "y", "z", "w"])], variables)
    unlimited = effects[effects[["estimate", "ci_low", "ci_high"]].isna().any(axis=1)]
    assert (unlimited["reason"] != "").all()


def test_a_grouping_nobody_has_leaves_every_row_untested():
    split = grouping([None] * 4, x=[1.0, 2.0, 3.0, 4.0])
    row = shown(split, Variable(), StatisticsSettings())
    assert row["n_total"] == 4
    assert row["warning"].endswith("not tested: one group only has a value")


def test_table_2_stays_between_two_groups(synthetic):
    analysis = replace(ANALYSIS, table2_groupings=("bmi_class", "sex"))
    settings = Settings(variables=VARIABLES, analysis=analysis, statistics=QUICK)
    rows = analyse(*with_groups(synthetic), settings)["comparisons"].query("table == 'table2'")
    refused = rows[rows["grouping"] == "bmi_class"]
    assert refused["warning"].str.contains("does not split the vertebrae in two").all()
    assert rows.loc[rows["grouping"] == "sex", "p_value"].notna().any()


def test_limits_of_three_values_are_those_of_the_mixture_of_beta_distributions():
    """One degree of freedom of the error; P(F ≤ f) is a Poisson mixture (Johnson & Kotz, 30.3)."""
    first, second = np.array([0.53]), np.array([0.46, 0.54])
    found = effects_among_several([first, second])[0]
    f = stats.f_oneway(first, second).statistic
    noncentrality = 3 * found.ci_high / (1 - found.ci_high)
    terms = np.arange(400)
    shares = stats.poisson.pmf(terms, noncentrality / 2)
    below = float(shares @ special.betainc(0.5 + terms, 0.5, f / (f + 1)))
    assert below == pytest.approx(0.025, abs=1e-8)
    assert found.ci_low == 0
