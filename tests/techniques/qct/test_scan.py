"""What a scan says, and the lines that are chosen by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.qct.declared_lines import (
    calibrate_asynchronously,
    calibrate_by_line,
    with_scan,
)
from bonecohort.techniques.qct.scan import Scan, scan_of
from bonecohort.techniques.qct.settings import (
    CorrectionSettings,
    EquationSettings,
    LineSettings,
    QctSettings,
)

HEADER = {"KVP": 120, "ConvolutionKernel": "Br40", "ManufacturersModelName": "SOMATOM Force"}
EQUATION = EquationSettings(0.8, -3.0, "K2HPO4", "SOMATOM Force", 120.0, "2023-01-01", "2023-06-30")
LATER = replace(EQUATION, slope=0.82, valid_from="2023-07-01", valid_to="2023-12-31")
SCAN = Scan("SOMATOM Force", 120.0, "Br40", date(2023, 3, 1))
LINE = LineSettings("pickhardt", 0.9, 2.0, "K2HPO4", "Somebody 2020")
CORRECTION = CorrectionSettings(0.69, -11.0, "Somebody else 2012")


def test_the_table_goes_before_the_header():
    told = {"scanner": "CT 3", "kernel": "B30f", "ct_date": "2023-03-01"}
    found = scan_of(told, HEADER)
    assert found == Scan("CT 3", 120.0, "B30f", date(2023, 3, 1))
    assert scan_of({}, HEADER) == Scan("SOMATOM Force", 120.0, "Br40")
    assert scan_of({}, {}) == Scan()


@pytest.mark.parametrize("cell", ["120", "120.0", "120,0", "120 kV", "120kVp"])
def test_a_tube_voltage_is_read(cell):
    assert scan_of({"kvp": cell}, {}).kvp == 120


@pytest.mark.parametrize(
    "cell", ["2023-03-01", "20230301", "2023-03-01 00:00:00", "2023/3/1", "1.3.2023"]
)
def test_a_day_is_read(cell):
    assert scan_of({"ct_date": cell}, {}).day == date(2023, 3, 1)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"kvp": "high"}, "kvp: 'high' is no number|kvp: .*high"),
        ({"kvp": "100"}, "kvp: 100, and the CT's header has 120"),
        ({"ct_date": "01/03/2023"}, "ct_date: this is no plain date; YYYY-MM-DD is expected"),
        ({"ct_date": "2023-02-30"}, "ct_date: this is no plain date"),
        ({"ct_date": "T"}, "ct_date: this is no plain date"),
    ],
)
def test_a_cell_that_cannot_be_read_or_contradicts_the_header_is_a_fault(cells, reason):
    with pytest.raises(DataFault, match=reason):
        scan_of(cells, HEADER)


@pytest.mark.parametrize(
    "cell",
    ["", "none", "No", "native", "non-contrast", "unenhanced", "no contrast", "Without", "plain",
     "non-enhanced", "pre-contrast", "平扫"],
)  # fmt: skip
def test_a_scan_without_contrast_is_known(cell):
    assert (scan_of({"contrast_phase": cell}, {}).flags, scan_of({}, {}).flags) == ((), ())


def test_what_may_change_the_hu_is_flagged():
    header = {"ContrastBolusAgent": "yes", "ConvolutionKernel": "Br64", "GantryDetectorTilt": -8.0}
    assert scan_of({}, header).flags == ("contrast", "sharp_kernel: Br64", "gantry_tilt: -8.0°")
    assert scan_of({"contrast_phase": "portal_venous"}, {}).flags == ("contrast: portal_venous",)
    header = {"GantryDetectorTilt": 0.0, "ConvolutionKernel": "STANDARD"}
    assert scan_of({}, header | {"ContrastBolusAgent": "NONE"}).flags == ()


@pytest.mark.parametrize(
    ("day", "slope"),
    [((2023, 1, 1), 0.8), ((2023, 6, 30), 0.8), ((2023, 7, 1), 0.82), ((2023, 12, 31), 0.82)],
)
def test_both_ends_of_a_period_belong_to_it(day, slope):
    found = calibrate_asynchronously(replace(SCAN, day=date(*day)), (EQUATION, LATER))
    assert found.calibration.slope == slope
    assert found.calibration.method == "qct.async.k2hpo4"
    assert found.calibration.r2 is None


def test_the_mineral_of_an_equation_stands_in_the_method():
    found = calibrate_asynchronously(SCAN, (replace(EQUATION, equivalent="HA"),)).calibration
    assert (found.method, found.equivalent) == ("qct.async.ha", "HA")


def test_case_and_spaces_do_not_part_a_scanner_from_its_equation():
    assert calibrate_asynchronously(replace(SCAN, scanner="Somatom  FORCE"), (EQUATION,))


def test_a_kernel_is_compared_where_the_equation_names_one():
    soft, sharp = replace(EQUATION, kernel="br40"), replace(EQUATION, kernel="Br60", slope=0.7)
    assert calibrate_asynchronously(SCAN, (soft, sharp)).calibration.slope == 0.8
    with pytest.raises(DataFault, match="kernel unknown"):
        calibrate_asynchronously(replace(SCAN, kernel=""), (soft, sharp))


NO_EQUATION = {
    "before": (replace(SCAN, day=date(2022, 12, 31)), (EQUATION,), "No equation.*2022-12-31"),
    "between": (
        replace(SCAN, day=date(2023, 7, 2)), (EQUATION,), "No equation of bmd.asynchronous is of"),
    "other scanner": (replace(SCAN, scanner="CT 3"), (EQUATION,), "scanner 'CT 3', 120 kV"),
    "other voltage": (replace(SCAN, kvp=100.0), (EQUATION,), "100 kV"),
    "two": (SCAN, (EQUATION, replace(LATER, valid_from="2023-02-01")),
            "Equations 1 and 2 .* periods overlap"),
    "the shared day of two": (
        replace(SCAN, day=date(2023, 6, 30)),
        (EQUATION, replace(LATER, valid_from="2023-06-30")), "Equations 1 and 2"),
    "unknown day": (replace(SCAN, day=None), (EQUATION,), "ct_date of this scan is not known"),
    "nothing known": (Scan(), (EQUATION,), "scanner, kvp, ct_date of this scan"),
}  # fmt: skip


@pytest.mark.parametrize(("scan", "equations", "reason"), NO_EQUATION.values(), ids=NO_EQUATION)
def test_without_the_one_equation_there_is_no_calibration(scan, equations, reason):
    with pytest.raises(DataFault, match=reason):
        calibrate_asynchronously(scan, equations)


def test_a_published_line_is_that_of_the_settings():
    found = calibrate_by_line(SCAN, LINE, QctSettings())
    assert found.calibration.density(100) == pytest.approx(92.0)
    assert (found.calibration.method, found.flags) == ("hu2bmd.pickhardt", ())


def test_another_voltage_is_flagged_or_has_its_factor():
    scan = replace(SCAN, kvp=100.0)
    assert calibrate_by_line(scan, LINE, QctSettings()).flags == ("kvp_not_120: 100 kV",)
    found = calibrate_by_line(scan, LINE, QctSettings(kvp_factors={100: 0.94}))
    assert found.calibration.density(100) == pytest.approx(0.9 * 94 + 2)
    assert (found.calibration.method, found.flags) == ("hu2bmd.pickhardt.kvp", ())
    of_100 = replace(LINE, kvp=100.0)
    assert calibrate_by_line(scan, of_100, QctSettings()).flags == ()
    assert calibrate_by_line(SCAN, of_100, QctSettings()).flags == ("kvp_differs: 120 kV",)


def test_contrast_is_corrected_by_the_line_of_its_phase_alone():
    settings = QctSettings(contrast={"portal venous": CORRECTION})
    venous = replace(SCAN, phase="Portal_venous", has_contrast=True)
    found = calibrate_by_line(venous, LINE, settings)
    assert found.calibration.density(100) == pytest.approx(0.69 * 92 - 11)
    assert found.calibration.method == "hu2bmd.pickhardt.cc"
    assert found.flags == ("contrast: Portal_venous",)
    assert found.details["uncorrected"]["slope"] == 0.9
    arterial = replace(venous, phase="arterial")
    assert calibrate_by_line(arterial, LINE, settings).calibration.method == "hu2bmd.pickhardt"
    unknown = replace(venous, phase="")
    assert calibrate_by_line(unknown, LINE, settings).calibration.method == "hu2bmd.pickhardt"
    of_equation = with_scan(
        calibrate_asynchronously(venous, (EQUATION,)), venous, settings.contrast
    )
    assert of_equation.calibration.method == "qct.async.k2hpo4.cc"


def test_a_line_made_with_contrast_is_corrected_no_more():
    line = replace(LINE, contrast="portal_venous")
    settings = QctSettings(contrast={"portal_venous": CORRECTION})
    venous = replace(SCAN, phase="portal venous", has_contrast=True)
    found = calibrate_by_line(venous, line, settings)
    assert (found.calibration.method, found.flags) == ("hu2bmd.pickhardt", ())
    native = calibrate_by_line(SCAN, line, settings)
    assert native.flags == ("contrast_differs: no phase, not portal_venous",)
