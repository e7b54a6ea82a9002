"""Label maps and their numbering schemes, as they come."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest

from bonecohort.annotations.labels.on_grid import label_points_lps, mask_on_grid
from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.labels.schemes import SCHEMES, resolve_scheme
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume

NAMES_V2 = {31: "vertebrae_L1", 30: "vertebrae_L2", 5: "liver"}


def write_nifti(path, array, affine=None, names=None):
    image = nibabel.Nifti1Image(array, np.diag([-1.0, -1, 1, 1]) if affine is None else affine)
    if names:
        labels = "".join(
            f'<Label Key="{number}" Red="0"><![CDATA[{name}]]></Label>'
            for number, name in names.items()
        )
        xml = f"<CaretExtension><LabelTable>\n{labels}</LabelTable></CaretExtension>\n"
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension(0, xml.encode()))
    nibabel.save(image, path)
    return path


def blocks(dtype=np.uint8):
    array = np.zeros((6, 7, 8), dtype=dtype)
    array[1:3, 2:5, 5:7] = 31
    array[1:3, 2:5, 1:3] = 30
    return array


@pytest.mark.parametrize(
    ("scheme", "level", "number"),
    [
        ("totalsegmentator_v1", "L3", 20),
        ("verse", "L1", 20),
        ("verse", "L6", 25),
        ("totalsegmentator_v2", "L1", 31),
        ("totalspineseg", "L5", 45),
        ("totalsegmentator_mr", "L5", 2),
    ],
)
def test_schemes_number_levels(scheme, level, number):
    assert resolve_scheme(scheme, None)[level] == number


def test_every_scheme_numbers_the_five_levels_once():
    for numbers in SCHEMES.values():
        assert {"L1", "L2", "L3", "L4", "L5"} <= set(numbers)
        assert len(set(numbers.values())) == len(numbers)


def test_an_own_numbering_is_taken():
    assert resolve_scheme({"L1": 1, "L2": 2}, None) == {"L1": 1, "L2": 2}


def test_undeclared_the_names_decide():
    assert resolve_scheme(None, NAMES_V2) == {"L1": 31, "L2": 30}


@pytest.mark.parametrize("names", [None, {}, {1: "liver"}, {32: "vertebrae_T12"}])
def test_neither_declared_nor_named_is_a_fault_that_says_what_to_write(names):
    with pytest.raises(DataFault, match=r"write vertebrae\.label_scheme in config\.yaml"):
        resolve_scheme(None, names)


@pytest.mark.parametrize(
    ("declared", "names"),
    [
        ("verse", {20: "vertebrae_L3", 21: "vertebrae_L2"}),
        ("verse", NAMES_V2),
        ({"L1": 30}, NAMES_V2),
    ],
)
def test_a_declaration_that_the_names_contradict_is_a_fault(declared, names):
    with pytest.raises(DataFault, match="but the names in the label map say"):
        resolve_scheme(declared, names)


def test_a_declaration_that_the_names_confirm_is_taken():
    assert resolve_scheme("totalsegmentator_v2", NAMES_V2)["L5"] == 27


def test_an_unknown_scheme_is_a_fault():
    with pytest.raises(DataFault, match="'nora' is not known"):
        resolve_scheme("nora", None)


def test_a_level_named_twice_is_a_fault():
    with pytest.raises(DataFault, match="names both 31 and 40 L1"):
        resolve_scheme(None, {31: "vertebrae_L1", 40: "L1"})


def test_names_are_read_from_the_header(tmp_path):
    path = write_nifti(tmp_path / "labels.nii.gz", blocks(), names=NAMES_V2)
    labels = read_label_map(path)
    assert labels.names == NAMES_V2
    assert labels.numbers(None)["L2"] == 30
    assert labels.volume.array.dtype == np.int16


def test_float_labels_in_any_orientation_fall_in_the_same_place(tmp_path):
    plain = write_nifti(tmp_path / "plain.nii.gz", blocks())
    image = nibabel.load(plain)
    to_pir = nibabel.orientations.ornt_transform(
        nibabel.io_orientation(image.affine), nibabel.orientations.axcodes2ornt("PIR")
    )
    pir = nibabel.Nifti1Image(
        image.as_reoriented(to_pir).get_fdata().astype(np.float64),
        image.as_reoriented(to_pir).affine,
    )
    nibabel.save(pir, tmp_path / "pir.nii.gz")
    straight = read_label_map(plain).volume
    turned = read_label_map(tmp_path / "pir.nii.gz").volume
    for number in (30, 31):
        mask = mask_on_grid(turned, number, straight.affine_lps, straight.array.shape)
        assert np.array_equal(mask, straight.array == number)


def test_affines_are_in_lps(tmp_path):
    path = write_nifti(tmp_path / "labels.nii.gz", blocks(), affine=np.diag([2.0, 3, 4, 1]))
    assert np.allclose(read_label_map(path).volume.affine_lps, np.diag([-2.0, -3, 4, 1]))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (blocks(np.float32) * 0.99, "not whole numbers"),
        (np.full((3, 3, 3), np.nan, dtype=np.float32), "not whole numbers"),
        (np.full((3, 3, 3), -1000, dtype=np.int16), "Is it the CT itself"),
        (np.zeros((3, 3), dtype=np.uint8), "2 dimensions"),
    ],
)
def test_a_file_that_is_no_label_map_is_a_fault(tmp_path, array, message):
    with pytest.raises(DataFault, match=message):
        read_label_map(write_nifti(tmp_path / "labels.nii.gz", array))


def test_a_label_map_that_does_not_say_where_it_lies_is_a_fault(tmp_path):
    image = nibabel.Nifti1Image(blocks(), np.eye(4))
    image.set_sform(np.eye(4), code=0)
    image.set_qform(np.eye(4), code=0)
    nibabel.save(image, tmp_path / "labels.nii.gz")
    with pytest.raises(DataFault, match="neither sform nor qform"):
        read_label_map(tmp_path / "labels.nii.gz")


def test_other_formats_and_damaged_files_are_faults(tmp_path):
    with pytest.raises(DataFault, match="does not exist"):
        read_label_map(tmp_path / "absent.nii.gz")
    other = tmp_path / "labels.mgz"
    other.write_bytes(b"an image of another program")
    with pytest.raises(DataFault, match="Give a NIfTI file"):
        read_label_map(other)
    damaged = tmp_path / "damaged.nii"
    damaged.write_bytes(b"not a nifti file at all")
    with pytest.raises(DataFault, match="could not be read as NIfTI"):
        read_label_map(damaged)
    whole = write_nifti(tmp_path / "whole.nii", blocks())
    whole.write_bytes(whole.read_bytes()[:500])
    with pytest.raises(DataFault, match="damaged"):
        read_label_map(whole)


def test_a_folder_of_one_file_a_class_is_joined(tmp_path):
    array = blocks()
    write_nifti(tmp_path / "vertebrae_L1.nii.gz", (array == 31).astype(np.uint8))
    write_nifti(tmp_path / "vertebrae_L2.nii.gz", (array == 30).astype(np.uint8))
    write_nifti(tmp_path / "vertebrae_L3.nii.gz", np.zeros_like(array))
    write_nifti(tmp_path / "liver.nii.gz", (array == 0).astype(np.uint8))
    labels = read_label_map(tmp_path)
    numbers = labels.numbers("totalsegmentator_v2")
    assert set(numbers) == {"L1", "L2", "L3"}
    assert np.array_equal(labels.volume.array == numbers["L1"], array == 31)
    assert np.array_equal(labels.volume.array == numbers["L2"], array == 30)


def test_a_folder_without_vertebrae_is_a_fault(tmp_path):
    write_nifti(tmp_path / "liver.nii.gz", blocks())
    with pytest.raises(DataFault, match=r"named like vertebrae_L1\.nii\.gz"):
        read_label_map(tmp_path)


def test_the_real_label_map_names_itself(shared_data):
    path = shared_data / "real_ct_lumbar" / "vertebrae_totalsegmentator.nii.gz"
    labels = read_label_map(path)
    assert labels.numbers(None)["L5"] == 27
    assert labels.numbers("totalsegmentator_v2")["L1"] == 31
    with pytest.raises(DataFault, match="say that"):
        labels.numbers("verse")


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (280, np.float32(np.nan).tobytes(), "no usable affine"),
        (280, np.float32(np.inf).tobytes(), "no usable affine"),
        (280, b"\1\0\x80\x7f", "no usable affine"),  # a signalling NaN
        (70, np.int16(99).tobytes(), "could not be read as NIfTI: HeaderDataError"),
        (108, np.float32(1e30).tobytes(), r"declares a header of 1\.0e\+30 bytes; at most"),
    ],
)
def test_a_damaged_header_is_a_fault(tmp_path, at, value, message):
    path = write_nifti(tmp_path / "labels.nii", blocks())
    content = path.read_bytes()
    path.write_bytes(content[:at] + value + content[at + len(value) :])
    with pytest.raises(DataFault, match=message):
        read_label_map(path)


def test_damaged_compression_is_a_fault(tmp_path):
    rng = np.random.default_rng(1)
    path = write_nifti(tmp_path / "labels.nii.gz", rng.integers(0, 99, (9, 9, 9), np.uint8))
    content = bytearray(path.read_bytes())
    content[40:60] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(DataFault, match=r"could not be read as NIfTI|its voxels could not be read"):
        read_label_map(path)


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("dtype", [np.int16, np.uint8])
def test_the_voxels_of_labels_are_found_in_any_memory_order(axes, dtype):
    stored = np.zeros((9, 11, 13), dtype)
    stored[0, 4, 12] = stored[8, 10, 0] = 7
    stored[3:5, 2:6, 4:9] = 2
    labels = Volume(stored.transpose(axes), np.diag([0.5, 2.0, 3.0, 1.0]))
    found = label_points_lps(labels, [2, 5, 7])
    assert list(found) == [2, 7]
    for number, points in found.items():
        places = labels.to_lps(np.argwhere(labels.array == number).astype(float))
        np.testing.assert_array_equal(points, places)


def test_a_map_without_labels_has_no_voxels_of_any():
    empty = Volume(np.zeros((4, 5, 6), np.int16), np.eye(4))
    assert label_points_lps(empty, [1]) == {}


@pytest.mark.parametrize("start", [(2, 3, 4), (-2, 0, 3), (6, -4, -1), (30, 0, 0)])
def test_a_box_of_the_maps_own_grid_is_cut_out_of_it(start):
    labels = np.zeros((9, 8, 7), np.int16)
    labels[1:8, 2:7, 3:7] = 4
    affine = np.array([[0.7, 0.1, 0, 5], [-0.1, 0.7, 0, -3], [0, 0, 2, 1], [0, 0, 0, 1.0]])
    place = affine.copy()
    place[:3, 3] += affine[:3, :3] @ start
    found = mask_on_grid(Volume(labels, affine), 4, place, (6, 5, 4))
    index = np.moveaxis(np.indices((6, 5, 4)), 0, -1) + start
    inside = ((index >= 0) & (index < labels.shape)).all(axis=-1)
    expected = np.zeros((6, 5, 4), bool)
    expected[inside] = labels[tuple(index[inside].T)] == 4
    np.testing.assert_array_equal(found, expected)
