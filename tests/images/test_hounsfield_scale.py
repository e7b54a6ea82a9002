"""Rescale, padding and whatever else shifts HU."""

from __future__ import annotations

import numpy as np
import pytest

from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.writer import (
    INTERCEPT,
    ct_series,
    set_pixels,
    t2_series,
)


@pytest.mark.parametrize("tag", ["RescaleSlope", "RescaleIntercept"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_an_absent_rescale_is_refused(tmp_path, tag, everywhere):
    series = ct_series()
    for dataset in series.datasets if everywhere else series.datasets[3:4]:
        delattr(dataset, tag)
    assert "RescaleSlope or RescaleIntercept is absent" in refused(series.write(tmp_path))


def test_mr_needs_no_rescale(tmp_path):
    series = t2_series()
    converted = convert_series(series.write(tmp_path), "t2_sagittal")
    assert np.array_equal(converted.volume.array + INTERCEPT, series.truth.array)
    assert converted.sidecar["EchoTime"] == 0.1
    assert converted.sidecar["Warnings"] == []


def test_another_rescale_type_is_refused(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.RescaleType = "Z_EFF"
    assert "RescaleType is Z_EFF" in refused(series.write(tmp_path))


def test_each_slice_is_rescaled_by_its_own_tags(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        slope, intercept = (2, -1000 - index) if index % 2 else (1, INTERCEPT)
        even = (series.hu[index] - intercept) // slope * slope + intercept
        series.hu[index] = even
        dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept
        set_pixels(dataset, (even - intercept) // slope)
    converted = convert_series(series.write(tmp_path), "ct")
    assert_converted(converted, series)
    assert any("Rescale changes" in text for text in converted.sidecar["Warnings"])


def test_a_fractional_slope_gives_float_values(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.RescaleSlope = 0.5
        set_pixels(dataset, (series.hu[index] - INTERCEPT) * 2)
    converted = convert_series(series.write(tmp_path), "ct")
    assert converted.volume.array.dtype == np.float32
    assert_converted(converted, series)


def test_one_wrong_intercept_is_distinguished_from_a_true_one(tmp_path):
    series = ct_series()
    series.datasets[5].RescaleIntercept = 0
    reason = refused(series.write(tmp_path))
    assert "slice number 6" in reason
    assert "intercept 0" in reason


def test_padding_is_kept_and_counted(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        series.hu[index, 0, :5] = -2000 + INTERCEPT
        set_pixels(dataset, series.hu[index] - INTERCEPT)
        dataset.add_new("PixelPaddingValue", "US", 65536 - 2000)
    converted = convert_series(series.write(tmp_path), "ct")
    assert_converted(converted, series)
    assert converted.sidecar["PaddingVoxels"] == 12 * 5
    assert converted.sidecar["PaddingValuesHU"] == [-3024]


def test_padding_without_its_tag_is_counted(tmp_path):
    series = ct_series()
    series.hu[3, 0, 0] = -3024
    set_pixels(series.datasets[3], series.hu[3] - INTERCEPT)
    assert convert_series(series.write(tmp_path), "ct").sidecar["PaddingVoxels"] == 1


def test_warnings_name_what_shifts_hu(tmp_path):
    series = ct_series(spacing_mm=(0.75, 0.5, 5.0))
    for dataset in series.datasets:
        dataset.KVP = 100
        dataset.ContrastBolusAgent = "OMNIPAQUE"
        dataset.LossyImageCompression = "01"
    warnings = " ".join(convert_series(series.write(tmp_path), "ct").sidecar["Warnings"])
    for part in ("KVP is 100", "contrast agent", "5 mm thick", "with loss"):
        assert part in warnings


def test_a_field_of_view_without_air_is_warned_of_not_refused(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        series.hu[index] = 40 + index
        set_pixels(dataset, series.hu[index] - INTERCEPT)
    converted = convert_series(series.write(tmp_path), "ct")
    assert_converted(converted, series)
    assert any("No air" in text for text in converted.sidecar["Warnings"])


def test_bits_above_those_stored_are_cleared(tmp_path):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        dataset.PixelRepresentation, dataset.BitsStored, dataset.HighBit = 0, 12, 11
        set_pixels(dataset, (series.hu[index] - INTERCEPT) + 0x8000)
    assert_converted(convert_series(series.write(tmp_path), "ct"), series)
