"""Images and label maps as NRRD and MetaImage: what another program wrote is what is read."""

from __future__ import annotations

import json
import warnings
import zlib

import numpy as np
import pytest

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault
from bonecohort.images.image_files import format_of, read_image
from tests.images.expect import refused
from tests.images.kinds import convert_series

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of SimpleITK's types
    import SimpleITK

SHAPE = (6, 7, 8)
TURNED = (0.0, 0.0, 1.0, 0.8, 0.6, 0.0, -0.6, 0.8, 0.0)
"""Direction cosines, a row each of x, y, z: the first axis runs to posterior and the left."""
SUFFIXES = [".nrrd", ".nhdr", ".mha", ".mhd"]


def ramp(dtype=np.int16):
    return (np.arange(np.prod(SHAPE)).reshape(SHAPE) * 5 - 1000).astype(dtype)


def labels(dtype=np.uint8):
    array = np.zeros(SHAPE, dtype)
    array[1:4, 2:5, 1:4], array[1:4, 2:5, 4:7] = 29, 28
    return array


def image_of(array, spacing=(0.5, 0.75, 2.0), origin=(10.0, -20.5, 30.25), direction=TURNED):
    image = SimpleITK.GetImageFromArray(array.transpose(2, 1, 0))
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    image.SetDirection(direction)
    return image


def save(path, array, packed=True, **changes):
    SimpleITK.WriteImage(image_of(array, **changes), str(path), useCompression=packed)
    return path


def affine_of(image):
    affine = np.eye(4)
    affine[:3, 3] = image.GetOrigin()
    for axis in range(3):
        index = [int(other == axis) for other in range(3)]
        affine[:3, axis] = np.subtract(image.TransformIndexToPhysicalPoint(index), affine[:3, 3])
    return affine


TYPES = [np.uint8, np.int8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64,
         np.float32, np.float64]  # fmt: skip


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_labels_of_every_type_are_those_another_program_wrote(tmp_path, suffix, dtype, packed):
    found = read_label_map(save(tmp_path / f"labels{suffix}", labels(dtype), packed)).volume
    assert found.array.dtype == np.int16
    assert np.array_equal(found.array, labels())
    assert np.allclose(found.affine_lps, affine_of(image_of(labels())), atol=1e-9)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("array", [ramp(), ramp(np.float32) / 2, ramp(np.float64)])
def test_an_image_is_that_which_another_program_wrote(tmp_path, suffix, array):
    path = save(tmp_path / f"ct{suffix}", array, direction=(-1, 0, 0, 0, -1, 0, 0, 0, 1))
    converted = convert_series(path, "ct")
    assert np.array_equal(converted.volume.array, array)
    given = image_of(array, direction=(-1, 0, 0, 0, -1, 0, 0, 0, 1))
    assert np.allclose(converted.volume.affine_lps, affine_of(given), atol=1e-9)
    (note,) = converted.sidecar["Notes"]
    assert note.startswith(f"Read from {format_of(path)}: ")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_sagittal_t2_and_its_sidecar_are_read(tmp_path, suffix):
    sagittal = (0, 0, 1, 1, 0, 0, 0, -1, 0)
    save(tmp_path / f"t2{suffix}", ramp(), direction=sagittal, spacing=(0.6, 0.6, 4.4))
    (tmp_path / "t2.json").write_text(json.dumps({"EchoTime": 0.1, "RepetitionTime": 3.5}))
    converted = convert_series(tmp_path / f"t2{suffix}", "t2_sagittal")
    assert converted.sidecar["EchoTime"] == 0.1
    assert converted.sidecar["Warnings"] == []


def test_what_stands_beside_the_voxels_of_a_header_is_not_reported(tmp_path):
    image = image_of(ramp(), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1))
    for key in ("DICOM_0010_0010", "PatientName", "Comment"):
        image.SetMetaData(key, "ROSSI^MARIA")
    for suffix in (".nrrd", ".mha"):
        path = tmp_path / f"ROSSI{suffix}"
        SimpleITK.WriteImage(image, str(path))
        assert "ROSSI" in path.read_bytes().decode("latin-1")
        assert "ROSSI" not in json.dumps(convert_series(path, "ct").sidecar)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_values_that_are_no_labels_are_refused(tmp_path, suffix, dtype):
    array = labels(dtype)
    for value, told in ((1.5, "not whole numbers"), (np.nan, "not whole numbers"), (-1, "from -1")):
        array[0, 0, 0] = value
        with pytest.raises(DataFault, match=told):
            read_label_map(save(tmp_path / f"labels{suffix}", array))


@pytest.mark.parametrize("suffix", [".mha", ".nrrd"])
def test_values_that_no_scanner_gives_are_refused(tmp_path, suffix):
    array = ramp(np.float64)
    array[0, 0, 0] = 1e30
    assert "beyond 1e+09" in refused(save(tmp_path / f"ct{suffix}", array))


def changed(path, old, new):
    content = path.read_bytes()
    assert old.encode() in content
    path.write_bytes(content.replace(old.encode(), new.encode(), 1))
    return path


