"""Diffusion images give the truth of phantoms; what cannot be trusted is refused or flagged."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.measures.mr.outcome import RefusedBody
from bonecohort.measures.mr.placement import placement_flags
from bonecohort.techniques.dwi.measure import measure_map, measure_signals
from bonecohort.techniques.dwi.settings import DwiSettings
from bonecohort.techniques.dwi.signals import b_signals
from tests.images.kinds import convert_series
from tests.techniques.dwi.conftest import ADC, B_VALUES, LEVELS, NUMBERS
from tests.techniques.dwi.test_models import B, ivim_signal

SETTINGS = DwiSettings()
NO_B = np.array([])


def values_of(outcome, measure="adc"):
    return next(row.value for row in outcome.rows if row.measure == measure)


def adc_of(measured, measure="adc"):
    return {level: values_of(one, measure) for level, one in measured.outcomes.items()}


def flags_of(measured):
    return {flag.split(":")[0] for one in measured.outcomes.values() for flag in one.flags}


def reasons_of(measured):
    return {one.reason for one in measured.outcomes.values()}


def test_the_adc_are_those_of_another_programs_images(fixtures):
    converted = convert_series(fixtures / "dwi.nii.gz", "dwi")
    labels = read_label_map(fixtures / "vertebrae_mr.nii.gz")
    bodies = find_bodies(labels.volume, labels.numbers("verse"), LEVELS)
    truth = json.loads((fixtures / "truth.json").read_text())["adc_1e-3_mm2_s"]
    signals = b_signals(converted.volume, converted.sidecar["Volumes"])
    measured = measure_signals(signals, bodies, SETTINGS)
    assert adc_of(measured) == pytest.approx(truth, abs=0.03)
    assert adc_of(measured, "adc_median") == pytest.approx(truth, abs=0.03)
    methods = {row.method for one in measured.outcomes.values() for row in one.rows}
    assert methods == {"adc.wls.b0-400-800.v1"}
    assert flags_of(measured) == set()


def test_the_adc_are_those_of_the_phantom(spine):
    measured = measure_signals(spine.signals(), spine.bodies, SETTINGS)
    assert adc_of(measured) == pytest.approx(ADC, abs=0.015)
    assert flags_of(measured) == {"noise_estimate"}
    details = measured.outcomes["L3"].details
    assert details["noise_sd"] == pytest.approx(6, rel=0.05)
    assert 25 < values_of(measured.outcomes["L3"], "snr_bmax") < 60
    assert details["n_voxels"] > 100


@pytest.mark.parametrize("shift", [(0, 4, 0), (0, -6, 0), (0, 0, 5), (0, 0, -8)])
def test_labels_moved_off_the_bodies_are_flagged_with_the_way_back(spine, shift):
    measured = measure_signals(spine.signals(), spine.moved_labels(*shift), SETTINGS)
    flags = [one.flags for one in measured.outcomes.values()]
    (flag,) = {flag for own in flags for flag in own if flag.startswith("misregistered")}
    away = [int(part) for part in re.search(r"\((\S+) (\S+) (\S+) mm", flag).groups()]
    assert away == pytest.approx([-part for part in shift], abs=2)


def test_labels_moved_off_the_bodies_of_a_map_are_flagged_too(spine):
    there = measure_map(spine.adc, "", NO_B, spine.bodies, SETTINGS)
    assert "misregistered" not in flags_of(there)
    moved = measure_map(spine.adc, "", NO_B, spine.moved_labels(0, 0, 6), SETTINGS)
    assert "misregistered" in flags_of(moved)


@pytest.mark.parametrize("shift", [(0, 0, 0), (0, 1.5, 0), (0, 0, -1.5)])
def test_labels_that_lie_nearly_right_are_not(spine, shift):
    measured = measure_signals(spine.signals(), spine.moved_labels(*shift), SETTINGS)
    assert "misregistered" not in flags_of(measured)


@pytest.mark.parametrize("signal", ["disc", "noise"])
def test_an_image_that_does_not_show_the_bodies_flags_no_labels(spine, signal):
    """Marrow as bright as discs and muscle; or nothing but noise."""
    array = spine.stack.array.copy()
    if signal == "disc":
        array[..., 0] = np.where(spine.adc.array > 2.5, array[..., 0], 350)
    else:
        array[..., 0] = np.random.default_rng(2).normal(350, 20, array.shape[:3])
    image = spine.signals(array).volume(0)
    for shift in ((0, 0, 0), (0, 1.5, 0), (0, 0, -2)):
        bodies = list(spine.moved_labels(*shift).values())
        assert placement_flags(image, bodies) == ()


def test_labels_of_another_grid_give_the_same_values(spine):
    """Half the spacing, as a T2 of the same session has it."""
    affine = spine.labels.affine_lps @ np.diag([0.5, 0.5, 0.5, 1.0])
    affine[:3, 3] = spine.labels.to_lps(np.full(3, -0.25))
    fine = Volume(spine.labels.array.repeat(2, 0).repeat(2, 1).repeat(2, 2), affine)
    bodies = find_bodies(fine, NUMBERS, LEVELS)
    measured = measure_signals(spine.signals(), bodies, SETTINGS)
    here = measure_signals(spine.signals(), spine.bodies, SETTINGS)
    assert adc_of(measured) == pytest.approx(adc_of(here), abs=0.003)


def test_a_body_outside_the_image_is_refused_or_flagged(spine):
    stack = Volume(spine.stack.array[:, :90], spine.stack.affine_lps)
    measured = measure_signals(b_signals(stack, spine.index), spine.bodies, SETTINGS)
    below = {level: one for level, one in measured.outcomes.items() if level in ("L4", "L5")}
    assert below["L4"].flags == ("noise_estimate",)
    assert any(flag.startswith("partly_outside") for flag in below["L5"].flags)
    stack = Volume(spine.stack.array[:, :70], spine.stack.affine_lps)
    gone = measure_signals(b_signals(stack, spine.index), spine.bodies, SETTINGS).outcomes["L5"]
    assert isinstance(gone, RefusedBody)
    assert gone.reason.startswith("The inside of the vertebral body holds 0 voxels")


def noisy(spine, sd):
    rng = np.random.default_rng(5)
    shape = spine.stack.array.shape
    return np.hypot(spine.stack.array + rng.normal(0, sd, shape), rng.normal(0, sd, shape))


def test_signals_lost_in_noise_are_refused(spine):
    """Marrow of ADC 0.6 has 217 at b 800."""
    measured = measure_signals(spine.signals(noisy(spine, 110)), spine.bodies, SETTINGS)
    assert isinstance(measured.outcomes["L4"], RefusedBody)
    assert measured.outcomes["L4"].flags == ("noise_floor",)
    assert re.match(
        r"The signal-to-noise ratio \(SNR\) at b 800 s/mm² is [12]\.\d",
        measured.outcomes["L4"].reason,
    )


def test_signals_near_the_noise_are_flagged(spine):
    measured = measure_signals(spine.signals(noisy(spine, 55)), spine.bodies, SETTINGS)
    assert any(flag.startswith("noise_floor: ") for flag in measured.outcomes["L4"].flags)


def test_the_noise_of_repeats_is_their_differences(spine):
    rng = np.random.default_rng(6)
    shape = spine.stack.array.shape[:3]
    twice = [spine.stack.array[..., 2] + rng.normal(0, 20, shape) for _ in range(2)]
    array = np.stack([spine.stack.array[..., 0], *twice], axis=-1)
    index = [{"DiffusionBValue": b} for b in (0.0, 800.0, 800.0)]
    signals = b_signals(Volume(array, spine.stack.affine_lps), index)
    measured = measure_signals(signals, spine.bodies, SETTINGS)
    details = measured.outcomes["L2"].details
    assert details["noise_from"] == "repeats"
    assert details["noise_sd"] == pytest.approx(20, rel=0.1)
    assert adc_of(measured) == pytest.approx(ADC, abs=0.03)


def test_the_noise_of_air_is_rayleigh(spine):
    silent = np.where((spine.adc.array == 0)[..., None], 0, spine.stack.array)
    array = noisy(replace(spine, stack=Volume(silent, spine.stack.affine_lps)), 20)
    measured = measure_signals(spine.signals(array), spine.bodies, SETTINGS)
    details = measured.outcomes["L2"].details
    assert details["noise_from"] == "background"
    assert details["noise_sd"] == pytest.approx(20, rel=0.03)


def test_a_background_that_was_set_to_nothing_tells_no_noise(spine):
    array = np.where((spine.adc.array == 0)[..., None], 0, spine.stack.array)
    details = measure_signals(spine.signals(array), spine.bodies, SETTINGS).outcomes["L2"].details
    assert details["noise_from"] == "region"


def test_perfusion_is_left_out_by_the_least_b_value(spine):
    measured = measure_signals(spine.signals(), spine.bodies, DwiSettings(b_min=50))
    assert {row.method for row in measured.outcomes["L1"].rows} == {"adc.wls.b400-800.v1"}
    assert adc_of(measured) == pytest.approx(ADC, abs=0.03)
    with pytest.raises(DataFault, match=r"Of the b values 0, 400, 800 s/mm² 1 reaches dwi\.b_min"):
        measure_signals(spine.signals(), spine.bodies, DwiSettings(b_min=500))


def test_one_b_value_is_refused_with_both_numbers(spine):
    index = [{"DiffusionBValue": 800.0}] * 3
    with pytest.raises(DataFault, match=r"3 volumes of 1 b value \(800 s/mm²\); at least 2"):
        b_signals(spine.stack, index)


def test_b_values_of_another_unit_are_refused(spine):
    index = [{"DiffusionBValue": b} for b in (0.0, 0.4, 0.8)]
    with pytest.raises(DataFault, match=r"highest b value is 0\.8 s/mm².* in ms/µm²\?"):
        b_signals(spine.stack, index)


def test_images_without_a_number_are_refused(spine):
    with pytest.raises(DataFault, match="No voxel of the diffusion images is a number"):
        spine.signals(np.full_like(spine.stack.array, np.nan))


def test_images_without_a_number_in_the_bodies_are_refused(spine):
    """Only the fluid and the soft tissue have a signal."""
    array = spine.stack.array.copy()
    array[spine.labels.array > 0] = np.nan
    measured = measure_signals(spine.signals(array), spine.bodies, SETTINGS)
    assert all("holds 0 voxels" in reason for reason in reasons_of(measured))


def test_signals_that_do_not_change_have_no_adc(spine):
    measured = measure_signals(spine.signals(0 * spine.stack.array + 7), spine.bodies, SETTINGS)
    assert all("its ADC would be 0e-3 mm2/s" in reason for reason in reasons_of(measured))


def test_b_values_in_the_wrong_order_are_refused(spine):
    measured = measure_signals(spine.signals(spine.stack.array[..., ::-1]), spine.bodies, SETTINGS)
    assert all("does not fall as b rises" in reason for reason in reasons_of(measured))


def test_voxels_without_signal_are_dropped_and_told(spine):
    array = spine.stack.array.copy()
    array[::8, :, :, 2] = 0
    measured = measure_signals(spine.signals(array), spine.bodies, SETTINGS)
    assert "no_signal" in flags_of(measured)
    assert adc_of(measured) == pytest.approx(ADC, abs=0.03)


def test_signals_of_two_exponentials_are_flagged(spine):
    array = spine.stack.array.copy()
    array[..., 2] = array[..., 1] * 0.99
    measured = measure_signals(spine.signals(array), spine.bodies, SETTINGS)
    assert "not_monoexponential" in flags_of(measured)


AXES = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("directions", "expected", "flags"),
    [
        (AXES, (8 * 27 * 64) ** (1 / 3), ()),
        (AXES[:2], (8 + 27) / 2, ("few_directions: 2 at b 800",)),
        ((None, None, None), (8 + 27 + 64) / 3, ()),
        ((*AXES[:2], None), 64, ()),  # the trace beside directions
    ],
)
def test_directions_are_averaged_by_logarithms_from_three(directions, expected, flags):
    weighted = (8.0, 27.0, 64.0)[: len(directions)]
    array = np.array([100.0, *weighted], dtype=np.float32).reshape(1, 1, 1, -1)
    index = [{"DiffusionBValue": 0.0}] + [
        {"DiffusionBValue": 800.0, "DiffusionGradientOrientation": one} for one in directions
    ]
    found = b_signals(Volume(array, np.eye(4)), index)
    assert found.b_values.tolist() == [0, 800]
    assert found.images.array[0, 0, 0, 1] == pytest.approx(expected, rel=1e-5)
    assert found.flags == flags


def test_b_values_that_differ_by_the_imaging_gradients_are_one():
    array = np.array([100.0, 10.0, 20.0, 30.0], dtype=np.float32).reshape(1, 1, 1, -1)
    index = [{"DiffusionBValue": b} for b in (0.0, 995.0, 1000.0, 1005.0)]
    found = b_signals(Volume(array, np.eye(4)), index)
    assert found.b_values.tolist() == [0, 1000]
    assert found.images.array[0, 0, 0].tolist() == [100, 20]


@pytest.mark.parametrize(
    ("factor", "unit"), [(1e-3, "mm2/s"), (1.0, "10-3 mm2/s"), (1000.0, "10-6 mm2/s"),
                         (100.0, "10-5 mm2/s")],
)  # fmt: skip
def test_a_map_is_taken_at_the_scale_of_its_tissues(spine, factor, unit):
    stored = Volume(spine.adc.array * factor, spine.adc.affine_lps)
    measured = measure_map(stored, "", NO_B, spine.bodies, SETTINGS)
    assert adc_of(measured) == pytest.approx(ADC, abs=0.01)
    assert measured.outcomes["L1"].details["stored_in"] == unit
    assert measured.outcomes["L1"].rows[0].method == "adc.vendor.v1"


def test_a_map_has_the_b_values_of_its_images(spine):
    measured = measure_map(spine.adc, "", np.array(B_VALUES[::2]), spine.bodies, SETTINGS)
    assert measured.outcomes["L1"].rows[0].method == "adc.vendor.b0-800.v1"
    assert flags_of(measured) == {"snr_unknown"}


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("mm2/s", 1e-3),
        ("10*-6.mm2/s", 1e3),
        ("um2/s", 1e3),
        ("um2/ms", 1),
        ("mm2.s-1", 1e-3),
        ("um2.s-1", 1e3),
        ("10*-3.mm2.s-1", 1),
        ("10*-6.mm2.s-1", 1e3),
    ],
)
def test_a_declared_unit_is_taken(spine, unit, factor):
    stored = Volume(spine.adc.array * factor, spine.adc.affine_lps)
    measured = measure_map(stored, unit, NO_B, spine.bodies, SETTINGS)
    assert adc_of(measured) == pytest.approx(ADC, abs=0.01)


@pytest.mark.parametrize(
    ("change", "unit", "told"),
    [
        (lambda adc: adc * 10, "10*-3.mm2/s", r"99\.7th percentile is 30.*declares 10-3 mm2/s"),
        (lambda adc: adc * 7, "", r"no scale that is possible: .*declares no unit"),
        (lambda adc: np.exp(-0.8 * adc), "", r"no scale that is possible"),
        (np.zeros_like, "", r"99\.7th percentile is nan"),
    ],
)
def test_a_map_of_another_scale_or_content_is_refused(spine, change, unit, told):
    stored = Volume(change(spine.adc.array), spine.adc.affine_lps)
    with pytest.raises(DataFault, match=told):
        measure_map(stored, unit, NO_B, spine.bodies, SETTINGS)


def test_voxels_that_a_map_leaves_at_0_are_dropped_and_told(spine):
    """A scanner computes no ADC where the signal is weak."""
    array = spine.adc.array.copy()
    weak = spine.labels.array > 0
    weak[:, ::3] = False
    array[weak] = 0
    measured = measure_map(Volume(array, spine.adc.affine_lps), "", NO_B, spine.bodies, SETTINGS)
    assert adc_of(measured) == pytest.approx(ADC, abs=0.02)
    assert "no_signal" in flags_of(measured)


def test_a_body_that_a_map_leaves_at_0_is_refused(spine):
    array = spine.adc.array.copy()
    array[:, 77:] = 0
    measured = measure_map(Volume(array, spine.adc.affine_lps), "", NO_B, spine.bodies, SETTINGS)
    assert isinstance(measured.outcomes["L5"], RefusedBody)
    assert values_of(measured.outcomes["L2"]) == pytest.approx(ADC["L2"], abs=0.01)


def test_without_fluid_a_unit_must_be_declared(spine):
    dry = Volume(np.minimum(spine.adc.array, 1.4), spine.adc.affine_lps)
    with pytest.raises(DataFault, match="no scale that is possible"):
        measure_map(dry, "", NO_B, spine.bodies, SETTINGS)
    measured = measure_map(dry, "10-3.mm2/s", NO_B, spine.bodies, SETTINGS)
    assert "scale_unproven" in flags_of(measured)


def test_perfusion_and_kurtosis_are_measured_where_the_b_values_suffice(spine):
    """OSIPI's bone marrow, f 14.5%, D 0.43, D* 50, and its ADC of all b values by numpy.polyfit."""
    signal = 350 * ivim_signal(B, 0.145, 0.43e-3, 0.05)
    shape = (*spine.stack.array.shape[:3], len(B))
    array = signal + np.random.default_rng(4).normal(0, 2, shape)
    index = [{"DiffusionBValue": b} for b in B]
    stack = Volume(array.astype(np.float32), spine.stack.affine_lps)
    measured = measure_signals(b_signals(stack, index), spine.bodies, SETTINGS)
    b_told = "b" + "-".join(f"{b:g}" for b in B)
    for outcome in measured.outcomes.values():
        found = {row.measure: row for row in outcome.rows}
        assert found["ivim_f"].value == pytest.approx(14.5, abs=0.5)
        assert found["ivim_d"].value == pytest.approx(0.43, abs=0.01)
        assert found["ivim_dstar"].value == pytest.approx(50, rel=0.1)
        assert found["adc"].value == pytest.approx(0.577, abs=0.005)
        assert found["ivim_f"].method == f"ivim.segmented_nlls.{b_told}.v1"
        assert found["ivim_f"].unit == "%"
        assert "dki_k" not in found  # perfusion bends the signals more than any kurtosis
    assert "no_kurtosis" in flags_of(measured)


