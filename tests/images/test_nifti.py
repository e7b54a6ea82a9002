"""NIfTI in and out."""

from __future__ import annotations

import gzip
import json

import nibabel
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti, write_nifti
from bonecohort.images.volume import Volume
from tests.images.kinds import convert_series

AFFINE_LPS = np.array([[0.7, 0, 0, -90], [0, 0.7, 0, -210], [0, 0, 1.5, -400], [0, 0, 0, 1.0]])
SHAPE = (5, 6, 7)


def ramp(dtype=np.int16):
    return (np.arange(np.prod(SHAPE)).reshape(SHAPE) * 9 - 1024).astype(dtype)


def save(path, array, placed=True, units="mm"):
    image = nibabel.Nifti1Image(array, np.diag([-1, -1, 1, 1]) @ AFFINE_LPS if placed else None)
    image.header.set_xyzt_units(units)
    nibabel.save(image, path)
    return path


def rotation(angles):
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        i, j = [other for other in range(3) if other != axis]
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = matrix @ turn
    return matrix


def is_rotation(quaternion, matrix):
    """Whether a header's float32 b, c, d are those of a rotation, to their rounding.

    They alone count. The real part is the root of one less three squares. Near half a turn every
    reader is therefore 1e-3 rad off in its own way (nibabel takes less than 3 eps for 0).
    """
    *expected, real = Rotation.from_matrix(matrix).as_quat(canonical=True)
    signs = (1, -1) if real < 1e-9 else (1,)  # at half a turn both are the same rotation
    return any(np.allclose(quaternion, sign * np.array(expected), atol=6e-8) for sign in signs)


def test_what_is_written_is_lps_for_us_and_ras_for_others(tmp_path):
    path = tmp_path / "ct.nii.gz"
    write_nifti(path, Volume(ramp(), AFFINE_LPS))
    back = read_nifti(path)
    assert np.array_equal(back.array, ramp())
    assert np.allclose(back.affine_lps, AFFINE_LPS, atol=1e-4)
    image = nibabel.load(path)
    assert image.get_data_dtype() == np.int16
    assert image.header["sform_code"] == image.header["qform_code"] == 1
    assert image.header.get_xyzt_units()[0] == "mm"
    assert np.allclose(image.get_qform(), image.get_sform(), atol=1e-4)
    assert np.allclose(image.affine, np.diag([-1, -1, 1, 1]) @ AFFINE_LPS, atol=1e-4)
    assert np.array_equal(np.asarray(image.dataobj), ramp())


@given(st.tuples(*[st.floats(-3.1, 3.1)] * 3), st.tuples(*[st.floats(0.2, 6)] * 3), st.booleans())
@example((0.21875, 0.009765625, 0.0), (1.0, 1.0, 1.0), False)
def test_oblique_grids_come_back(tmp_path_factory, angles, spacing, mirrored):
    affine = np.eye(4)
    affine[:3, :3] = rotation(angles) * spacing * ((-1, 1, 1) if mirrored else (1, 1, 1))
    affine[:3, 3] = (12.5, -301, 77)
    path = tmp_path_factory.mktemp("oblique") / "image.nii.gz"
    write_nifti(path, Volume(ramp(), affine))
    assert np.allclose(read_nifti(path).affine_lps, affine, atol=1e-4)
    header = nibabel.load(path).header
    turned = (np.diag([-1, -1, 1, 1]) @ affine)[:3, :3] / spacing
    qfac = np.sign(np.linalg.det(turned))
    assert header["pixdim"][0] == qfac
    assert np.allclose(header.get_zooms(), spacing)
    stored = [float(header[f"quatern_{part}"]) for part in "bcd"]
    assert is_rotation(stored, turned * (1, 1, qfac))


@given(arrays(np.float32, SHAPE, elements=st.floats(-3024, 3071, width=32)))
def test_values_come_back(tmp_path_factory, array):
    path = tmp_path_factory.mktemp("values") / "image.nii.gz"
    write_nifti(path, Volume(array, AFFINE_LPS))
    assert np.array_equal(read_nifti(path).array, array)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(
    ("array", "stored"),
    [
        (ramp(np.int16), np.int16),
        (ramp(np.float64), np.int16),
        (ramp(np.float32) + 0.5, np.float32),
        (ramp(np.int32) * 100, np.float32),
        ((ramp() > 0), np.int16),
    ],
)
def test_the_stored_type_follows_the_values(tmp_path, array, stored, order):
    path = tmp_path / "image.nii.gz"
    write_nifti(path, Volume(np.asarray(array, order=order), AFFINE_LPS))
    assert nibabel.load(path).get_data_dtype() == stored
    assert np.array_equal(np.asarray(nibabel.load(path).dataobj), array)


def test_the_bytes_depend_on_the_volume_alone(tmp_path):
    first, second = tmp_path / "a.nii.gz", tmp_path / "b.nii.gz"
    write_nifti(first, Volume(ramp(), AFFINE_LPS))
    write_nifti(second, Volume(ramp(np.float64), AFFINE_LPS))
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes()[4:8] == bytes(4)  # gzip's time
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_a_float64_label_map_comes_back_as_integers(tmp_path):
    labels = (ramp(np.float64) % 26).round()
    array = read_nifti(save(tmp_path / "mask.nii", labels)).array
    assert array.dtype == np.int16
    assert np.array_equal(array, labels)


