"""The total of the spine: its vertebrae, and what contradicts them."""

from __future__ import annotations

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.dxa.reading import RegionReading
from bonecohort.techniques.dxa.spine import differing_levels, spine_totals

LEVELS = ("L1", "L2", "L3", "L4")
APEX = {"L1": (12.31, 10.759), "L2": (13.62, 12.544), "L3": (14.95, 14.397), "L4": (16.8, 15.926)}
"""Area in cm² and BMC in g."""


def vertebrae(without=(), t_scores=None, is_included=None):
    """Return readings by level."""
    made = {}
    for level, (area, bmc) in APEX.items():
        if level in without:
            continue
        values = {"bmd": round(bmc / area, 3), "bmc": bmc, "area": area}
        if t_scores:
            values["t_score"] = t_scores[LEVELS.index(level)]
        included = (is_included or {}).get(level, True)
        made[level] = RegionReading(level, "", values, f"file, {level}", is_included=included)
    return made


def told(site="L1-L4", **values):
    return {site: RegionReading(site, "", values, f"file, {site}")}


def total(levels, totals=None, left_out=(), applies=False):
    (found,) = spine_totals(levels, totals or {}, left_out, applies_iscd=applies)
    return found


def test_the_total_is_the_sum_of_bmc_by_the_sum_of_area_never_the_mean_of_bmds():
    found = total(vertebrae())
    assert found.values["bmd"] == pytest.approx(0.929716, abs=5e-7)
    assert found.values["bmc"] == pytest.approx(53.626)
    assert found.values["area"] == pytest.approx(57.68)
    assert (found.site, found.levels) == ("L1-L4", LEVELS)


@pytest.mark.parametrize(
    ("t_scores", "left_out"),
    [
        ((-1.1, -1.3, -0.1, -1.4), ("L3",)),
        ((-1.0, -2.0, -1.0, -2.0), ()),  # exactly 1.0 is no more than 1.0
        ((-1.0, -2.1, -2.2, -2.3), ("L1",)),
        ((-2.0, -2.1, -2.2, 0.5), ("L4",)),
        ((0.0, -2.0, 0.0, -2.0), ("L2", "L4")),
        ((-3.0, 0.0, 3.0, 0.0), ("L1", "L3")),
        ((-1.1, -1.2, -1.3, -1.4), ()),
        ((-2.0, 1.0), ()),  # two must remain
    ],
)
def test_which_vertebrae_differ(t_scores, left_out):
    assert differing_levels(dict(zip(LEVELS, t_scores, strict=False))) == left_out


def test_vertebrae_that_differ_are_reported_and_count_unless_the_study_leaves_them_out():
    levels = vertebrae(t_scores=(-1.1, -1.3, -0.1, -1.4))
    flagged = total(levels)
    assert flagged.suspects == ("L3",)
    assert flagged.levels == LEVELS
    applied = total(levels, applies=True)
    assert (applied.left_out, applied.levels) == (("L3",), ("L1", "L2", "L4"))
    assert applied.values["bmd"] == pytest.approx((10.759 + 12.544 + 15.926) / 42.73)


def test_the_exported_scores_go_with_the_vertebrae_that_they_are_of():
    totals = told(bmd=0.9297, t_score=-1.1, z_score=0.2)
    levels = vertebrae(t_scores=(-1.1, -1.3, -0.1, -1.4))
    assert total(levels, totals).values["t_score"] == -1.1
    assert "t_score" not in total(levels, totals, applies=True).values
    assert "z_score" not in total(levels, totals, left_out=["L2"]).values


def test_vertebrae_that_are_not_included_are_in_no_total():
    found = total(vertebrae(is_included={"L3": False}))
    assert found.levels == ("L1", "L2", "L4")
    assert found.site == "L1-L4"


def test_a_scan_from_l2_on_has_its_own_name():
    assert total(vertebrae(without=["L1"])).site == "L2-L4"


@pytest.mark.parametrize(
    ("levels", "totals", "left_out", "is_used"),
    [
        (vertebrae(without=["L2", "L3", "L4"]), {}, [], "1 of the vertebrae"),
        (vertebrae(is_included=dict.fromkeys(("L1", "L2", "L3"), False)), {}, [], "1 of the vert"),
        (vertebrae(), {}, ["L1", "L2", "L3", "L4"], "0 of the vertebrae"),
        (vertebrae(), told(bmd=0.97), [], "BMD 0.97 g/cm², but ΣBMC / ΣArea"),
    ],
)
def test_what_gives_no_total(levels, totals, left_out, is_used):
    with pytest.raises(DataFault, match=is_used):
        total(levels, totals, left_out)


def test_vertebrae_without_bmc_and_area_give_no_mean_of_bmds():
    levels = {level: RegionReading(level, "", {"bmd": 0.9}, f"file, {level}") for level in LEVELS}
    with pytest.raises(DataFault, match="a mean of BMDs"):
        total(levels)
    assert total(levels, told(bmd=0.9)).values == {"bmd": 0.9}
    with pytest.raises(DataFault, match="vertebrae that are left"):
        total(levels, told(bmd=0.9), left_out=["L2"])


@pytest.mark.parametrize("without", ["L1", "L3"])
def test_a_total_of_more_vertebrae_than_there_are_is_refused(without):
    exported = told(bmd=0.93, bmc=53.626, area=57.68)
    with pytest.raises(DataFault, match=r"area 57\.68 cm², but its vertebrae together have 4"):
        total(vertebrae(without=(without,)), exported)


def test_a_total_of_fewer_vertebrae_than_are_marked_is_refused():
    # Without L4, BMD is 37.7 / 40.88 = 0.9222: within 2% of 0.9297, that of all four.
    with pytest.raises(DataFault, match=r"area 40\.88 cm², but its vertebrae together have 57\.68"):
        total(vertebrae(), told(bmd=0.922, bmc=37.7, area=40.88))
    marked = total(vertebrae(is_included={"L4": False}), told(bmd=0.922, bmc=37.7, area=40.88))
    assert marked.values["bmd"] == pytest.approx(37.7 / 40.88)
