"""What the makers of scanners do, each in its own way."""

from __future__ import annotations

import numpy as np
import pytest

from tests.images.expect import assert_converted, refused
from tests.images.kinds import convert_series
from tests.images.writer import INTERCEPT, ct_series, same_in_world, set_pixels, t2_series


def stored_with(series, slope, intercept, signed=True, bits=16):
    """Store the same HU under another rescale and another pixel type."""
    for index, dataset in enumerate(series.datasets):
        dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept
        dataset.PixelRepresentation = int(signed)
        dataset.BitsStored, dataset.HighBit = bits, bits - 1
        set_pixels(dataset, (series.hu[index] - intercept) // slope)
    return series


@pytest.mark.parametrize(
    ("maker", "scale"),  # intercept, signed, bits stored
    [
        ("SIEMENS", (-1024, False, 12)),
        ("GE MEDICAL SYSTEMS", (-1024, True, 16)),
        ("Philips", (-1000, False, 12)),
        ("TOSHIBA", (0, True, 16)),
        ("Canon Medical Systems", (0, True, 16)),
        ("UIH", (-8192, False, 16)),
    ],
)
def test_every_makers_pixels_become_the_same_hu(tmp_path, dcm2niix_volume, maker, scale):
    series = stored_with(ct_series(), 1, *scale)
    for dataset in series.datasets:
        dataset.Manufacturer = maker
    converted = convert_series(series.write(tmp_path / "ct"), "ct")
    assert_converted(converted, series)
    assert converted.volume.array.dtype == np.int16
    assert same_in_world(converted.volume, dcm2niix_volume(tmp_path / "ct")).max() == 0


def test_the_extended_scale_of_siemens_is_followed(tmp_path):
    series = ct_series()
    series.hu[:] = series.hu // 10 * 10
    converted = convert_series(stored_with(series, 10, -10240, False, 12).write(tmp_path), "ct")
    assert_converted(converted, series)


def test_a_kernel_of_several_values_is_one_kernel(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.ConvolutionKernel = ["Br40d", "3"]
    assert convert_series(series.write(tmp_path), "ct").sidecar["ConvolutionKernel"] == "Br40d\\3"


@pytest.mark.parametrize("bits", [-2000, -3024])
def test_the_padding_of_ge_is_kept_and_counted(tmp_path, bits):
    series = ct_series()
    for index, dataset in enumerate(series.datasets):
        series.hu[index, :2] = bits + INTERCEPT
        set_pixels(dataset, series.hu[index] - INTERCEPT)
        dataset.add_new("PixelPaddingValue", "SS", bits)
    converted = convert_series(series.write(tmp_path), "ct")
    assert_converted(converted, series)
    assert converted.sidecar["PaddingVoxels"] == 12 * 2 * 20
    assert converted.sidecar["PaddingValuesHU"] == [bits + INTERCEPT]


def test_a_gap_between_thin_mr_slices_is_in_the_spacing(tmp_path):
    series = t2_series(spacing_mm=(0.6, 0.6, 4.8))
    for dataset in series.datasets:
        dataset.Manufacturer, dataset.SliceThickness = "GE MEDICAL SYSTEMS", 4
        dataset.SpacingBetweenSlices = 4
    volume = convert_series(series.write(tmp_path), "t2_sagittal").volume
    assert volume.spacing_mm[2] == pytest.approx(4.8)


def test_the_private_scale_of_philips_is_not_applied(tmp_path, dcm2niix_volume):
    """Only geometry matters for MR: values are those of the public rescale."""
    series = t2_series()
    for dataset in series.datasets:
        dataset.Manufacturer = "Philips Medical Systems"
        dataset.RescaleSlope, dataset.RescaleIntercept = 2, 0
        block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        block.add_new(0x0D, "FL", 0.0)  # scale intercept
        block.add_new(0x0E, "FL", 0.00625)  # scale slope
    converted = convert_series(series.write(tmp_path / "mr"), "t2_sagittal")
    stored = series.hu.transpose(2, 1, 0) - INTERCEPT
    assert np.array_equal(converted.volume.array, 2 * stored)
    assert same_in_world(converted.volume, dcm2niix_volume(tmp_path / "mr")).max() == 0


def test_a_mosaic_of_siemens_is_named(tmp_path):
    series = t2_series()
    for dataset in series.datasets:
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    assert "9 × Siemens mosaic" in refused(series.write(tmp_path), "t2_sagittal")


def test_a_grid_of_united_imaging_is_named(tmp_path):
    series = t2_series()
    for dataset in series.datasets:
        block = dataset.private_block(0x0065, "Image Private Header", create=True)
        block.add_new(0x50, "DS", "25")
    assert "9 × United Imaging grid" in refused(series.write(tmp_path), "t2_sagittal")


@pytest.mark.parametrize("value", ["CT_SOM5 MIP", "CSA MIP", "MNIP", "VRT", "LOCALIZER"])
def test_projections_and_renderings_are_left_out(tmp_path, value):
    series, drawn = ct_series(), ct_series(offset=9)
    for dataset in drawn.datasets:
        dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL", value]
    series.write(tmp_path, "A")
    converted = convert_series(drawn.write(tmp_path, "B"), "ct")
    assert_converted(converted, series)
    assert sum(converted.files.not_used.values()) == 12


def test_a_map_in_colours_is_no_ct(tmp_path):
    """Perfusion and fusion maps come as CT images of palette colours."""
    series = ct_series()
    for dataset in series.datasets:
        dataset.PhotometricInterpretation = "PALETTE COLOR"
    assert "12 × colour image" in refused(series.write(tmp_path))


@pytest.mark.parametrize("scale", ["MGML", "Z_EFF", "ED", "OD"])
def test_maps_of_dual_energy_are_not_hu(tmp_path, scale):
    series = ct_series()
    for dataset in series.datasets:
        dataset.RescaleType = scale
    assert f"RescaleType is {scale}" in refused(series.write(tmp_path))


def test_directions_of_few_decimals_are_made_unit_vectors(tmp_path):
    cosine, sine = np.cos(np.radians(1)), np.sin(np.radians(1))
    series = ct_series(orientation=(cosine, sine, 0, -sine, cosine, 0))
    for dataset in series.datasets:
        dataset.ImageOrientationPatient = [round(v, 3) for v in series.orientation]
    volume = convert_series(series.write(tmp_path), "ct").volume
    assert np.allclose(volume.spacing_mm, (0.5, 0.75, 2.0))