def test_kurtosis_is_measured_where_the_b_values_suffice(spine):
    b = np.array([0.0, 500.0, 1000.0, 1500.0])
    signal = 350 * np.exp(-b * 0.5e-3 + b**2 * 0.5e-3**2 * 0.9 / 6)
    shape = (*spine.stack.array.shape[:3], len(b))
    array = (signal + np.random.default_rng(4).normal(0, 2, shape)).astype(np.float32)
    index = [{"DiffusionBValue": one} for one in b]
    stack = Volume(array, spine.stack.affine_lps)
    measured = measure_signals(b_signals(stack, index), spine.bodies, SETTINGS)
    rows = {row.measure: row for row in measured.outcomes["L3"].rows}
    assert rows["dki_d"].value == pytest.approx(0.5, abs=0.01)
    assert rows["dki_k"].value == pytest.approx(0.9, abs=0.05)
    assert {rows["dki_d"].method, rows["dki_k"].method} == {"dki.scalar.b0-500-1000-1500.v1"}
    assert (rows["dki_d"].unit, rows["dki_k"].unit) == ("1e-3 mm2/s", "1")
    assert "ivim_f" not in rows


def test_a_kurtosis_that_cannot_be_is_a_flag_beside_the_adc(spine):
    b = np.array([0.0, 500.0, 1000.0, 1500.0])
    array = np.broadcast_to([400.0, 380.0, 300.0, 120.0], (*spine.stack.array.shape[:3], 4))
    noise = np.random.default_rng(4).normal(0, 2, array.shape)
    stack = Volume((array + noise).astype(np.float32), spine.stack.affine_lps)
    index = [{"DiffusionBValue": one} for one in b]
    measured = measure_signals(b_signals(stack, index), spine.bodies, SETTINGS)
    assert "no_kurtosis" in flags_of(measured)
    assert {row.measure for row in measured.outcomes["L1"].rows} == {
        "adc",
        "adc_median",
        "snr_bmax",
    }
