"""A summary type chooses the test, unless one is named, and the methods text says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bonecohort.statistics.tests.choice import comparison_sentences, default_test
from bonecohort.statistics.tests.comparisons import compare_groups
from bonecohort.statistics.tests.groupings import Grouping
from bonecohort.study.settings import StatisticsSettings, Variable

MEDIAN = Variable("Pain", summary="median_quartiles")
VARIABLES = {
    "age": Variable("Age", "years"),
    "pain": MEDIAN,
    "dose": Variable("Dose", summary="median_quartiles"),
    "sex": Variable("Sex", type="categorical", levels=("male", "female")),
}


def people(n_groups: int) -> Grouping:
    rng = np.random.default_rng(13)
    groups = tuple("abc"[:n_groups])
    frame = pd.DataFrame(
        {
            "participant_id": [f"P{i}" for i in range(60)],
            "group": rng.choice(groups, 60),
            "age": rng.normal(60, 9, 60).round(1),
            "pain": rng.integers(0, 11, 60),
            "dose": rng.exponential(3, 60).round(2),
            "sex": rng.choice(["male", "female"], 60),
        }
    )
    return Grouping("table1", "group", groups, frame, frame["group"])


def shown(grouping: Grouping, names: list[str], choice: StatisticsSettings) -> pd.DataFrame:
    found = compare_groups([(grouping, names)], VARIABLES, choice)
    return found[(found["shown"] == "yes") & (found["table"] == "table1")].set_index("variable")


def test_a_median_is_compared_by_mann_whitney():
    grouping = people(2)
    found = shown(grouping, ["age", "pain"], StatisticsSettings())
    assert found["test"].to_dict() == {"age": "student_t", "pain": "mann_whitney_u"}
    truth = stats.mannwhitneyu(
        *(grouping.part(group)["pain"] for group in "ab"), use_continuity=False, method="asymptotic"
    )
    assert found.loc["pain", "p_value"] == pytest.approx(truth.pvalue, rel=1e-12)


def test_a_median_among_three_groups_is_compared_by_kruskal_and_wallis_and_pairs_by_mann_whitney():
    grouping = people(3)
    found = compare_groups([(grouping, ["age", "pain"])], VARIABLES, StatisticsSettings())
    told = found[found["shown"] == "yes"]
    first = told[told["table"] == "table1"].set_index("variable")["test"]
    assert first.to_dict() == {"age": "anova", "pain": "kruskal_wallis"}
    pairs = told[(told["table"] == "table1_pairs") & (told["variable"] == "pain")]
    assert pairs["test"].tolist() == ["mann_whitney_u"] * 3


@pytest.mark.parametrize("t_test", ["welch", "levene", "rule"])
def test_the_general_setting_is_of_means(t_test):
    found = shown(people(2), ["pain"], StatisticsSettings(t_test=t_test))
    assert found.loc["pain", "test"] == "mann_whitney_u"


def test_a_named_test_comes_first():
    choice = StatisticsSettings(tests={"pain": "welch_t", "age": "mann_whitney_u"})
    found = shown(people(2), ["age", "pain"], choice)
    assert found["test"].to_dict() == {"age": "mann_whitney_u", "pain": "welch_t"}
    assert default_test("pain", MEDIAN, choice, 3) == "welch_anova"


def test_one_way_of_all_is_reported_of_all():
    comparisons = compare_groups([(people(2), ["age", "sex"])], VARIABLES, StatisticsSettings())
    assert comparison_sentences(comparisons, VARIABLES) == [
        "Continuous variables are described by mean ± SD and compared by Student’s t test.",
        (
            "Categorical variables are described by count and percentage and compared by "
            "Pearson’s chi-square test."
        ),
    ]


def test_rows_that_differ_are_reported_by_name():
    comparisons = compare_groups(
        [(people(2), ["age", "pain", "dose", "sex"])], VARIABLES, StatisticsSettings()
    )
    assert comparison_sentences(comparisons, VARIABLES)[:2] == [
        "Age is described by mean ± SD and compared by Student’s t test.",
        (
            "Pain and Dose are described by median and quartiles and compared by the "
            "Mann–Whitney U test."
        ),
    ]