META = [
    ("NDims = 3", "NDims = 4", "NDims is not 3"),
    ("DimSize = 6 7 8", "DimSize = 6 7", "not 3 whole numbers above 0"),
    ("DimSize = 6 7 8", "DimSize = 6 7 0", "not 3 whole numbers above 0"),
    ("DimSize = 6 7 8", "DimSize = 6 7 -8", "not 3 whole numbers above 0"),
    ("DimSize = 6 7 8", "DimSize = 6 7 9", "672 bytes of voxels where its header declares 756"),
    ("DimSize = 6 7 8", "DimSize = 6 7 7", "672 bytes of voxels where its header declares 588"),
    ("DimSize = 6 7 8", "DimSize = 99999 99999 99999", "declares 999,970,000,299,999 voxels"),
    ("DimSize = 6 7 8", "DimSize = 1000000000 1 1", r"holds 672 bytes|declares"),
    ("MET_SHORT", "MET_FLOAT", "672 bytes of voxels where its header declares 1344"),
    ("MET_SHORT", "MET_SHORT_ARRAY", "none of one number a voxel"),
    ("ElementSpacing = 0.5 0.75 2", "ElementSpacing = 0.5 0 2", "not above 0"),
    ("ElementSpacing = 0.5 0.75 2", "ElementSpacing = 0.5 nan 2", "ElementSpacing is not 3"),
    ("ElementSpacing = 0.5 0.75 2\n", "", "lacks ElementSpacing"),
    ("Offset = 10", "Comment = 10", "lacks Offset"),
    ("TransformMatrix = 1 0 0", "TransformMatrix = 1 0 0.2", "no right angles"),
    ("TransformMatrix = 1 0 0", "TransformMatrix = 2 0 0", "no right angles"),
    ("TransformMatrix = 1 0 0", "TransformMatrix = 0 0 0", "no right angles"),
    ("TransformMatrix", "Comment", "lacks TransformMatrix"),
    ("BinaryData = True", "BinaryData = False", "BinaryData is not True"),
    ("NDims = 3", "NDims = 3\nHeaderSize = 7", "HeaderSize is not 0"),
    ("NDims = 3", "NDims = 3\nElementNumberOfChannels = 3", "ElementNumberOfChannels is not 1"),
    ("NDims = 3", "NDims = 3\nNDims = 3", "NDims twice"),
    ("NDims = 3", "NDims = 3\nDistanceUnits = um", "DistanceUnits is not mm"),
    ("NDims = 3", "NDims = 3\nElementToIntensityFunctionOffset = -1024", "Offset is not 0"),
    ("NDims = 3", "NDims = 3\nElementToIntensityFunctionSlope = 2", "Slope is not 1"),
    ("= LOCAL", "= LIST", "not beside it, or several"),
    ("= LOCAL", "= ../ct.raw", "not beside it, or several"),
    ("= LOCAL", "= /etc/passwd", "not beside it, or several"),
    ("= LOCAL", "= ct%03d.raw 1 8 1", "not beside it, or several"),
    ("= LOCAL", "= absent.raw", "does not lie beside it"),
    ("ObjectType = Image", "ObjectType = Mesh", "ObjectType is not Image"),
    ("ObjectType = Image", "an image\nof something", "does not begin with a MetaImage header"),
]


@pytest.mark.parametrize(("old", "new", "told"), META)
def test_what_a_damaged_metaimage_says_is_not_made_up(tmp_path, old, new, told):
    straight = (1, 0, 0, 0, 1, 0, 0, 0, 1)
    for packed in (False, True):
        path = save(tmp_path / "ct.mha", ramp(), packed, direction=straight)
        with pytest.raises(DataFault, match=told.replace("holds 672 bytes", "bytes of voxels")):
            read_image(changed(path, old, new))
        with pytest.raises(DataFault):
            read_label_map(path)


@pytest.mark.parametrize("suffix", [".mha", ".nrrd"])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("cut", [1, 30])
def test_voxels_cut_short_are_refused(tmp_path, suffix, packed, cut):
    path = save(tmp_path / f"ct{suffix}", ramp(), packed)
    path.write_bytes(path.read_bytes()[:-cut])
    assert "could not be read as" in refused(path)


@pytest.mark.parametrize(("suffix", "data"), [(".nhdr", "ct.raw.gz"), (".mhd", "ct.zraw")])
def test_voxels_beside_that_are_absent_or_elsewhere_are_refused(tmp_path, suffix, data):
    path = save(tmp_path / f"ct{suffix}", ramp())
    assert (tmp_path / data).is_file()
    other = tmp_path / "other"
    other.mkdir()
    (tmp_path / data).rename(other / data)
    assert "does not lie beside it" in refused(path)
    assert "not beside it, or several" in refused(changed(path, data, f"other/{data}"))


def test_a_metaimage_that_unpacks_to_more_than_it_declares(tmp_path):
    path = save(tmp_path / "ct.mha", ramp())
    head = path.read_bytes().split(b"LOCAL\n")[0]
    path.write_bytes(head + b"LOCAL\n" + zlib.compress(bytes(2**28), 1))
    assert "bytes of voxels where its header declares 672" in refused(path)


def test_a_file_of_several_values_a_voxel_is_no_image(tmp_path):
    array = np.zeros((4, 5, 6, 3), np.int16)
    for suffix in (".mha", ".nrrd"):
        path = tmp_path / f"ct{suffix}"
        image = SimpleITK.GetImageFromArray(array, isVector=True)
        SimpleITK.WriteImage(image, str(path))
        assert refused(path)


@pytest.mark.parametrize("name", ["int64", "float", "floatseg", "mha"])
def test_the_label_files_of_practice_are_the_nifti_they_were_made_of(shared_data, name):
    files = {"int64": "label_i64.nrrd", "float": "label_float.nrrd", "floatseg": "float.seg.nrrd",
             "mha": "label.mha"}  # fmt: skip
    found = read_label_map(shared_data / "field_cases/label_files" / files[name])
    truth = read_label_map(shared_data / "real_ct_lumbar/vertebrae_totalsegmentator.nii.gz")
    scheme, known = (one.numbers("totalsegmentator_v2") for one in (found, truth))
    for level in ("L1", "L2", "L3", "L4", "L5"):
        own = found.volume.array == scheme[level]
        assert own.any()
        assert np.array_equal(own, truth.volume.array == known[level])
    assert np.allclose(found.volume.affine_lps, truth.volume.affine_lps, atol=1e-4)
