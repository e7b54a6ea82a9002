import json

import numpy as np
import pytest

from bonecohort.measures.calibration import Calibration

LINE = Calibration("qct.rods.k2hpo4", "K2HPO4", slope=0.8, intercept=-5.0, r2=0.9999)
CURVE = Calibration(
    "qct.internal.k2hpo4.afbcm", "K2HPO4", slope=0.46, intercept=34.7, curvature=4e-4
)


def test_a_line_turns_values_of_any_shape_into_densities():
    hu = np.array([[0.0, 100.0], [-50.0, 250.0]])
    assert LINE.density(hu) == pytest.approx(np.array([[-5.0, 75.0], [-45.0, 195.0]]))
    assert LINE.density(100) == pytest.approx(75.0)
    assert LINE.is_linear


def test_a_curve_has_a_square_term():
    assert CURVE.density([0.0, 100.0, 200.0]) == pytest.approx([34.7, 84.7, 142.7])
    assert not CURVE.is_linear


def test_whole_numbers_of_a_ct_do_not_overflow():
    assert CURVE.density(np.array([3000], np.int16)) == pytest.approx([34.7 + 1380 + 3600])


@pytest.mark.parametrize("calibration", [LINE, CURVE])
def test_its_record_is_json_and_gives_it_back(calibration):
    text = json.dumps(calibration.record() | {"status": "measured"}, allow_nan=False)
    assert Calibration.of_record(json.loads(text)) == calibration


@pytest.mark.parametrize("calibration", [LINE, CURVE])
def test_a_correction_follows_the_calibration(calibration):
    corrected = calibration.corrected(0.69, -11.0, "cc")
    hu = np.linspace(-100, 400, 6)
    assert corrected.density(hu) == pytest.approx(0.69 * calibration.density(hu) - 11.0)
    assert corrected.method == f"{calibration.method}.cc"


@pytest.mark.parametrize("calibration", [LINE, CURVE])
def test_a_factor_of_hu_goes_before_the_calibration(calibration):
    scaled = calibration.for_scaled_hu(0.94, "kvp")
    hu = np.linspace(-100, 400, 6)
    assert scaled.density(hu) == pytest.approx(calibration.density(0.94 * hu))
    assert scaled.method == f"{calibration.method}.kvp"
