"""Rods: against the numbers of published unit tests, and phantoms whose line is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.qct.fitted import Sample
from bonecohort.techniques.qct.rods import calibrate_by_mindways, calibrate_by_rods

DENSITY = (375.83, 157.05, 58.88, -53.4, -51.83)
"""Of the five rods, mg K2HPO4/cm³."""
HU = (490.28414063, 200.31946153, 68.02660165, -77.60183361, -77.74668932)
WATER = (923.2, 1119.52, 1103.57, 1056.95, 1012.25)
MINDWAYS_HU = (462.93637565619906, 345.73809215407005, 176.71197512467555, -35.378190313384316,
               -69.54917011727602)  # fmt: skip


def rods(density=DENSITY, hu=HU, sd=None):
    return [
        Sample(name, one_hu, sd_hu=None if sd is None else sd[at], density=one)
        for at, (name, one, one_hu) in enumerate(zip("ABCDEFGH", density, hu, strict=False))
    ]


def mindways():
    return [
        Sample(name, hu, density=density, water=water)
        for name, density, water, hu in zip("ABCDE", DENSITY, WATER, MINDWAYS_HU, strict=True)
    ]


def test_density_is_regressed_on_hu():
    found = calibrate_by_rods(rods(), "K2HPO4").calibration
    assert found.slope == pytest.approx(0.7539727523, rel=1e-6)
    assert found.intercept == pytest.approx(6.3344101, rel=1e-6)
    assert found.r2 == pytest.approx(0.99998663**2, abs=2e-8)
    assert (found.method, found.equivalent) == ("qct.rods.k2hpo4", "K2HPO4")


def test_a_mindways_phantom_has_its_own_formula():
    found = calibrate_by_mindways(mindways()).calibration
    assert found.slope == pytest.approx(0.8002826627, rel=1e-6)
    assert found.intercept == pytest.approx(8.1229065, rel=1e-6)
    assert found.r2 == pytest.approx(0.99985334**2, abs=2e-8)
    assert found.method == "qct.mindways.k2hpo4"


def test_the_mineral_stands_in_the_method():
    found = calibrate_by_rods(rods(), "HA").calibration
    assert (found.method, found.equivalent) == ("qct.rods.ha", "HA")


def test_rods_on_a_line_have_no_residual_and_no_error():
    hu = [(density - 4.0) / 0.85 for density in (0, 50, 100, 200)]
    found = calibrate_by_rods(rods((0, 50, 100, 200), hu), "K2HPO4")
    assert found.calibration.density(100) == pytest.approx(89.0)
    assert found.details["slope_se"] == pytest.approx(0, abs=1e-9)
    assert found.flags == ()


def test_the_standard_error_is_that_of_a_textbook():
    # Of x = 100, 200, 300 and y = 100, 210, 300: slope 1, residuals -3.33, 6.67, -3.33, hence
    # s² = 66.67 and SE = sqrt(66.67 / 20000).
    found = calibrate_by_rods(rods((100, 210, 300), (100, 200, 300)), "HA")
    assert found.details["slope_se"] == pytest.approx((200 / 3 / 20_000) ** 0.5)
    assert found.details["residuals"] == pytest.approx([-10 / 3, 20 / 3, -10 / 3])
    assert found.flags == ("rod_off_the_line: rod B by +6.7 mg/cm³",)


def test_a_residual_of_a_mindways_rod_is_in_density():
    # HU − water of -850, -690, -550 lie on 1.5 HU cm³/mg with residuals of -3.33, 6.67, -3.33 HU.
    given = [
        Sample(name, hu, density=density, water=1000.0)
        for name, density, hu in zip("ABC", (100.0, 200.0, 300.0), (150, 310, 450), strict=True)
    ]
    found = calibrate_by_mindways(given)
    assert found.details["residuals"] == pytest.approx([20 / 9, -40 / 9, 20 / 9])
    assert found.details["slope_se"] == pytest.approx((200 / 3 / 20_000) ** 0.5 / 1.2826**2)


@pytest.mark.parametrize("factor", [0.0, 0.001])
def test_water_of_a_mindways_rod_in_another_unit_is_refused(factor):
    given = [replace(rod, water=rod.water * factor) for rod in mindways()]
    with pytest.raises(DataFault, match=r"Rod A has a water-equivalent .*500 to 1500 mg/cm³"):
        calibrate_by_mindways(given)


REFUSED = {
    "two rods": (rods((0, 200), (0, 250)), "2 rods; 3 or more"),
    "one density": (rods((100, 100, 100), (0, 90, 200)), "span 0 mg/cm³"),
    "two densities": (rods((0, 0, 0, 200), (0, 1, 2, 250)), "2 different densities; 3 or more"),
    "in g/cm3": (rods((0, 0.1, 0.2), (0, 130, 260)), "Are they in g/cm³"),
    "mixed up": (rods((0, 75, 150, 225), (0, 180, 90, 270)), "Were rods mixed up?"),
    "all alike": (rods((0, 75, 150), (40, 40, 40)), "Were rods mixed up?"),
    "off the line": (rods((0, 60, 120, 180), (0, 10, 20, 200)), "R² is 0.68"),
    "shallow": (rods((0, 100, 200), (0, 400, 800)), "slope by the rods is 0.250"),
    "steep": (rods((0, 100, 200), (0, 50, 100)), "slope by the rods is 2.000"),
    "stored values": (
        rods((0, 100, 200), (1034, 1159, 1284)),
        r"water \(0 HU\) has -827 .* offset such as 1024",
    ),
    "uneven": (rods(sd=(6, 5, 5, 40, 5)), "Rod D is uneven"),
}


@pytest.mark.parametrize(("given", "reason"), REFUSED.values(), ids=REFUSED)
def test_rods_that_says_no_line_are_refused(given, reason):
    with pytest.raises(DataFault, match=reason):
        calibrate_by_rods(given, "K2HPO4")


def test_mindways_rods_in_another_order_are_refused():
    given = mindways()
    given[0], given[2] = replace(given[0], hu=given[2].hu), replace(given[2], hu=given[0].hu)
    with pytest.raises(DataFault, match="Were rods mixed up"):
        calibrate_by_mindways(given)


def test_rods_of_one_density_may_lie_a_little_out_of_order():
    given = rods((0, 0, 100, 200), (2, -2, 120, 240))
    assert calibrate_by_rods(given, "HA").flags == ()


def test_a_low_r2_is_flagged():
    (flag, _) = calibrate_by_rods(rods((0, 60, 120, 180), (0, 90, 140, 240)), "HA").flags
    assert flag.startswith("low_r2: 0.9")
