"""Agreement of readers against R (psych), published values, and cases that have no answer."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.readings import collect_readings
from bonecohort.cohort.tables import measurements_table
from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.papers.hao2025.statistics.groupings import CLUSTERED, NOTHING_IN_COMMON
from bonecohort.papers.hao2025.statistics.readings import graded_by_readers, measured_by_readers
from bonecohort.statistics.agreement.agreement_table import AGREEMENT_COLUMNS, agreement_of_readers
from bonecohort.statistics.agreement.bland_altman import SAME_DIFFERENCE, bland_altman
from bonecohort.statistics.agreement.estimate import ONE_READER
from bonecohort.statistics.agreement.generalized_icc import with_generalized_limits
from bonecohort.statistics.agreement.icc import (
    NEGATIVE,
    PERFECT,
    SAME_SHIFT,
    SUBJECTS_ALIKE,
    intraclass_correlations,
    within_subject_spread,
)
from bonecohort.statistics.agreement.kappa import (
    ONE_CATEGORY,
    ONE_READER_ONE_CATEGORY,
    all_readers_kappa,
    two_reader_kappas,
)
from bonecohort.statistics.agreement.kappa import PERFECT as PERFECT_GRADES
from bonecohort.study.settings import Settings
from bonecohort.study.study import load_study
from tests.statistics.conftest import FIXTURES

if TYPE_CHECKING:
    from pathlib import Path

TOOLS_AGREE = 1e-6
SHROUT_FLEISS_1979 = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)
"""Table 2 of Shrout & Fleiss 1979: six subjects rated by four judges."""


def measurements_of(study_folder: Path) -> pd.DataFrame:
    study = load_study(study_folder, {})
    collected = Collected()
    collect_readings(study, study_folder, collected)
    return measurements_table(collected)


def agreement_in(measurements: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    return agreement_of_readers(
        measured_by_readers(measurements, settings), graded_by_readers(measurements)
    )


def rows(
    *readings: tuple, modality: str = "CT", measure: str = "hu", unit: str = "HU"
) -> pd.DataFrame:
    """Return measurement rows of (participant, level, reader, value)."""
    return pd.DataFrame(
        [
            (participant, site, modality, measure, value, unit, reader)
            for participant, site, reader, value in readings
        ],
        columns=["participant_id", "site", "modality", "measure", "value", "unit", "reader"],
    )


def table_of(values: np.ndarray, measure: str = "hu") -> pd.DataFrame:
    """Return rows of one vertebra a participant, from subjects × readers."""
    return rows(
        *(
            (f"P{number}", "L3", str(reader), value)
            for number, of_subject in enumerate(values)
            for reader, value in enumerate(of_subject, start=1)
        ),
        measure=measure,
    )


def test_shrout_and_fleiss_table_gives_their_published_values():
    found = intraclass_correlations(SHROUT_FLEISS_1979)
    published = {
        "icc_1_1": 0.17, "icc_2_1": 0.29, "icc_3_1": 0.71,
        "icc_1_k": 0.44, "icc_2_k": 0.62, "icc_3_k": 0.91,
    }  # fmt: skip
    assert {form: round(estimate.value, 2) for form, estimate in found.items()} == published
    # Between the judges lies 81% of the error: (24.5 − 1.02) / 6 against 1.02.
    told = {form for form, estimate in found.items() if estimate.warning}
    assert told == {"icc_2_1", "icc_2_k"}
    assert found["icc_2_1"].warning == (
        "the bias between readers is large, and 4 readers say little about it: the interval is "
        "likely too narrow"
    )


def test_the_remark_on_bias_begins_above_a_fifth_of_the_error():
    residuals = np.random.default_rng(5).normal(size=(40, 2))
    residuals -= residuals.mean(axis=0)
    readings = np.linspace(80, 160, 40)[:, np.newaxis] + residuals
    mean_square = float(np.square(residuals - residuals.mean(axis=1, keepdims=True)).sum()) / 39
    for share, has_warning in ((0.15, False), (0.25, True)):
        between = share / (1 - share) * mean_square
        shift = np.sqrt(2 * (between + mean_square / 40))
        found = intraclass_correlations(readings + np.array([0.0, shift]))
        assert bool(found["icc_2_1"].warning) == has_warning
        assert found["icc_3_1"].warning == ""


@pytest.mark.parametrize("name", ["two", "three"])
def test_every_number_agrees_with_r_from_the_readers_own_tables(name):
    theirs = json.loads((FIXTURES / f"readers_{name}_r.json").read_text())["values"]
    found = agreement_in(measurements_of(FIXTURES / "readers" / name), Settings())
    ours = {
        "/".join((row.measure, row.among, row.readers, row.statistic, quantity)): getattr(
            row, quantity
        )
        for row in found.itertuples()
        for quantity in ("estimate", "ci_low", "ci_high", "n", "n_participants", "n_incomplete")
    }
    differing = [
        (key, ours.get(key), value)
        for key, value in theirs.items()
        if key not in ours or not math.isclose(ours[key], value, rel_tol=TOOLS_AGREE, abs_tol=1e-12)
    ]
    assert differing == []
    numbers = {key for key, value in ours.items() if key.endswith(("estimate", "ci_low", "ci_high"))
               and math.isfinite(value)}  # fmt: skip
    assert numbers - theirs.keys() == set()
    assert len(numbers) > 600


def test_the_analysis_of_a_study_holds_the_agreement_of_its_readers(synthetic):
    measurements = table_of(SHROUT_FLEISS_1979)
    found = analyse(*synthetic, Settings(), measurements)["agreement"]
    pd.testing.assert_frame_equal(found, agreement_in(measurements, Settings()))


def test_the_file_is_tidy_and_says_why_a_number_is_absent():
    found = agreement_in(measurements_of(FIXTURES / "readers/two"), Settings())
    assert tuple(found.columns) == AGREEMENT_COLUMNS
    keys = ["measure", "among", "readers", "statistic"]
    assert not found.duplicated(keys).any()
    blank = found[["estimate", "ci_low", "ci_high"]].isna().any(axis=1)
    assert found.loc[blank, "warning"].ne("").all()
    by_key = found.set_index(keys)
    assert by_key.loc[("hu", "vertebrae", "1, 2", "icc_2_1"), "unit"] == ""
    assert by_key.loc[("hu", "vertebrae", "1, 2", "limit_low"), "unit"] == "HU"


def test_vertebrae_of_one_participant_are_reported_to_narrow_the_interval():
    found = agreement_in(measurements_of(FIXTURES / "readers/two"), Settings())
    with_interval = found[found["ci_low"].notna()].set_index("among")
    assert with_interval.loc["vertebrae", "warning"].str.contains(CLUSTERED).all()
    assert not with_interval.loc["participants", "warning"].str.contains(CLUSTERED).any()


def test_sizes_are_compared_where_a_defect_was_found():
    """Vertebrae that both call normal agree on 0 by definition, and count for no size."""
    found = agreement_in(measurements_of(FIXTURES / "readers/two"), Settings())
    n = found.drop_duplicates(["measure", "among"]).set_index(["measure", "among"])["n"]
    assert n["endplate_defect", "vertebrae"] > n["width_mm", "defect_by_any"]
    assert n["width_mm", "defect_by_any"] > n["width_mm", "defect_by_all"] > 0


def test_one_reader_is_a_stated_reason():
    found = agreement_in(table_of(np.array([[1.0], [2.0], [3.0]])), Settings())
    (row,) = found.to_dict("records")
    assert row["measure"] == "hu"
    assert row["warning"] == f"not computed: {ONE_READER}"
    assert math.isnan(row["estimate"])


def test_readers_who_shared_the_work_have_nothing_to_compare():
    found = agreement_in(rows(("A", "L1", "1", 100.0), ("B", "L1", "2", 90.0)), Settings())
    assert found["warning"].tolist() == [f"not computed: {NOTHING_IN_COMMON}"]


def test_no_measurement_at_all_gives_an_empty_table():
    found = agreement_in(rows(), Settings())
    assert found.empty
    assert tuple(found.columns) == AGREEMENT_COLUMNS


def test_the_mean_of_readers_is_no_reader():
    own = table_of(SHROUT_FLEISS_1979[:, :2])
    mean = own.groupby(["participant_id", "site", "measure", "unit"], as_index=False)["value"]
    with_mean = pd.concat([own, mean.mean().assign(reader="mean")])
    pd.testing.assert_frame_equal(
        agreement_in(with_mean, Settings()), agreement_in(own, Settings())
    )


def test_a_sample_read_twice_is_compared_and_the_rest_counted():
    own = table_of(SHROUT_FLEISS_1979[:, :2])
    once = rows(("X", "L3", "1", 7.0), ("Y", "L3", "1", 5.0))
    found = agreement_in(pd.concat([own, once]), Settings())
    assert set(found["n"]) == {6}
    assert set(found["n_incomplete"]) == {2}


def test_a_third_reader_of_a_few_leaves_the_pair_its_own_number():
    third = rows(("P0", "L3", "3", 9.0), ("P1", "L3", "3", 5.0))
    found = agreement_in(
        pd.concat([table_of(SHROUT_FLEISS_1979[:, :2]), third]), Settings()
    ).set_index("readers")
    assert found.loc["1, 2", "n"].unique() == [6]
    for readers in ("1, 2, 3", "1, 3", "2, 3"):
        assert found.loc[readers, "warning"] == (
            "not computed: 2 read by all of the readers, fewer than 3"
        )


def test_three_subjects_are_enough():
    found = agreement_in(table_of(SHROUT_FLEISS_1979[:3, :2]), Settings())
    assert found["estimate"].notna().all()
    assert found["ci_low"].notna().all()
    few = agreement_in(table_of(SHROUT_FLEISS_1979[:2, :2]), Settings())
    assert few["warning"].str.contains("fewer than 3").all()


def test_equal_readings_are_perfect_and_have_no_interval():
    same = np.column_stack([[101.3, 88.7, 120.1, 95.2]] * 2)
    for form, estimate in intraclass_correlations(same).items():
        assert (estimate.value, estimate.warning) == (1.0, PERFECT), form
    assert within_subject_spread(same)["within_subject_sd"].value == 0
    differences = bland_altman(*same.T)
    assert differences["limit_high"].value == 0
    assert {estimate.warning for estimate in differences.values()} == {SAME_DIFFERENCE}
    assert all(math.isnan(estimate.ci_low) for estimate in differences.values())


def test_a_constant_shift_is_consistent_yet_not_in_agreement():
    """By hand: subjects' mean square 2·var, readers' n·2²/2; ICC(2,1) = var/(var + 2²/2)."""
    first = np.array([90.1, 100.3, 110.7, 120.2])
    readings = np.column_stack([first, first + 2])
    found = intraclass_correlations(readings)
    variance = first.var(ddof=1)
    assert found["icc_3_1"].value == 1
    assert found["icc_3_1"].warning == SAME_SHIFT
    assert found["icc_2_1"].value == pytest.approx(variance / (variance + 2))
    assert found["icc_2_1"].ci_low < found["icc_2_1"].value < found["icc_2_1"].ci_high
    generalized = with_generalized_limits(readings, found["icc_2_1"])
    assert 0 <= generalized.ci_low < generalized.value < generalized.ci_high <= 1
    assert with_generalized_limits(readings, found["icc_3_1"]) == found["icc_3_1"]
    differences = bland_altman(first, first + 2)
    assert differences["mean_difference"].value == pytest.approx(-2)
    assert differences["sd_difference"].value == 0


def test_subjects_that_do_not_differ_have_no_icc():
    alike = np.array([[100.0, 102.0], [102.0, 100.0], [101.0, 101.0], [100.5, 101.5]])
    for values in (alike, np.full((4, 2), 0.1)):
        for estimate in intraclass_correlations(values).values():
            assert math.isnan(estimate.value)
            assert estimate.warning == f"not computed: {SUBJECTS_ALIKE}"


def test_readers_who_differ_more_than_the_subjects_are_reported():
    opposed = np.array([[1.0, 3.0], [3.0, 1.1], [2.0, 2.0], [1.0, 2.9]])
    found = intraclass_correlations(opposed)["icc_3_1"]
    assert found.value < 0
    assert found.warning == NEGATIVE


def test_bland_altman_by_hand():
    """Differences −1, 0, 2, 3: mean 1, SD √(10/3); Bland & Altman 1999, n = 4."""
    found = bland_altman(np.array([9.0, 20, 32, 43]), np.array([10.0, 20, 30, 40]))
    sd = (10 / 3) ** 0.5
    assert found["mean_difference"].value == pytest.approx(1)
    assert found["limit_low"].value == pytest.approx(1 - 1.959964 * sd)
    half = 3.182446 * sd * (1 / 4 + 1.959964**2 / 6) ** 0.5
    assert found["limit_high"].ci_high == pytest.approx(1 + 1.959964 * sd + half)


def test_the_least_significant_change_counts_a_readers_bias():
    """Differences all 2: Σd²/2n = 2, so the SD is √2 and the change 1.96·√2·√2."""
    readings = np.array([[10.0, 12], [20, 22], [35, 37]])
    assert within_subject_spread(readings)["within_subject_sd"].value == pytest.approx(2**0.5)
    assert within_subject_spread(readings)["least_significant_change"].value == pytest.approx(
        2 * 1.959964
    )


def test_grades_without_variance_or_disagreement_say_so():
    none = np.zeros(5, dtype=np.intp)
    found = two_reader_kappas(none, none, 2, ordered=False)
    assert found["percent_agreement"].value == 100
    assert found["cohen_kappa"].warning == f"not computed: {ONE_CATEGORY}"
    some = np.array([0, 1, 2, 0, 1], dtype=np.intp)
    for name, estimate in two_reader_kappas(some, some, 3, ordered=True).items():
        if name != "percent_agreement":
            assert (estimate.value, estimate.warning) == (1.0, PERFECT_GRADES)
    assert all_readers_kappa(np.zeros((4, 3), dtype=np.intp), 2).warning == (
        f"not computed: {ONE_CATEGORY}"
    )


def test_one_reader_who_finds_nothing_has_a_kappa_of_zero():
    first, second = np.array([0, 0, 0, 0, 0]), np.array([0, 1, 0, 0, 1])
    found = two_reader_kappas(first, second, 2, ordered=False)["cohen_kappa"]
    assert found.value == 0
    assert found.warning == ONE_READER_ONE_CATEGORY


def test_readers_who_always_disagree_have_a_kappa_of_minus_one():
    first = np.array([0, 1, 0, 1])
    found = two_reader_kappas(first, 1 - first, 2, ordered=True)
    assert {found[name].value for name in found if name != "percent_agreement"} == {-1}


def test_a_weighted_kappa_counts_a_near_miss_less():
    first = np.array([0, 0, 1, 1, 2, 2, 0, 2], dtype=np.intp)
    near, far = first.copy(), first.copy()
    near[0], far[0] = 1, 2
    of_near, of_far = (two_reader_kappas(first, other, 3, ordered=True) for other in (near, far))
    for name in ("weighted_kappa_linear", "weighted_kappa_quadratic"):
        assert of_near[name].value > of_far[name].value
