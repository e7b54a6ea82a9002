"""Text burned into an image refuses the series unless the study allows it; overlays never show."""

from __future__ import annotations

import json

import nibabel
import numpy as np
import pytest

from bonecohort.faults import DataFault
from tests.images.expect import assert_converted
from tests.images.kinds import convert_series
from tests.images.writer import ct_series, t2_series


def burned_in(dataset):
    dataset.BurnedInAnnotation = "YES"


def overlay_in_pixels(dataset):
    """An overlay in bit 15, as the standard once allowed: no data element of its own."""
    dataset.add_new(0x60000010, "US", dataset.Rows)
    dataset.add_new(0x60000011, "US", dataset.Columns)
    dataset.add_new(0x60000100, "US", 16)
    dataset.add_new(0x60000102, "US", 15)


def overlay_apart(dataset):
    dataset.add_new(0x60020010, "US", dataset.Rows)
    dataset.add_new(0x60020011, "US", dataset.Columns)
    dataset.add_new(0x60020100, "US", 1)
    dataset.add_new(0x60023000, "OW", bytes(dataset.Rows * dataset.Columns // 8))


@pytest.mark.parametrize("harm", [burned_in, overlay_in_pixels])
@pytest.mark.parametrize(("kind", "make"), [("ct", ct_series), ("t2_sagittal", t2_series)])
def test_a_series_with_text_in_its_pixels_is_refused_unless_allowed(tmp_path, harm, kind, make):
    series = make()
    harm(series.datasets[3])  # one slice is enough
    folder = series.write(tmp_path)
    with pytest.raises(DataFault, match="allow_burned_in_annotation to true"):
        convert_series(folder, kind)
    converted = convert_series(folder, kind, allow_burned_in_annotation=True)
    assert any("pictures show it" in text for text in converted.sidecar["Warnings"])


def test_an_overlay_kept_apart_is_reported_and_changes_no_voxel(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        overlay_apart(dataset)
    converted = convert_series(series.write(tmp_path), "ct")
    assert_converted(converted, series)
    assert any("never shown" in text for text in converted.sidecar["Warnings"])


def test_a_digitized_film_is_a_secondary_capture(tmp_path):
    series = ct_series()
    for dataset in series.datasets:
        dataset.ConversionType = "DF"
    with pytest.raises(DataFault, match="secondary capture"):
        convert_series(series.write(tmp_path), "ct")


def test_a_nifti_image_is_refused_by_its_sidecar(tmp_path):
    path = tmp_path / "ct.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.zeros((5, 5, 5), np.int16), np.eye(4)), path)
    (tmp_path / "ct.json").write_text(json.dumps({"BurnedInAnnotation": "YES"}))
    with pytest.raises(DataFault, match="BurnedInAnnotation is YES"):
        convert_series(path, "ct")
    assert convert_series(path, "ct", allow_burned_in_annotation=True)
