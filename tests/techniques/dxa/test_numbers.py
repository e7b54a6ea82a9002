"""Standardized BMD, T-scores, classes and plausible values, against published numbers."""

from __future__ import annotations

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.dxa.reading import check_values
from bonecohort.techniques.dxa.sbmd import standardized_bmd
from bonecohort.techniques.dxa.scores import t_score
from bonecohort.techniques.dxa.settings import Reference
from bonecohort.techniques.dxa.who import lowest_t_score, who_class, why_no_class


@pytest.mark.parametrize(
    ("site", "maker", "bmd", "sbmd"),
    [
        ("L1-L4", "hologic", 0.929716, 999.0),
        ("total_hip", "hologic", 0.856860, 869.7),
        ("L2-L4", "hologic", 0.950, 1020.4),
        ("L2-L4", "lunar", 1.068, 1012.6),
        ("L2-L4", "norland", 0.969, 1043.6),
        ("total_hip", "lunar", 1.0, 948.0),
        ("total_hip", "norland", 1.0, 1038.0),
        ("femoral_neck", "hologic", 0.8, 888.6),
        ("femoral_neck", "lunar", 1.0, 916.0),
        ("femoral_neck", "norland", 1.0, 991.0),
        ("trochanter", "hologic", 1.0, 1088.0),
        ("trochanter", "lunar", 1.0, 907.0),
        ("trochanter", "norland", 1.0, 1018.0),
    ],
)
def test_standardized_bmd(site, maker, bmd, sbmd):
    assert standardized_bmd(site, maker, bmd) == pytest.approx(sbmd, abs=0.05)


def test_two_makers_agree_on_the_women_of_the_published_pair_within_one_percent():
    hologic, lunar = (standardized_bmd("L2-L4", *of) for of in
                      (("hologic", 0.950), ("lunar", 1.068)))  # fmt: skip
    assert hologic == pytest.approx(lunar, rel=0.01)


@pytest.mark.parametrize(
    ("site", "maker"), [("L1-L4", "unknown"), ("radius_33", "hologic"), ("L2", "lunar")]
)
def test_no_formula_no_standardized_bmd(site, maker):
    assert standardized_bmd(site, maker, 0.9) is None


REFERENCES = {
    "femoral_neck": Reference(0.858, 0.120, "NHANES III", "hologic"),
    "spine": Reference(1.047, 0.110, "own"),
}


@pytest.mark.parametrize(
    ("site", "maker", "values", "expected"),
    [
        ("femoral_neck", "hologic", {"bmd": 0.558}, (-2.5, "dxa.reference:NHANES_III")),
        ("femoral_neck_left", "hologic", {"bmd": 0.738}, (-1.0, "dxa.reference:NHANES_III")),
        ("femoral_neck", "lunar", {"bmd": 0.558, "t_score": -3.1}, (-3.1, "dxa.vendor")),
        ("femoral_neck", "lunar", {"bmd": 0.558}, None),
        ("L1-L4", "lunar", {"bmd": 0.937, "t_score": -2.0}, (-1.0, "dxa.reference:own")),
        ("L1-L4", "lunar", {"t_score": -2.0}, (-2.0, "dxa.vendor")),
        ("L1", "lunar", {"bmd": 0.937, "t_score": -2.0}, (-2.0, "dxa.vendor")),
    ],
)
def test_t_scores(site, maker, values, expected):
    found = t_score(site, maker, values, REFERENCES)
    assert found == (expected if expected is None else (pytest.approx(expected[0]), expected[1]))


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (0.3, 0), (-1.0, 0), (-1.04, 0), (-1.049, 0), (-1.05, 1), (-1.1, 1), (-2.4, 1),
        (-2.44, 1), (-2.45, 2), (-2.4500000000000006, 2), (-2.4499999999999997, 2), (-2.5, 2),
        (-4.1, 2),
    ],
)  # fmt: skip
def test_classes_are_those_of_t_rounded_to_one_decimal(t, expected):
    assert who_class(t) == expected


@pytest.mark.parametrize(
    ("t_scores", "expected"),
    [
        ({"L1-L4": -1.0, "total_hip": -2.0, "femoral_neck": -1.5}, ("total_hip", -2.0)),
        ({"L1-L4": -1.0, "L2-L4": -3.0, "total_hip": -2.0}, ("total_hip", -2.0)),
        ({"L2-L4": -3.0, "total_hip": -2.0}, ("L2-L4", -3.0)),
        ({"L1-L4": -1.0, "radius_33": -3.0}, ("L1-L4", -1.0)),
        ({"radius_33": -3.0, "L1": -4.0, "trochanter": -3.5}, ("radius_33", -3.0)),
        ({"total_hip_left": -1.0, "total_hip_right": -1.9}, ("total_hip_right", -1.9)),
        ({"L1": -4.0, "trochanter": -3.5}, None),
        ({}, None),
    ],
)
def test_the_lowest_t_score(t_scores, expected):
    assert lowest_t_score(t_scores) == expected


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (("female", 68, None), ""),
        (("female", 50, None), ""),
        (("female", 49, None), "49 years of whom"),
        (("female", 44, "yes"), ""),
        (("female", 52, "no"), "not postmenopausal"),
        (("female", None, "yes"), ""),
        (("female", None, None), "the age is not known"),
        (("male", 50, None), ""),
        (("male", 49, None), "a man of 49 years"),
        (("male", None, None), "the age is not known"),
        ((None, 70, None), "the sex is not known"),
    ],
)
def test_who_has_a_class(person, reason):
    found = why_no_class(*person)
    assert (found == "") if not reason else (reason in found)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"bmd": 812.0}, "This may be mg/cm²"),
        ({"bmd": 9.3}, "BMD 9.3; 0.2 to 2.5 g/cm² is expected.$"),
        ({"bmd": 0.1}, "BMD 0.1"),
        ({"t_score": -8.1}, "T-score -8.1; -8 to 8"),
        ({"z_score": 9.0}, "Z-score 9"),
        (
            {"bmd": 0.9, "bmc": 10.0, "area": 12.0},
            "BMD 0.9 g/cm², but BMC divided by area gives 0.8333",
        ),
        ({"bmc": -1.0, "area": 12.0}, "BMC -1; more than 0"),
        ({"bmc": 1.0, "area": 0.0}, "area 0; more than 0"),
    ],
)
def test_what_no_region_can_have(values, told):
    with pytest.raises(DataFault, match=told):
        check_values(values, "file, row 2")


@pytest.mark.parametrize(
    "values",
    [{"bmd": 0.2}, {"bmd": 2.5}, {"t_score": -8.0}, {"bmd": 0.85, "bmc": 10.0, "area": 12.0}, {}],
)
def test_what_a_region_may_have(values):
    check_values(values, "file, row 2")
