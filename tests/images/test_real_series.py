"""Real series against dcm2niix and against the ground truth beside them, in world space."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import CTImageStorage

from bonecohort.faults import DataFault
from bonecohort.images.convert import convert_series
from bonecohort.images.nifti import read_nifti
from tests.images.writer import same_in_world

HU_TOLERANCE = 0.5
SAGITTAL_MR = [
    "generic/anatomical/001",
    "generic/anatomical/001_implicit",
    "generic/compressed/001",
    "generic/compressed_j2k/001",
    "generic/compressed_jpeg/001",
    "generic/compressed_jpegls/001",
    "generic/compressed_rle/001",
    "philips_enhanced/anatomical/001",
    "philips_enhanced/anatomical/001_implicit",
]


def test_a_siemens_ct_agrees_with_dcm2niix(shared_data, dcm2niix_volume):
    folder = shared_data / "real_ct_dicom"
    converted = convert_series(folder, "ct")
    array = converted.volume.array
    assert same_in_world(converted.volume, dcm2niix_volume(folder)).max() <= HU_TOLERANCE
    assert array.mean() == pytest.approx(-624.13, abs=0.01)
    assert (array.min(), array.max()) == (-1024, 1839)
    assert converted.sidecar["KVP"] == 120
    assert converted.sidecar["ConvolutionKernel"] == "Br38f\\3"
    assert converted.sidecar["ExposureTime"] == 0.33
    assert any("contrast" in text for text in converted.sidecar["Warnings"])


@pytest.mark.parametrize("name", SAGITTAL_MR)
def test_an_mr_agrees_with_dcm2niix_and_ground_truth(shared_data, dcm2niix_volume, name):
    folder = shared_data / "dicom" / name
    volume = convert_series(folder, "t2_sagittal").volume
    truth = read_nifti(folder.with_name(f"{folder.name}_ground_truth.nii.gz"))
    assert same_in_world(volume, dcm2niix_volume(folder)).max() <= HU_TOLERANCE
    assert same_in_world(volume, truth).max() <= HU_TOLERANCE


def test_an_oblique_series_rescaled_slice_by_slice_agrees(shared_data, tmp_path):
    """The only such series is an MR: it is passed off as a CT, of which rescale is demanded."""
    folder = shared_data / "dicom/generic/anatomical/002_non_isotropic"
    for file in folder.iterdir():
        dataset = dcmread(file)
        dataset.Modality, dataset.SOPClassUID = "CT", CTImageStorage
        dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
        dataset.save_as(tmp_path / file.name)
    volume = convert_series(tmp_path, "ct").volume
    truth = read_nifti(folder.with_name("002_non_isotropic_ground_truth.nii.gz"))
    assert same_in_world(volume, truth).max() <= HU_TOLERANCE


@pytest.mark.parametrize(
    ("name", "kind", "cause"),
    [
        ("gantrytilting", "ct", "Gantry tilt: the slices are sheared by 14.0 degrees"),
        ("notavolume", "ct", "4 images lie at one position"),
        ("slicecount", "t2_sagittal", "only 2 slices"),
    ],
)
def test_what_is_no_volume_is_refused_with_its_cause(shared_data, name, kind, cause):
    with pytest.raises(DataFault, match=cause):
        convert_series(shared_data / "dicom/refuse_or_explain" / name / "001", kind)


def test_annotation_objects_are_no_images(shared_data):
    with pytest.raises(DataFault, match="Segmentation Storage"):
        convert_series(shared_data / "annotations/highdicom", "t2_sagittal")


def test_a_real_nifti_ct_is_taken_as_it_is(shared_data):
    converted = convert_series(shared_data / "real_ct_lumbar/ct.nii.gz", "ct")
    assert converted.volume.array.shape == (122, 101, 112)
    assert np.allclose(converted.volume.spacing_mm, 3)
    # RAS on disk, so LPS points the other way in the first two axes.
    assert np.all(np.sign(np.diag(converted.volume.affine_lps)[:3]) == (-1, -1, 1))
