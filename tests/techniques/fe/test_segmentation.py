"""Segmentations as files: formats, the axis of load, and sizes of voxels that are refused."""

from __future__ import annotations

import warnings

import nibabel as nib
import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.fe.segmentation import read_segmentation
from tests.techniques.fe.bones import SPACING, prism, write_labels

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of SimpleITK's types
    import SimpleITK


@pytest.mark.parametrize("name", ["bone.nii", "bone.nii.gz", "bone.mha", "bone.nrrd"])
def test_formats_that_other_programs_write_give_the_same(tmp_path, name):
    path = tmp_path / name
    image = SimpleITK.GetImageFromArray(prism().T)
    image.SetSpacing((0.061, 0.082, 0.1))
    SimpleITK.WriteImage(image, str(path))
    found = read_segmentation(path)
    assert np.array_equal(found.labels, prism())
    assert found.spacing_mm == pytest.approx([0.061, 0.082, 0.1], rel=1e-5)


def test_the_load_acts_from_head_to_foot_however_the_voxels_are_stored(tmp_path):
    affine = np.zeros((4, 4))
    affine[2, 0], affine[0, 1], affine[1, 2], affine[3, 3] = -0.1, 0.061, 0.082, 1
    path = tmp_path / "turned.nii.gz"
    nib.save(nib.Nifti1Image(np.moveaxis(prism(), 2, 0), affine), path)
    found = read_segmentation(path)
    assert np.array_equal(found.labels, prism())
    assert found.spacing_mm == pytest.approx([0.061, 0.082, 0.1])


@pytest.mark.parametrize("spacing", [(61.0, 61.0, 61.0), (0.061, 0.061, 2.5), (6e-3, 6e-3, 6e-4)])
def test_voxels_that_are_no_size_in_mm_are_refused(tmp_path, spacing):
    path = write_labels(tmp_path / "bone.nii.gz", prism(), spacing)
    with pytest.raises(DataFault, match=r"has voxels of [\d.×e\- ]+ mm; 0.005 to 2 mm"):
        read_segmentation(path)


def test_voxels_that_are_no_boxes_are_refused(tmp_path):
    affine = np.diag([*SPACING, 1.0])
    affine[0, 2] = 0.02
    path = tmp_path / "sheared.nii.gz"
    nib.save(nib.Nifti1Image(prism(), affine), path)
    with pytest.raises(DataFault, match="no boxes"):
        read_segmentation(path)


def test_grey_values_are_refused(tmp_path):
    path = write_labels(tmp_path / "grey.nii.gz", prism() * np.float32(0.37))
    with pytest.raises(DataFault, match="The segmentation holds values that are not whole"):
        read_segmentation(path)


def test_values_of_several_channels_are_refused(tmp_path):
    path = tmp_path / "vector.nii.gz"
    nib.save(nib.Nifti1Image(np.stack([prism(), prism()], axis=3), np.diag([*SPACING, 1])), path)
    with pytest.raises(DataFault, match="has 4 dimensions"):
        read_segmentation(path)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("absent.nii.gz", None, "does not exist"),
        ("bone.AIM", b"AIM", "not of a format that is read"),
        ("bone.nii.gz", b"no image", "could not be read as NIfTI"),
        ("bone.mha", b"no image", "The segmentation"),
        ("bone.nrrd", b"no image", "The segmentation"),
    ],
)
def test_a_file_that_is_none_is_refused_without_its_name(tmp_path, name, content, told):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataFault, match=told) as fault:
        read_segmentation(path)
    assert str(tmp_path) not in fault.value.reason


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "bone.nii.gz").mkdir()
    with pytest.raises(DataFault, match="not of a format"):
        read_segmentation(tmp_path / "bone.nii.gz")


@pytest.mark.parametrize("edge", [0.005, 2.0])
def test_voxels_of_the_smallest_and_largest_size_are_read(tmp_path, edge):
    path = write_labels(tmp_path / "bone.nii.gz", prism(), (edge,) * 3)
    assert read_segmentation(path).spacing_mm == pytest.approx([edge] * 3, rel=1e-6)


@pytest.mark.parametrize(("unit", "told"), [("micron", "micrometres"), ("meter", "metres")])
def test_another_unit_than_mm_is_refused(tmp_path, unit, told):
    image = nib.Nifti1Image(prism(), np.diag([*SPACING, 1.0]))
    image.header.set_xyzt_units(unit)
    nib.save(image, tmp_path / "bone.nii.gz")
    with pytest.raises(DataFault, match=f"declares its spacing in {told}; mm is needed"):
        read_segmentation(tmp_path / "bone.nii.gz")


def test_two_sizes_of_a_voxel_are_refused(tmp_path):
    image = nib.Nifti1Image(prism(), np.diag([*SPACING, 1.0]))
    image.set_qform(np.diag([0.082, 0.082, 0.082, 1.0]), 1)
    nib.save(image, tmp_path / "bone.nii.gz")
    with pytest.raises(DataFault, match=r"0\.082 mm \(pixdim\) and 0.061 × 0.061 × 0.061 mm"):
        read_segmentation(tmp_path / "bone.nii.gz")
