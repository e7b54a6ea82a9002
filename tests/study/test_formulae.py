"""Models as formulae: mistakes are named before anything is measured."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.cli import main
from bonecohort.faults import StudyFault
from bonecohort.study.config import check_settings
from bonecohort.study.study import load_study

VARIABLES = """\
variables:
  menopause: {type: categorical, levels: [no, yes]}
  grade: {type: categorical, levels: [a, b, c]}
  weight_lb: {}
"""


def table(n: int = 60, **changed: list[str]) -> str:
    draw = np.random.default_rng(3)
    weight = draw.integers(45, 95, n)
    columns = {
        "participant_id": [f"P{i:03}" for i in range(n)],
        "age_years": [str(age) for age in draw.integers(50, 85, n)],
        "menopause": ["yes" if i % 2 else "no" for i in range(n)],
        "grade": ["abc"[i % 3] for i in range(n)],
        "weight_kg": [str(value) for value in weight],
        "weight_lb": [f"{2.2 * value:.1f}" for value in weight],
        "bmd_g_cm2": [f"{value:.3f}" for value in draw.normal(0.9, 0.1, n)],
    } | changed
    rows = [columns.keys(), *zip(*columns.values(), strict=True)]
    return "".join("\t".join(row) + "\n" for row in rows)


def write(study, analysis: str, participants: str | None = None) -> None:
    study.write("config/config.yaml", f"{VARIABLES}analysis:\n{analysis}")
    study.write("config/participants.tsv", participants or table())
    rows = [f"P{i:03}\thu_table\thu.csv\n" for i in range(60)]
    study.write("config/series.tsv", "participant_id\tkind\tpath\n" + "".join(rows))


def problems(study) -> list[str]:
    with pytest.raises(StudyFault) as caught:
        load_study(study.path)
    return [text.removeprefix("config/config.yaml: ") for text in caught.value.problems]


def test_every_fault_of_a_formula_is_reported_at_once(study):
    write(
        study,
        "  outcome: menopause\n  table1_grouping: menopause\n"
        "  univariate_terms: [age_years, grade, smoking, diabetes, ages]\n"
        "  multivariable_terms: [weight_kg, age_years, weight_lb, menopause]\n",
        table(grade=["a"] * 60, diabetes=[""] * 60),
    )
    assert problems(study) == [
        "analysis.univariate_terms: unknown 'ages'; did you mean 'age_years'?",
        "analysis.multivariable_terms: menopause is the outcome; leave it out of its own terms.",
        (
            "analysis.univariate_terms: grade: all included participants have a; two values are "
            "needed."
        ),
        "analysis.univariate_terms: smoking: config/participants.tsv has no column of that name.",
        "analysis.univariate_terms: diabetes: no included participant has a value; leave it out.",
        (
            "analysis.multivariable_terms: weight_kg, weight_lb repeat each other exactly in the "
            "60 complete participants; leave one out."
        ),
    ]


def test_a_linear_combination_is_found_and_a_close_one_is_not(study):
    draw = np.random.default_rng(5)
    first, second = draw.integers(40, 90, (2, 60))
    columns = {
        "age_years": [str(v) for v in first],
        "bmd_g_cm2": [f"{v / 100:.2f}" for v in second],
    }
    terms = "  outcome: menopause\n  multivariable_terms: [age_years, bmd_g_cm2, weight_kg]\n"
    exact = [f"{a + b:.0f}" for a, b in zip(first, second, strict=True)]
    write(study, terms, table(**columns, weight_kg=exact))
    (problem,) = problems(study)
    assert "age_years, bmd_g_cm2, weight_kg repeat each other exactly" in problem
    near = [*exact[:-1], f"{float(exact[-1]) + 0.5:.1f}"]
    write(study, terms, table(**columns, weight_kg=near))
    assert load_study(study.path).settings.analysis.outcome == "menopause"


def test_categories_that_repeat_another_variable_are_collinear(study):
    write(
        study,
        "  outcome: osteoporosis\n  multivariable_terms: [grade, menopause]\n",
        table(menopause=["yes" if i % 3 == 2 else "no" for i in range(60)]),
    )
    (problem,) = problems(study)
    assert problem == (
        "analysis.multivariable_terms: grade, menopause repeat each other exactly in the 60 "
        "complete participants; leave one out."
    )


def test_the_papers_own_lists_are_taken_as_far_as_the_data_go(study):
    write(study, "  outcome: osteoporosis\n", table(menopause=["no"] * 60))
    analysis = load_study(study.path).settings.analysis
    assert "hypertension" in analysis.multivariable_terms
    assert "total_spine_hu" not in (*analysis.univariate_terms, *analysis.multivariable_terms)
    assert "total_spine_hu" in analysis.table1_rows


@pytest.mark.parametrize(
    ("analysis", "problem"),
    [
        ({"outcome": "grade"}, "outcome: grade has 3 levels (a, b, c); two are needed."),
        (
            {"table1_grouping": "clinic"},
            "table1_grouping: clinic has 9 levels (1, 2, 3, 4, 5, 6, 7, 8, 9); two to 8 are",
        ),
        (
            {"table1_grouping": "age_years"},
            "table1_grouping: found age_years, which is continuous; a categorical variable with",
        ),
        ({"outcome": "age_years"}, "outcome: found age_years, which is continuous; a categorical"),
        ({"outcome": "total_spine_hu"}, "outcome: found total_spine_hu, which is continuous"),
        ({"outcome": "osteoporose"}, "outcome: unknown 'osteoporose'; did you mean 'osteoporosis'"),
        ({"table1_grouping": "sex", "table1_rows": ["sex"]}, "table1_rows: sex is the grouping"),
        (
            {"outcome": "osteoporosis", "univariate_terms": ["total_spine_hu"]},
            (
                "univariate_terms: the outcome osteoporosis is computed from total_spine_hu; "
                "leave it out"
            ),
        ),
    ],
)
def test_an_outcome_or_grouping_that_cannot_be_is_refused(analysis, problem, tmp_path):
    grade = {"type": "categorical", "levels": ["a", "b", "c"]}
    clinic = {"type": "categorical", "levels": [str(i) for i in range(1, 10)]}
    variables = {"grade": grade, "clinic": clinic}
    _, found = check_settings({"variables": variables, "analysis": analysis}, tmp_path)
    assert [text for text in found if f"analysis.{problem}" in text] == found
    assert len(found) == 1


def test_a_grouping_may_have_three_levels(tmp_path):
    grade = {"type": "categorical", "levels": [1, 2, 3]}
    config = {"variables": {"grade": grade}, "analysis": {"table1_grouping": "grade"}}
    settings, found = check_settings(config, tmp_path)
    assert found == []
    assert settings.variables["grade"].levels == ("1", "2", "3")


def test_few_events_and_an_unused_reference_are_warnings_of_the_check(study, capsys):
    planes = [f"L{at},{plane}" for at in range(1, 6) for plane in ("upper", "middle", "lower")]
    rows = [f"P{i:03},{plane},100" for i in range(60) for plane in planes]
    study.write("hu.csv", "\n".join(["participant_id,level,plane,hu", *rows]))
    write(
        study,
        "  outcome: menopause\n  univariate_terms: [age_years]\n"
        "  multivariable_terms: [age_years, grade]\n",
        table(
            menopause=["yes" if i < 14 else "no" for i in range(60)],
            grade=["bc"[i % 2] for i in range(60)],
        ),
    )
    assert main(["check", str(study.path)]) == 0
    printed = capsys.readouterr().out
    assert "no problem found" in printed
    assert printed.splitlines()[1:] == [
        (
            "  Warning: grade: no included participant has a, the first level declared; b is the "
            "reference of the models."
        ),
        (
            "  Warning: menopause: 14 cases of the rarer outcome among 60 complete participants "
            "for 2 terms of the multivariable model; 10 a term are advised."
        ),
    ]


def test_ten_events_a_term_carry_no_warning(study):
    write(
        study,
        "  outcome: menopause\n  univariate_terms: [grade]\n"
        "  multivariable_terms: [age_years, grade]\n",
    )
    assert load_study(study.path).warnings == ()


def test_an_outcome_that_is_still_to_be_measured_is_left_to_the_results(study):
    write(study, "  outcome: osteoporosis\n  multivariable_terms: [age_years, bmd_g_cm2]\n")
    assert load_study(study.path).warnings == ()
