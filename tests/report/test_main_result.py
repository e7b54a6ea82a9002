"""The head of the summary: the study's question, answered by both analyses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bonecohort.papers.hao2025.report.main_result import main_result
from bonecohort.papers.hao2025.settings import AnalysisSettings
from bonecohort.report.printing.printer import Printer
from bonecohort.study.config_checks import config_problems
from bonecohort.study.settings import Settings

from .reports import read_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.results.inputs import ReportInputs

TERM = "total_spine_hu"
MODELS = "statistics/models.csv"
RECOMMENDED = "statistics/recommended_models.csv"
SETTINGS = Settings()
NO_BREAK = "\u00a0"


@pytest.fixture(scope="module")
def inputs(small_results: Path) -> ReportInputs:
    return read_inputs(small_results)


def with_answer(inputs: ReportInputs, **values: float | str) -> ReportInputs:
    """Return the inputs with other values of the recommended answer."""
    frame = inputs.frame(RECOMMENDED).copy()
    is_answer = (
        (frame["model"] == "multivariable") & (frame["term"] == TERM) & (frame["shown"] == "yes")
    )
    assert is_answer.sum() == 1
    for name, value in values.items():
        frame[name] = frame[name].astype(object)
        frame.loc[is_answer, name] = value
    return replace(inputs, frames={**inputs.frames, RECOMMENDED: frame})


def told(inputs: ReportInputs, settings: Settings = SETTINGS) -> dict[str, str]:
    (part,) = main_result(inputs, settings, Printer.of(settings))
    values = {name: value for name, value in part.values.items() if isinstance(value, str)}
    plain = {name: value.replace(NO_BREAK, " ") for name, value in values.items()}
    return {**part.values, **plain}


def test_both_analyses_stand_side_by_side_with_p_n_and_events_per_term(inputs: ReportInputs):
    models = inputs.frame(MODELS)
    usual = models[(models["model"] == "multivariable") & (models["term"] == TERM)].iloc[0]
    answer = told(with_answer(inputs, p_value=0.012, p_adjusted=0.204, events_per_term=4.2))
    assert answer["question"] == "Is total spine HU associated with endplate defects?"
    assert answer["answer"] == "No association was shown (corrected p = 0.204)."
    published, advised = answer["rows"]
    assert published["estimate"].startswith(f"{usual['odds_ratio'] ** 10:.2f} (")
    assert published["p"] == f"{usual['p_value']:.3f}"
    assert published["p_corrected"] == "–"
    assert advised["p"] == "0.012"
    assert advised["p_corrected"] == "0.204"
    assert "4.2 events per term, fewer than 10: the estimates are unstable" in answer["size"]
    assert f"n = {usual['n']:.0f}, {usual['events']:.0f} with endplate defects" in answer["size"]
    assert answer["changes"].startswith("Of ")


@pytest.mark.parametrize(("estimate", "direction"), [(-0.03, "lower"), (0.03, "higher")])
def test_an_association_is_reported_with_its_direction(inputs, estimate, direction):
    answer = told(with_answer(inputs, estimate=estimate, p_adjusted=0.004, events_per_term=12.0))
    expected = f"Yes: the odds are {direction} with total spine HU, per 10 HU"
    assert answer["answer"] == f"{expected} (corrected p = 0.004)."
    assert "unstable" not in answer["size"]


def test_a_model_that_was_not_fitted_answers_nothing(inputs: ReportInputs):
    answer = told(with_answer(inputs, p_adjusted=float("nan"), reason="too few events"))
    assert answer["answer"] == (
        "This cannot be answered: the model was not fitted. Too few events."
    )


def test_a_study_may_ask_about_another_term(inputs: ReportInputs):
    settings = replace(Settings(), analysis=AnalysisSettings(main_term="age_years"))
    assert told(inputs, settings)["question"] == "Is age associated with endplate defects?"
    without = AnalysisSettings(multivariable_terms=("age_years", "sex"))
    assert without.question_term == "age_years"


def test_the_question_is_about_a_term_of_the_model():
    wrong = replace(Settings(), analysis=AnalysisSettings(main_term="bmi_kg_m"))
    assert list(config_problems(wrong)) == [
        (
            "analysis.main_term: 'bmi_kg_m' is no term of the multivariable model; did you mean "
            "'bmi_kg_m2'?"
        )
    ]


def test_without_the_model_there_is_no_answer(inputs: ReportInputs):
    empty = pd.DataFrame(columns=inputs.frame(RECOMMENDED).columns)
    assert (
        main_result(
            replace(inputs, frames={**inputs.frames, RECOMMENDED: empty}),
            SETTINGS,
            Printer.of(SETTINGS),
        )
        == ()
    )
