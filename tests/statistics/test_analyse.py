from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.papers.hao2025.statistics.reproduction import (
    agrees,
    as_printed,
    compare_with_hao2025,
)
from bonecohort.study.settings import Settings, StatisticsSettings, Variable

REPOSITORY = Path(__file__).resolve().parents[2]

CONTRACT = {
    "comparisons": (
        "table variable grouping group_1 group_2 n_1 n_2 mean_1 sd_1 mean_2 sd_2 median_1 "
        "median_2 test statistic df p_value shown"
    ),
    "counts": "table variable category group n percent",
    "normality": "variable group n test statistic p_value",
    "models": (
        "model outcome term reference estimate standard_error odds_ratio ci_low ci_high p_value "
        "n events"
    ),
    "correlations": "x y n slope intercept r_squared p_value",
    "prevalence": (
        "level defect_type n n_vertebrae percent ci_low ci_high share_of_defects_percent"
    ),
    "effects": (
        "analysis table variable grouping group_1 group_2 category measure estimate ci_low ci_high"
    ),
    "clustered": (
        "analysis question outcome term reference model method shown estimate standard_error "
        "odds_ratio ci_low ci_high statistic df p_value p_adjusted"
    ),
    "clustered_prevalence": (
        "analysis variable group method shown n n_vertebrae n_participants percent"
    ),
    "recommended_models": (
        "analysis model outcome term reference method shown estimate standard_error odds_ratio "
        "ci_low ci_high statistic df p_value p_adjusted"
    ),
    "multiplicity": (
        "analysis family table variable grouping test p_value p_adjusted n_tests reason"
    ),
}
TESTED = ("comparisons", "normality", "models", "correlations")


def assert_no_unexplained_gap(analysis: dict[str, pd.DataFrame]) -> None:
    for name in TESTED:
        frame = analysis[name]
        assert frame.loc[frame["p_value"].isna(), "warning"].ne("").all(), name


def test_columns_are_those_of_the_contract(synthetic_analysis):
    assert set(synthetic_analysis) >= set(CONTRACT)
    for name, columns in CONTRACT.items():
        expected = columns.split()
        assert list(synthetic_analysis[name].columns[: len(expected)]) == expected


def test_each_row_of_a_table_shows_one_test(synthetic_analysis):
    rows = synthetic_analysis["comparisons"].groupby(["table", "variable", "grouping"])
    assert (rows["shown"].agg(lambda shown: (shown == "yes").sum()) == 1).all()


def test_a_variable_may_have_a_test_of_its_own(synthetic):
    tests = {"age_years": "mann_whitney_u", "alcohol": "fisher_exact"}
    settings = Settings(statistics=StatisticsSettings(tests=tests))
    found = analyse(*synthetic, settings)["comparisons"]
    shown = found[(found["table"] == "table1") & (found["shown"] == "yes")]
    of = shown.set_index("variable")["test"]
    assert of["age_years"] == "mann_whitney_u"
    assert of["alcohol"] == "fisher_exact"
    assert of["sex"] == "chi_square"
    assert of["bmi_kg_m2"] == "student_t"


def test_fishers_test_of_a_larger_table_falls_back_with_a_reason(synthetic):
    participants, vertebrae, endplates = synthetic
    grade = np.resize(["a", "b", "c"], len(participants))
    three = Variable("Grade", type="categorical", levels=("a", "b", "c"))
    settings = Settings(
        variables={"grade": three},
        analysis=replace(Settings().analysis, table1_rows=("grade",)),
        statistics=StatisticsSettings(tests={"grade": "fisher_exact"}),
    )
    found = analyse(participants.assign(grade=grade), vertebrae, endplates, settings)
    (row,) = found["comparisons"].query("table == 'table1' and shown == 'yes'").to_dict("records")
    assert row["test"] == "chi_square"
    assert "2×2" in row["warning"]


def test_groups_are_in_the_printed_order(synthetic_analysis):
    pairs = synthetic_analysis["comparisons"].groupby("grouping")[["group_1", "group_2"]].first()
    assert pairs.loc["endplate_defect"].tolist() == ["yes", "no"]
    assert pairs.loc["low_hu"].tolist() == ["yes", "no"]
    assert pairs.loc["sex"].tolist() == ["male", "female"]
    assert pairs.loc["lumbar_region"].tolist() == ["upper", "lower"]
    assert pairs.loc["endplate"].tolist() == ["superior", "inferior"]


