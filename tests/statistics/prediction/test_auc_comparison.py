"""DeLong's comparison in cases whose answer is known, or that have none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bonecohort.statistics.prediction.auc_comparison import auc_comparisons, compare_areas
from bonecohort.statistics.prediction.reference_standard import at_or_below, of_category
from bonecohort.statistics.prediction.roc_table import Predictor, roc_tables

EVENTS = np.array([True, True, True, False, False, False, False])
SCORES = np.array([5.0, 3.0, 4.0, 3.5, 1.0, 2.0, 0.0])


def test_a_predictor_turned_round_is_the_same_predictor():
    found = compare_areas(np.column_stack([SCORES, -SCORES]), EVENTS, ("above", "below"))
    assert found.difference == 0
    assert found.warning == "no test: both predictors place every participant alike"


def test_the_order_turns_the_sign_only():
    other = np.array([1.0, 6.0, 2.0, 3.0, 2.5, 0.5, 1.5])
    first = compare_areas(np.column_stack([SCORES, other]), EVENTS, ("above", "above"))
    second = compare_areas(np.column_stack([other, SCORES]), EVENTS, ("above", "above"))
    assert second.statistic == pytest.approx(-first.statistic)
    assert second.p_value == pytest.approx(first.p_value)


def test_direction_and_category_are_the_variables_own():
    people = pd.DataFrame(
        {"age": SCORES, "density": -SCORES, "fracture": np.where(EVENTS, "yes", "no")}
    )
    standard = of_category(people, "fracture", ("no", "yes"))
    assert standard.name == "fracture = yes"
    predictors = [Predictor("age", "above"), Predictor("density", "below"), Predictor("t", "below")]
    table, _ = roc_tables(people, standard, predictors, 50, 1)
    assert table.loc[0, "auc"] == table.loc[1, "auc"] == pytest.approx(11 / 12)
    assert table.loc[0, "sensitivity"] == table.loc[1, "sensitivity"] == 1
    assert table.loc[0, "youden_cut"] == -table.loc[1, "youden_cut"] == 2.5
    found = auc_comparisons(people, standard, predictors)
    assert found["warning"].tolist()[1:] == ["not done: the table has no column t"] * 2


def test_a_standard_that_is_unknown_says_why():
    people = pd.DataFrame({"age": SCORES, "grade": list("aabbccc")})
    assert "no column t_score" in at_or_below(people, "t_score", -2.5).warning
    three = of_category(people, "grade", ("a", "b", "c"))
    assert three.warning == "not done: grade has 3 categories, not two"
    found = auc_comparisons(people, three, [Predictor("age", "above"), Predictor("age", "below")])
    assert found["warning"].tolist() == [three.warning]
