from __future__ import annotations

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.endplates.defects import (
    assess_vertebra,
    endplate_measurements,
    reader_measurements,
)
from bonecohort.techniques.endplates.reading import DefectReading, EndplateReading, with_unlisted


def reading(*defects, reader="1", width=34.0, heights=(27.0, 25.0), decimals=1, **more):
    return EndplateReading(
        "L3", reader, defects=tuple(DefectReading(*defect) for defect in defects),
        body_width_mm=width, body_height_1_mm=heights[0], body_height_2_mm=heights[1],
        decimals=decimals, **more,
    )  # fmt: skip


def test_ratios_are_over_body_width_and_mean_body_height():
    vertebra = assess_vertebra([reading(("superior", 1, 10.2, 5.2))])
    assert vertebra.defect_type == "superior"
    assert vertebra.standardized_width == pytest.approx(10.2 / 34)
    assert vertebra.standardized_depth == pytest.approx(5.2 / 26)
    assert vertebra.cumulative_score == pytest.approx(0.3 + 0.2)


def test_defects_are_summed_per_endplate_and_over_both():
    vertebra = assess_vertebra(
        [reading(("superior", 1, 3.0, 1.0), ("superior", 2, 4.0, 2.0), ("inferior", 1, 6.0, 2.5))]
    )
    superior, inferior = vertebra.endplates
    assert vertebra.defect_type == "bilateral"
    assert (superior.n_defects, superior.width_mm, superior.depth_mm) == (2, 7.0, 3.0)
    assert (inferior.n_defects, inferior.width_mm, inferior.depth_mm) == (1, 6.0, 2.5)
    assert (vertebra.width_mm, vertebra.depth_mm) == (13.0, 5.5)


def test_sums_of_written_readings_keep_ties():
    assert 3.6 + 3.7 != 7.3  # why rounding is needed
    summed = assess_vertebra([reading(("superior", 1, 3.6, 1), ("superior", 2, 3.7, 1))])
    single = assess_vertebra([reading(("superior", 1, 7.3, 2))])
    assert summed.width_mm == single.width_mm == 7.3
    assert summed.standardized_width == single.standardized_width


def test_a_normal_vertebra_has_zeros_and_needs_no_body_size():
    vertebra = assess_vertebra([EndplateReading("L3", "1")])
    assert vertebra.defect_type == "none"
    assert (vertebra.width_mm, vertebra.cumulative_score, vertebra.body_width_mm) == (0, 0, None)


def test_a_vertebra_no_reader_could_judge_has_no_numbers():
    vertebra = assess_vertebra([EndplateReading("L3", "1", assessable=False)])
    assert vertebra.defect_type == "not_assessable"
    assert vertebra.width_mm is None
    (row,) = endplate_measurements(vertebra, "m")
    assert (row.measure, row.value) == ("assessable", 0)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (reading(("superior", 1, 35.0, 3.0)), "width 35 mm exceeds the body width 34 mm"),
        (reading(("superior", 1, 10.0, 26.0)), "depth 26 mm exceeds the body height 25 mm"),
        (reading(width=3.4), r"body width: 3.4 mm \(is it in cm\?\); 20 to 60"),
        (reading(width=99.0), "body width: 99 mm; 20 to 60"),
        (reading(heights=(2.7, 25.0)), r"body height 1: 2.7 mm \(is it in cm"),
        (reading(("superior", 1, 8.0, 3.0), width=None), "no body width"),
        (reading(("superior", 1, 8.0, 3.0), heights=(27.0, None)), "no body heights"),
    ],
)
def test_impossible_readings_are_faults_with_a_reason(bad, message):
    with pytest.raises(DataFault, match=message):
        assess_vertebra([bad])


def test_two_readers_are_averaged_in_mm_before_ratios():
    first = reading(("superior", 1, 10.0, 4.0), width=32.0)
    second = reading(("superior", 1, 12.0, 5.0), reader="2", width=36.0)
    vertebra = assess_vertebra([first, second])
    assert (vertebra.width_mm, vertebra.body_width_mm) == (11.0, 34.0)
    assert vertebra.standardized_width == pytest.approx(11 / 34)
    assert endplate_measurements(vertebra, "m")[0].reader == "mean"
    assert {row.reader for row in reader_measurements([first, second], "m")} == {"1", "2"}


@pytest.mark.parametrize(
    ("says_so", "expected"),
    [((True, False), "superior"), ((False, True), "none"), ((False, True, True), "superior"),
     ((True, False, False), "none")],
)  # fmt: skip
def test_most_readers_decide_and_the_first_breaks_a_tie(says_so, expected):
    readings = [
        reading(*([("superior", 1, 8.0, 3.0)] if yes else []), reader=str(number))
        for number, yes in enumerate(says_so)
    ]
    assert assess_vertebra(readings).defect_type == expected


def test_a_reader_silent_on_a_level_read_it_as_normal_unless_reported_otherwise():
    listed = reading(("superior", 1, 8.0, 3.0), reader="2")
    assert [r.reader for r in with_unlisted("L3", [listed], ["1", "2"], as_normal=True)] == [
        "1",
        "2",
    ]
    assert with_unlisted("L3", [listed], ["1", "2"], as_normal=False) == [listed]


def test_a_reader_who_left_the_body_to_another_has_sizes_but_no_ratios():
    whole = reading(("superior", 1, 8.0, 4.0))
    defects_only = reading(("superior", 1, 9.0, 5.0), reader="2", width=None, heights=(None, None))
    rows = reader_measurements([whole, defects_only], "caliper.table")
    of_second = {row.measure: row.value for row in rows if row.reader == "2" and row.site == "L3"}
    assert of_second == {"assessable": 1, "width_mm": 9, "depth_mm": 5}
    of_endplate = {row.measure for row in rows if row.reader == "2" and row.site == "L3.superior"}
    assert of_endplate == {"n_defects", "width_mm", "depth_mm"}
    with pytest.raises(DataFault, match="no body width"):
        assess_vertebra([defects_only])