@pytest.mark.parametrize(
    ("choice", "shown"), [("student", {"student_t"}), ("welch", {"welch_t"}), ("levene", None)]
)
def test_setting_chooses_the_test_shown(synthetic, choice, shown):
    settings = Settings(statistics=StatisticsSettings(choice))
    rows = analyse(*synthetic, settings)["comparisons"].query("shown == 'yes' and mean_1.notna()")
    if shown:
        assert set(rows["test"]) == shown
    else:
        expected = np.where(rows["levene_p_value"] < 0.05, "welch_t", "student_t")
        assert list(rows["test"]) == list(expected)


def test_rule_shows_t_only_where_both_groups_look_normal(synthetic):
    analysis = analyse(*synthetic, Settings(statistics=StatisticsSettings("rule")))
    normal = analysis["normality"].set_index(["variable", "group"])["p_value"]
    rows = analysis["comparisons"].query("table == 'table1' and shown == 'yes' and mean_1.notna()")
    for variable, test in zip(rows["variable"], rows["test"], strict=True):
        both = normal[variable, "yes"] >= 0.05 and normal[variable, "no"] >= 0.05
        assert test == ("student_t" if both else "mann_whitney_u"), variable


def test_missing_values_are_no_category(synthetic, synthetic_analysis):
    people = synthetic[0]
    counts = synthetic_analysis["counts"].query("table == 'table1' and variable == 'smoking'")
    assert set(counts["category"]) == {"no", "yes"}
    total = counts[counts["group"] == "total"]
    assert total["n"].sum() == people["smoking"].notna().sum() == 61
    assert total["percent"].sum() == pytest.approx(100)
    assert set(total["n_missing"]) == {1}


def test_table2_takes_each_defect_vertebra_once(synthetic, synthetic_analysis):
    defects = synthetic[1].query("defect_type != 'none'")
    rows = synthetic_analysis["comparisons"].query("table == 'table2' and variable == 'width_mm'")
    sizes = (rows["n_1"] + rows["n_2"]).groupby(rows["grouping"]).first()
    bilateral = (defects["defect_type"] == "bilateral").sum()
    assert sizes["low_hu"] == sizes["sex"] == sizes["lumbar_region"] == len(defects)
    assert sizes["endplate"] == len(defects) - bilateral


def test_unread_vertebrae_are_in_no_denominator(synthetic):
    people, vertebrae, endplates = synthetic
    vertebrae = vertebrae.copy()
    rows = vertebrae.index[vertebrae["level"] == "L4"][:7]
    vertebrae.loc[rows[:4], "defect_type"] = "not_assessable"
    vertebrae.loc[rows[4:], "defect_type"] = None
    prevalence = analyse(people, vertebrae, endplates, Settings())["prevalence"]
    n = prevalence.groupby("level")["n_vertebrae"].first()
    assert n["L4"] == 55
    assert n["L3"] == 62


@pytest.mark.parametrize("case", ["no defect", "no endplate source", "nobody", "one", "few"])
def test_degenerate_cohorts_are_analysed_with_reasons(synthetic, case):
    people, vertebrae, endplates = (frame.copy() for frame in synthetic)
    if case == "no defect":
        people["endplate_defect"], vertebrae["defect_type"] = "no", "none"
    elif case == "no endplate source":
        people["endplate_defect"], vertebrae["defect_type"] = None, None
    else:
        ids = people["participant_id"].iloc[: {"nobody": 0, "one": 1, "few": 4}[case]]
        people = people[people["participant_id"].isin(ids)]
        vertebrae = vertebrae[vertebrae["participant_id"].isin(ids)]
        endplates = endplates[endplates["participant_id"].isin(ids)]
    analysis = analyse(people, vertebrae, endplates, Settings())
    assert_no_unexplained_gap(analysis)
    compare_with_hao2025(people, vertebrae, endplates, analysis)


def test_without_endplates_table_1_still_describes_everyone(synthetic):
    people, vertebrae, endplates = (frame.copy() for frame in synthetic)
    people["endplate_defect"], vertebrae["defect_type"] = None, None
    rows = analyse(people, vertebrae, endplates, Settings())["comparisons"]
    age = rows.query("variable == 'age_years' and shown == 'yes'").iloc[0]
    assert age["n_total"] == 62
    assert age["mean_total"] == pytest.approx(people["age_years"].mean())
    assert age["warning"] == "not tested: both groups have no value"


def test_variables_that_cannot_be_tested_say_why(synthetic):
    people, vertebrae, endplates = synthetic
    people = people.drop(columns=["diabetes", "weight_kg"])
    people = people.assign(smoking="no", alcohol=None, bmi_kg_m2=22.1)
    analysis = analyse(people, vertebrae, endplates, Settings())
    rows = analysis["comparisons"].drop_duplicates("variable").set_index("variable")
    assert rows.loc["diabetes", "warning"] == "left out: the table has no column diabetes"
    assert rows.loc["diabetes", "shown"] == "no"
    assert rows.loc["alcohol", "warning"] == "left out: alcohol has no value in either group"
    assert rows.loc["smoking", "warning"] == "not tested: every value is the same category"
    assert rows.loc["bmi_kg_m2", "warning"] == "not tested: every value is 22.1"
    assert_no_unexplained_gap(analysis)


