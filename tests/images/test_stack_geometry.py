"""Order, place, spacing and tilt of a stack, one fault at a time."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.uid import generate_uid

from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.writer import (
    INTERCEPT,
    ct_series,
    set_pixels,
)


def test_a_plain_series_is_right_in_place_and_value(tmp_path):
    series = ct_series()
    converted = convert_series(series.write(tmp_path / "ct"), "ct")
    assert_converted(converted, series)
    assert converted.volume.array.dtype == np.int16
    assert converted.files.used == 12
    assert converted.files.not_used == {}
    assert converted.sidecar["Warnings"] == []
    assert converted.sidecar["KVP"] == 120
    assert converted.sidecar["ConvolutionKernel"] == "STANDARD"


@pytest.mark.parametrize(
    ("position", "orientation"),
    [
        ("HFS", (1, 0, 0, 0, 1, 0)),
        ("HFP", (-1, 0, 0, 0, -1, 0)),
        ("FFS", (-1, 0, 0, 0, 1, 0)),
        ("FFP", (1, 0, 0, 0, -1, 0)),
        ("HFDL", (0, -1, 0, 1, 0, 0)),
        ("HFDR", (0, 1, 0, -1, 0, 0)),
        ("FFDL", (0, -1, 0, -1, 0, 0)),
        ("FFDR", (0, 1, 0, 1, 0, 0)),
    ],
)
def test_patient_positions_are_placed_by_their_orientation(tmp_path, position, orientation):
    series = ct_series(orientation=orientation)
    for dataset in series.datasets:
        dataset.PatientPosition = position
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


def test_a_wrong_patient_position_changes_nothing(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.PatientPosition = "FFP"
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


def test_shuffled_instance_numbers_change_nothing(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.InstanceNumber = (index * 5) % 12 + 1
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


def test_three_slices_are_enough_and_two_are_not(tmp_path):
    three = ct_series(n=3)
    assert_converted(convert_series(three.write(tmp_path / "three"), "ct"), three)
    assert "only 2 slices" in refused(ct_series(n=2).write(tmp_path / "two"))


@pytest.mark.parametrize("lost", [1, 5, 10])
def test_a_missing_slice_is_refused(tmp_path, lost):
    series = ct_series()
    del series.datasets[lost]
    assert "1 slice is missing" in refused(series.write(tmp_path))


def test_three_missing_slices_are_counted(tmp_path):
    series = ct_series()
    del series.datasets[6:8], series.datasets[2]
    assert "3 slices are missing" in refused(series.write(tmp_path))


def test_uneven_spacing_is_refused(tmp_path):
    series = ct_series()
    for dataset in series.datasets[6:]:
        dataset.ImagePositionPatient[2] += 0.7
    assert "Uneven slice spacing" in refused(series.write(tmp_path))


def test_slightly_uneven_spacing_is_noted(tmp_path):
    series = ct_series()
    series.datasets[5].ImagePositionPatient[2] += 0.05
    converted = convert_series(series.write(tmp_path), "ct")
    assert any("spacing varies" in note for note in converted.sidecar["Notes"])


def test_spacing_that_drifts_by_half_a_slice_is_refused(tmp_path):
    series = ct_series(n=100)
    for index, dataset in enumerate(series.datasets):
        dataset.ImagePositionPatient[2] += 0.0007 * index * index
    assert "off an even grid" in refused(series.write(tmp_path))


@pytest.mark.parametrize("index", [0, 5, 11])
def test_one_slice_of_another_orientation_is_refused(tmp_path, index):
    series = ct_series()
    series.datasets[index].ImageOrientationPatient = [1, 0, 0, 0, 0.98, -0.19899749]
    assert "another orientation (ImageOrientationPatient)" in refused(series.write(tmp_path))


@pytest.mark.parametrize("index", [0, 5])
def test_one_slice_of_another_matrix_is_refused(tmp_path, index):
    series = ct_series()
    set_pixels(series.datasets[index], series.hu[index, :12, :10] - INTERCEPT)
    reason = refused(series.write(tmp_path))
    assert "another matrix size: 12 × 10" in reason
    assert "24 × 20" in reason


@pytest.mark.parametrize("tag", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_a_slice_that_lies_nowhere_is_refused(tmp_path, tag):
    series = ct_series()
    delattr(series.datasets[0], tag)
    assert tag in refused(series.write(tmp_path))


@pytest.mark.parametrize("tilt_mm", [0.1, -0.66])
def test_gantry_tilt_is_refused(tmp_path, tilt_mm):
    series = ct_series(shear_mm=(0.0, tilt_mm, 0.0))
    assert "Gantry tilt" in refused(series.write(tmp_path))


def test_a_tilt_of_a_quarter_degree_is_kept_in_the_affine(tmp_path):
    series = ct_series(shear_mm=(0.0, 0.009, 0.0))
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)


def test_a_bolus_series_at_one_position_is_no_volume(tmp_path):
    series = ct_series(n=5, spacing_mm=(0.75, 0.5, 0.0), uid=generate_uid())
    assert "lie at one position" in refused(series.write(tmp_path))


@pytest.mark.parametrize("index", [0, 5, 11])
def test_a_slice_moved_within_its_plane_is_refused(tmp_path, index):
    series = ct_series()
    series.datasets[index].ImagePositionPatient[0] += 3
    reason = refused(series.write(tmp_path))
    assert "aside of the others" in reason or "Gantry tilt" in reason


def test_a_position_rounded_to_a_tenth_of_a_pixel_is_taken(tmp_path):
    series = ct_series()
    series.datasets[5].ImagePositionPatient[0] += 0.05
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)
