"""Vertebrae nested in participants: known results, and what is said where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.papers.hao2025.statistics.clustered_prevalence import clustered_prevalence
from bonecohort.papers.hao2025.statistics.vertebra_questions import vertebra_questions
from bonecohort.statistics.regression.clustered_data import ClusteredData
from bonecohort.statistics.regression.clustered_fits import fit_all
from bonecohort.statistics.regression.clustered_table import clustered_results
from bonecohort.study.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from tests.statistics.conftest import Frames

LEVELS = Settings().levels


def answers(frames: Frames) -> pd.DataFrame:
    return clustered_results(vertebra_questions(frames[0], frames[1], Settings()))


def nested(n: int, size: int, icc: float, seed: int = 2) -> ClusteredData:
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(n), size)
    shared = rng.normal(size=n)[people] * np.sqrt(icc)
    outcome = shared + rng.normal(size=n * size) * np.sqrt(1 - icc)
    term = rng.normal(size=n)[people]
    return ClusteredData(outcome, term[:, np.newaxis], people, ("x",), "linear")


def test_repeating_every_vertebra_leaves_the_robust_error_and_shrinks_the_naive_one():
    once = nested(80, 1, 0.0)
    thrice = ClusteredData(
        np.repeat(once.outcome, 3), np.repeat(once.design, 3, axis=0),
        np.repeat(once.participants, 3), ("x",), "linear",
    )  # fmt: skip
    single, repeated = fit_all(once), fit_all(thrice)
    assert repeated[0].error(1) < 0.6 * single[0].error(1)
    correction = ((240 - 1) / (240 - 2)) / ((80 - 1) / (80 - 2))
    assert repeated[1].error(1) == pytest.approx(single[1].error(1) * np.sqrt(correction), rel=1e-9)
    assert repeated[2].reason.startswith("not fitted: no convergence")


def test_gee_finds_the_correlation_within_participants():
    fits = fit_all(nested(2000, 5, 0.4))
    assert fits[2].correlation == pytest.approx(0.4, abs=0.03)
    assert fits[2].error(1) / fits[0].error(1) == pytest.approx(np.sqrt(1 + 4 * 0.4), rel=0.1)


def test_one_vertebra_each_is_not_nested_and_said_so():
    fits = fit_all(nested(70, 1, 0.0))
    assert fits[2].warning == "every participant has one site, so nothing is nested"
    assert fits[2].estimates == pytest.approx(fits[0].estimates)


def test_units_do_not_change_the_test():
    data = nested(60, 4, 0.3)
    other = ClusteredData(
        1e4 * data.outcome + 7, 1e-5 * data.design + 300, data.participants, ("x",), "linear"
    )
    for fit, same in zip(fit_all(data), fit_all(other), strict=True):
        assert fit.p_value(1) == pytest.approx(same.p_value(1), rel=1e-6)


def test_below_fifty_participants_the_bias_reduced_errors_are_shown(synthetic):
    found = answers(synthetic)
    shown = found[(found["shown"] == "yes") & found["estimate"].notna()]
    few = shown["n_participants"] < 50
    assert few.any()
    assert not few.all()
    fitted = shown["warnings"].str.contains("not fitted")
    assert set(shown.loc[few & ~fitted, "method"]) == {"gee_bias_reduced"}
    assert set(shown.loc[~few, "method"]) == {"gee_exchangeable"}
    robust = found[(found["method"] == "gee_exchangeable") & (found["n_participants"] < 50)]
    narrow = robust["warnings"].str.contains("too narrow") | robust["reason"].ne("")
    assert narrow.all()


def test_where_gee_does_not_converge_the_cluster_robust_result_is_shown_and_said_so(synthetic):
    found = answers(synthetic)
    asked = (found["outcome"] == "standardized_width") & (found["term"] == "endplate[superior]")
    rows = found[asked].set_index("method")
    assert rows.loc["gee_exchangeable", "reason"].startswith("not fitted: no convergence")
    assert np.isnan(rows.loc["gee_exchangeable", "p_value"])
    assert rows.loc["cluster_robust", "shown"] == "yes"
    assert "no convergence" in rows.loc["cluster_robust", "warnings"]


def test_every_question_is_asked_and_shows_one_answer_a_term(synthetic):
    found = answers(synthetic)
    assert set(found["question"]) == {
        "figure4", "table2", "defect_region", "defect_level", "defect_hu",
    }  # fmt: skip
    terms = found.groupby(["question", "outcome", "term"])["shown"]
    assert (terms.agg(lambda shown: (shown == "yes").sum()) == 1).all()


def test_a_level_without_defects_is_named_as_the_cause_of_separation(synthetic):
    people, bones, endplates = synthetic
    bones = bones.assign(defect_type=bones["defect_type"].mask(bones["level"] == "L4", "none"))
    found = answers((people, bones, endplates)).set_index("question")
    reasons = found.loc["defect_level", "reason"]
    assert reasons.str.contains(r"separated .* by level\[L4\]").all()
    prevalence = clustered_prevalence(bones, LEVELS).set_index(["group", "method"])
    robust = prevalence.loc[("L4", "cluster_robust")]
    assert robust["reason"] == "not computed: none of the 62 vertebrae have a defect"
    assert prevalence.loc[("L4", "wilson"), "shown"] == "yes"


def test_a_study_of_one_level_has_no_question_on_levels_and_says_so(synthetic):
    people, bones, endplates = one_level(synthetic)
    found = analyse(people, bones, endplates, Settings(levels=("L3",)))["clustered"]
    row = found.set_index("question").loc["defect_level"]
    assert (row["term"], row["reason"]) == ("level", "left out: the study has one level only")


def test_a_group_of_one_participant_alone_has_no_robust_error():
    data = nested(12, 3, 0.2)
    term = np.where(data.participants == 4, 1.0, 0.0)
    fits = fit_all(
        ClusteredData(data.outcome, term[:, np.newaxis], data.participants, ("g",), "linear")
    )
    assert not fits[0].reason
    assert {fit.reason for fit in fits[1:]} == {"not computed: one participant alone carries g"}


def test_two_levels_affected_in_the_same_participants_have_no_robust_error_between_them(synthetic):
    people, bones, endplates = synthetic
    types = bones.pivot(index="participant_id", columns="level", values="defect_type")
    like_l1 = bones["participant_id"].map(types["L1"])
    bones = bones.assign(defect_type=bones["defect_type"].mask(bones["level"] == "L5", like_l1))
    rows = answers((people, bones, endplates)).query("question == 'defect_level'")
    naive, robust = (rows[(rows["method"] == "independent") == same] for same in (True, False))
    assert naive["p_value"].notna().all()
    cancel = "the residuals of each participant cancel in level[L5]"
    assert set(robust["reason"]) == {f"not computed: {cancel}, so there is no robust variance"}
    assert robust["p_value"].isna().all()


def without_defects(frames: Frames) -> Frames:
    return frames[0], frames[1].assign(defect_type="none"), frames[2]


def unread(frames: Frames) -> Frames:
    return frames[0], frames[1].assign(defect_type=None), frames[2]


def all_defects(frames: Frames) -> Frames:
    return frames[0], frames[1].assign(defect_type="bilateral"), frames[2]


def first(n: int) -> Callable[[Frames], Frames]:
    def cut(frames: Frames) -> Frames:
        ids = frames[0]["participant_id"].iloc[:n]
        parts = [frame[frame["participant_id"].isin(ids)] for frame in frames]
        return parts[0], parts[1], parts[2]

    return cut


def without_hu(frames: Frames) -> Frames:
    people = frames[0].assign(total_spine_hu=np.nan, bmi_kg_m2=np.nan)
    return people, frames[1].assign(hu=np.nan, low_hu=None), frames[2]


def one_sex(frames: Frames) -> Frames:
    return frames[0].assign(sex="female"), frames[1], frames[2]


def one_level(frames: Frames) -> Frames:
    return frames[0], frames[1][frames[1]["level"] == "L3"], frames[2]


@pytest.mark.parametrize(
    "change",
    [without_defects, unread, all_defects, first(0), first(1), first(3), first(12), without_hu,
     one_sex, one_level],
    ids=lambda change: getattr(change, "__name__", str(change)),
)  # fmt: skip
def test_every_row_has_a_result_or_a_reason(synthetic: Frames, change: Callable):
    found = analyse(*change(synthetic), Settings())
    for name, column in {
        "effects": "estimate", "clustered": "p_value", "clustered_prevalence": "ci_low",
        "recommended_models": "p_value", "multiplicity": "p_adjusted",
    }.items():  # fmt: skip
        frame = found[name]
        unexplained = frame[frame[column].isna() & frame["reason"].fillna("").eq("")]
        assert unexplained.empty, f"{name}\n{unexplained}"
        numbers = frame.select_dtypes("number").drop(columns=["df"], errors="ignore")
        assert not np.isinf(numbers).any(axis=None), name