def test_undeclared_category_is_left_out_and_reported(synthetic):
    people, vertebrae, endplates = synthetic
    people = people.copy()
    people.loc[0, "back_pain"] = "sometimes"
    rows = analyse(people, vertebrae, endplates, Settings())["comparisons"]
    row = rows.query("variable == 'back_pain' and shown == 'yes'").iloc[0]
    assert row["n_1"] + row["n_2"] == 61
    assert "1 not among no, yes" in row["warning"]


def test_tables_follow_the_settings(synthetic):
    people, vertebrae, endplates = synthetic
    people = people.assign(centre=np.where(np.arange(len(people)) % 2, "A", "B"))
    plain = Settings()
    centre = Variable("Centre", type="categorical", levels=("A", "B"))
    settings = replace(
        plain,
        variables={**plain.variables, "centre": centre},
        analysis=replace(
            plain.analysis,
            table1_rows=("vas_0_10", "centre", "osteoporosis"),
            table2_groupings=("centre", "hypertension", "age_years", "nothing"),
        ),
    )
    rows = analyse(people, vertebrae, endplates, settings)["comparisons"]
    first = rows.query("table == 'table1' and shown == 'yes'")
    assert list(first["variable"]) == ["vas_0_10", "centre", "osteoporosis"]
    groups = rows.query("table == 'table2'").groupby("grouping")[["group_1", "group_2"]].first()
    assert groups.loc["centre"].tolist() == ["A", "B"]
    assert groups.loc["hypertension"].tolist() == ["yes", "no"]
    undivided = rows[rows["grouping"].isin(("age_years", "nothing"))]
    assert undivided["p_value"].isna().all()
    assert undivided["warning"].str.contains("two declared levels").all()


def test_the_tables_given_are_not_changed(synthetic):
    before = [frame.copy() for frame in synthetic]
    analyse(*synthetic, Settings())
    for frame, copy in zip(synthetic, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_every_value_of_tables_1_and_3_but_the_papers_own_slips_agrees(
    table_study, table_study_analysis
):
    found = compare_with_hao2025(*table_study, table_study_analysis)
    assert len(found) == 213
    differing = found[(found["agrees"] == "no") & found["where"].isin(("Table 1", "Table 3"))]
    assert set(differing["item"]) == {
        "total_spine_hu, endplate defect",
        "total_spine_hu, total",
        "univariate age_years, odds ratio",
        "univariate bmi_kg_m2, p",
        "univariate total_spine_hu, p",
        "univariate alcohol[yes], odds ratio",
    }
    raw = found[found["item"].str.match(r"(width_mm|depth_mm|n,) ?")]
    assert (raw["agrees"] == "yes").all()
    assert (found.loc[found["where"] == "Figure 3", "agrees"] == "yes").all()


@pytest.mark.parametrize(
    ("printed", "value", "expected", "shown"),
    [
        ("0.1 ± 0.08", (0.104, 0.081), True, "0.10 ± 0.08"),
        ("−1.6 ± 1.4", (-1.62, 1.39), True, "−1.6 ± 1.4"),
        ("<0.001", (0.0009,), True, "<0.001"),
        ("<0.001", (0.0011,), False, "0.001"),
        ("0.001", (1e-8,), False, "<0.001"),
        ("1.1(1.1-1.2)", (1.089, 1.051, 1.128), False, "1.1(1.1-1.1)"),
        ("39–87", (39, 87), True, "39–87"),
        ("0.5", (float("nan"),), False, "not available"),
    ],
)
def test_printed_and_recomputed_are_compared_at_the_printed_precision(
    printed, value, expected, shown
):
    assert agrees(printed, value) is expected
    assert as_printed(printed, value) == shown


def test_the_comparison_page_says_what_is_found(table_study, table_study_analysis):
    page = (REPOSITORY / "docs/hao2025.md").read_text(encoding="utf-8")
    found = compare_with_hao2025(*table_study, table_study_analysis)
    for where, rows in found.groupby("where"):
        agree = int((rows["agrees"] == "yes").sum())
        assert f"| {where} | {agree} | {len(rows) - agree} |" in page
    few = found[found["where"].isin(("Table 1", "Table 3", "Text")) & (found["agrees"] == "no")]
    for row in few.to_dict("records"):
        assert f"| {row['where']} | {row['item']} |" in page
