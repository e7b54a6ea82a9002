"""The drawn cohort: its relations are the paper's, and its truth is consistent with itself."""

from __future__ import annotations

from statistics import correlation, fmean

import pytest

from bonecohort.demo.cohort import LARGEST_READER_ERROR_MM, draw_cohort, draw_participant

SIZE, SEED = 1000, 7
READING_STEP_MM = 0.1


@pytest.fixture(scope="module")
def cohort():
    return draw_cohort(SIZE, SEED)


@pytest.fixture(scope="module")
def vertebrae(cohort):
    return [vertebra for one in cohort for vertebra in one.vertebrae]


def spine_hu(one):
    return fmean(vertebra.hu for vertebra in one.vertebrae)


def mean_of(group, value):
    return fmean(value(one) for one in group)


def test_hu_falls_with_age_and_in_women(cohort):
    ages = [one.age_years for one in cohort]
    assert correlation(ages, [spine_hu(one) for one in cohort]) < -0.3
    women = [one for one in cohort if one.sex == "female"]
    men = [one for one in cohort if one.sex == "male"]
    assert mean_of(women, spine_hu) < mean_of(men, spine_hu) - 10


def test_bmd_and_t_score_rise_with_hu(cohort):
    hu = [spine_hu(one) for one in cohort]
    assert correlation(hu, [one.bmd_g_cm2 for one in cohort]) > 0.5
    assert correlation(hu, [one.t_score for one in cohort]) > 0.5


def test_defects_are_as_frequent_as_published(cohort, vertebrae):
    assert mean_of(cohort, lambda one: one.has_defect) == pytest.approx(0.48, abs=0.07)
    assert mean_of(vertebrae, lambda one: bool(one.defects)) == pytest.approx(0.18, abs=0.04)
    types = [one.defect_type for one in vertebrae if one.defects]
    assert types.count("bilateral") / len(types) == pytest.approx(0.137, abs=0.06)


def test_participants_with_defects_are_older_and_have_lower_hu(cohort):
    defect = [one for one in cohort if one.has_defect]
    none = [one for one in cohort if not one.has_defect]
    assert mean_of(defect, spine_hu) == pytest.approx(mean_of(none, spine_hu) - 40, abs=12)
    assert mean_of(defect, lambda one: one.age_years) > mean_of(none, lambda one: one.age_years) + 3
    assert mean_of(defect, lambda one: one.back_pain) > mean_of(none, lambda one: one.back_pain)


def test_defects_grow_as_hu_falls(vertebrae):
    defect = [one for one in vertebrae if one.defects]
    hu = [one.hu for one in defect]
    widths = [one.width_mm / one.body_width_mm for one in defect]
    depths = [one.depth_mm / one.body_height_mm for one in defect]
    assert correlation(hu, widths) < -0.15
    assert correlation(hu, depths) < -0.15
    assert fmean(one.width_mm for one in defect) == pytest.approx(10.0, abs=1.5)
    assert fmean(one.depth_mm for one in defect) == pytest.approx(4.6, abs=0.6)


def test_levels_are_offset_as_published(vertebrae):
    def level_hu(level):
        return fmean(one.hu for one in vertebrae if one.level == level)

    assert level_hu("L5") > level_hu("L1") > level_hu("L2") > level_hu("L3")
    assert level_hu("L3") == pytest.approx(level_hu("L4"), abs=2.5)


def test_defects_fit_their_endplate_and_do_not_touch(vertebrae):
    for vertebra in vertebrae:
        for endplate in ("superior", "inferior"):
            own = [one for one in vertebra.defects if one.endplate == endplate]
            spans = [
                (one.centre_mm - one.width_mm / 2, one.centre_mm + one.width_mm / 2) for one in own
            ]
            edges = [-vertebra.body_width_mm / 2, *(edge for span in spans for edge in span)]
            assert [*edges, vertebra.body_width_mm / 2] == sorted(
                [*edges, vertebra.body_width_mm / 2]
            )
            assert all(one.depth_mm < vertebra.body_height_mm / 3 for one in own)


def test_a_reader_is_never_further_off_than_stated(vertebrae):
    largest_mm = LARGEST_READER_ERROR_MM + READING_STEP_MM / 2 + 1e-9
    for vertebra in vertebrae:
        for defect in vertebra.defects:
            assert abs(defect.read_width_mm - defect.width_mm) <= largest_mm
            assert abs(defect.read_depth_mm - defect.depth_mm) <= largest_mm


def test_a_larger_cohort_begins_with_the_smaller_one(cohort):
    assert draw_cohort(5, SEED) == cohort[:5]
    assert draw_participant(SIZE, SEED) == cohort[-1]
    assert draw_participant(1, SEED + 1) != cohort[0]