def test_scale_and_intercept_are_applied(tmp_path):
    image = nibabel.Nifti1Image(ramp(), np.eye(4))
    image.header.set_slope_inter(0.5, 3)
    path = tmp_path / "image.nii.gz"
    path.write_bytes(gzip.compress(image.to_bytes()))
    assert np.allclose(read_nifti(path).array, np.asarray(image.dataobj) * 0.5 + 3)


def test_a_trailing_axis_of_one_is_dropped(tmp_path):
    path = save(tmp_path / "image.nii", ramp()[..., None])
    assert read_nifti(path).array.shape == SHAPE


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (lambda _: None, "does not exist"),
        (lambda path: path.write_bytes(b""), "not a readable NIfTI"),
        (lambda path: path.write_bytes(b"\x1f\x8b" + bytes(300)), "not a readable NIfTI"),
        (lambda path: path.write_text("no image"), "not a readable NIfTI"),
        (lambda path: path.write_bytes(gzip.compress(bytes(400))), "not a readable NIfTI"),
        (lambda path: save(path, np.zeros((5, 5, 5, 2), np.int16)), "three-dimensional"),
        (lambda path: save(path, ramp(), placed=False), "neither sform nor qform"),
        (lambda path: save(path, ramp(), units="micron"), "micrometres"),
        (lambda path: save(path, np.zeros(SHAPE, np.complex64)), "complex"),
    ],
)
def test_what_cannot_be_read_is_a_reason(tmp_path, make, cause):
    path = tmp_path / "image.nii.gz"
    make(path)
    with pytest.raises(DataFault, match=cause):
        convert_series(path, "ct")


@pytest.mark.parametrize("kept", [10, 200, 353, 500, -9])
def test_a_truncated_file_is_a_reason(tmp_path, kept):
    path = tmp_path / "image.nii.gz"
    write_nifti(path, Volume(ramp(), AFFINE_LPS))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataFault):
        read_nifti(path)


@pytest.mark.parametrize("damage", [b"\0\0\x80\x7f", b"\1\0\x80\x7f"], ids=["inf", "NaN"])
def test_an_affine_that_is_no_number_is_a_reason(tmp_path, damage):
    path = save(tmp_path / "image.nii", ramp())
    content = bytearray(path.read_bytes())
    content[280:284] = damage  # srow_x
    path.write_bytes(content)
    with pytest.raises(DataFault, match="affine that cannot be inverted"):
        read_nifti(path)


def test_a_truncated_plain_file_is_a_reason(tmp_path):
    path = save(tmp_path / "image.nii", ramp())
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataFault, match="cut short"):
        read_nifti(path)


def test_a_sheared_nifti_is_refused(tmp_path):
    affine = AFFINE_LPS.copy()
    affine[1, 2] = 0.3
    path = tmp_path / "ct.nii.gz"
    write_nifti(path, Volume(ramp(), affine))
    with pytest.raises(DataFault, match="sheared by 11"):
        convert_series(path, "ct")


def test_a_nifti_with_holes_is_refused(tmp_path):
    array = ramp(np.float32)
    array[1, 2, 3] = np.nan
    with pytest.raises(DataFault, match="no number"):
        convert_series(save(tmp_path / "ct.nii", array), "ct")


def test_the_json_beside_a_nifti_is_read_but_not_its_identity(tmp_path):
    save(tmp_path / "ct.nii.gz", ramp())
    values = {
        "KVP": 100,
        "PatientName": "SECRET",
        "ConvolutionKernel": "B30f",
        "ImageType": [{}],
        "SliceThickness": "5 mm",
        "SpacingBetweenSlices": None,
    }
    (tmp_path / "ct.json").write_text(json.dumps(values))
    sidecar = convert_series(tmp_path / "ct.nii.gz", "ct").sidecar
    assert (sidecar["KVP"], sidecar["ConvolutionKernel"]) == (100, "B30f")
    assert any("KVP is 100" in text for text in sidecar["Warnings"])
    assert "SECRET" not in json.dumps(sidecar)
    assert not {"ImageType", "SliceThickness", "SpacingBetweenSlices"} & sidecar.keys()


@pytest.mark.parametrize(("coarse", "accepted"), [(0, True), (2, False)])
def test_a_nifti_t2_must_be_sagittal(tmp_path, coarse, accepted):
    affine = np.diag([0.6, 0.6, 0.6, 1])
    affine[coarse, coarse] = 4.4
    path = tmp_path / "t2.nii.gz"
    write_nifti(path, Volume(ramp(), affine))
    if accepted:
        assert convert_series(path, "t2_sagittal").volume.array.shape == SHAPE
    else:
        with pytest.raises(DataFault, match="not sagittal"):
            convert_series(path, "t2_sagittal")


def test_values_no_scanner_gives_are_a_fault(tmp_path):
    values = ramp(np.float64)
    values[0, 0, 0] = 1e300
    with pytest.raises(DataFault, match="beyond 1e"):
        read_nifti(save(tmp_path / "ct.nii", values))
