"""Vertebra label maps kept as DICOM SEG: where their voxels lie and which vertebra they are.

Voxel counts and centres of the shared files are those of highdicom 0.28.2
(``hd.seg.segread(file).get_volume()``, fractional values above 0.5).
"""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import RLELossless

from bonecohort.annotations.labels.on_grid import mask_on_grid
from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.labels.seg import read_seg
from bonecohort.annotations.labels.segment_names import LEVEL_OF_CODE, level_of_text
from bonecohort.faults import DataFault
from tests.annotations.labels.seg_writer import Grid, segment, write_segmentation

COLUMNS, ROWS = 7, 5  # 35 bits: frames of a packed file do not begin on a byte
SPACING_MM = (0.8, 0.6)  # between rows, between columns
ORIGIN = np.array([10.0, -20.0, 30.0])
TILT = np.deg2rad(20)
ORIENTATION = [1.0, 0.0, 0.0, 0.0, np.cos(TILT), np.sin(TILT)]
NORMAL = np.cross(ORIENTATION[:3], ORIENTATION[3:])


def write_seg(path, segments, frames, *, kind="BINARY", maximum=None, gap_mm=1.5, thickness=1.5):
    """Write frames ``(plane, segment number or None, values of shape (rows, columns))``."""
    placed = [
        (ORIGIN + NORMAL * gap_mm * plane, number, values) for plane, number, values in frames
    ]
    grid = Grid(tuple(ORIENTATION), SPACING_MM, thickness)
    return write_segmentation(path, segments, placed, grid, kind=kind, maximum=maximum)


def plane(*pixels, value=1):
    """Values of one frame, set at the given (row, column)."""
    values = np.zeros((ROWS, COLUMNS), dtype=np.uint8)
    for row, column in pixels:
        values[row, column] = value
    return values


def expected_lps(row, column, height_mm):
    across = np.array(ORIENTATION[:3]) * column * SPACING_MM[1]
    down = np.array(ORIENTATION[3:]) * row * SPACING_MM[0]
    return ORIGIN + across + down + NORMAL * height_mm


def points(labels, number):
    return labels.volume.to_lps(np.argwhere(labels.volume.array == number).astype(float))


def named_copy(file, folder, labels):
    dataset = dcmread(file)
    for item, label in zip(dataset.SegmentSequence, labels, strict=True):
        item.SegmentLabel = label
    copy = folder / "labels"
    dataset.save_as(copy)
    return copy


@pytest.mark.parametrize(
    ("file", "count", "centre"),
    [
        ("seg_image_ct_binary.dcm", 638, (-121.71290455, -124.41723457, 104.5207807)),
        ("seg_image_ct_binary_fractional.dcm", 638, (-121.71290455, -124.41723457, 104.5207807)),
        ("seg_image_ct_true_fractional.dcm", 638, (-121.71290455, -124.41723457, 104.5207807)),
        ("seg_image_ct_binary_single_frame.dcm", 1832, (-121.88035197, -148.32194579, -75.699997)),
    ],
)
def test_voxels_lie_where_another_reader_puts_them(shared_data, tmp_path, file, count, centre):
    copy = named_copy(shared_data / "annotations/highdicom" / file, tmp_path, ["vertebrae_L3"])
    labels = read_label_map(copy)
    assert labels.numbers(None) == {"L3": 1}
    found = points(labels, 1)
    assert len(found) == count
    assert found.mean(axis=0) == pytest.approx(centre, abs=1e-6)


def test_overlap_is_refused_with_the_count_another_reader_finds(shared_data, tmp_path):
    file = shared_data / "annotations/highdicom/seg_image_ct_binary_overlap.dcm"
    with pytest.raises(DataFault, match="L3 and L4 in 16 voxels"):
        read_seg(named_copy(file, tmp_path, ["L3", "L4"]))


def test_what_overlaps_but_is_no_vertebra_is_left_out_and_absent_planes_stay_empty(
    shared_data, tmp_path
):
    file = shared_data / "annotations/highdicom/seg_image_ct_binary_overlap.dcm"
    labels = read_seg(named_copy(file, tmp_path, ["L3", "disc L3-L4"]))
    assert labels.volume.array.shape == (16, 16, 165)
    assert set(labels.names.values()) == {"L3"}
    found = points(labels, 1)
    assert len(found) == 64
    assert found.mean(axis=0) == pytest.approx((-122.3144545, -125.4144605, 53.332497), abs=1e-6)


def test_every_segment_is_read_under_its_number(tmp_path):
    frames = [(0, 1, plane((1, 2))), (1, 4, plane((0, 3)))]
    path = write_seg(tmp_path / "s", [segment(1, "rod A"), segment(4, "")], frames)
    labels = read_label_map(path, every_segment=True)
    assert labels.names == {1: "rod A", 4: ""}
    assert points(labels, 4) == pytest.approx(expected_lps(0, 3, 1.5)[None], abs=1e-4)
    with pytest.raises(DataFault, match="is a lumbar vertebra"):
        read_label_map(path)
    empty = write_seg(tmp_path / "e", [], frames)
    with pytest.raises(DataFault, match="There is no segment in the DICOM SEG"):
        read_label_map(empty, every_segment=True)


def test_the_affine_places_a_segment_on_the_image_it_was_drawn_on(shared_data, tmp_path):
    folder = shared_data / "annotations/highdicom"
    labels = read_seg(named_copy(folder / "seg_image_ct_binary_single_frame.dcm", tmp_path, ["L3"]))
    image = dcmread(folder / "ct_image.dcm")
    affine = np.diag([image.PixelSpacing[1], image.PixelSpacing[0], 5.0, 1.0]).astype(float)
    affine[:3, 3] = image.ImagePositionPatient
    mask = mask_on_grid(labels.volume, 1, affine, (image.Columns, image.Rows, 1))
    frame = dcmread(folder / "seg_image_ct_binary_single_frame.dcm").pixel_array
    assert np.array_equal(mask[:, :, 0].T, frame.astype(bool))


def test_frames_are_placed_by_position_in_any_order_on_a_tilted_grid(tmp_path):
    frames = [(3, 2, plane((4, 6))), (0, 1, plane((1, 2))), (1, 1, plane((0, 3)))]
    path = write_seg(tmp_path / "s", [segment(1, "L2"), segment(2, "L3")], frames)
    labels = read_seg(path)
    assert labels.volume.array.shape == (COLUMNS, ROWS, 4)
    assert points(labels, 2) == pytest.approx(expected_lps(4, 6, 4.5)[None], abs=1e-4)
    found = points(labels, 1)
    expected = np.array([expected_lps(1, 2, 0.0), expected_lps(0, 3, 1.5)])
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_slice_thinner_than_the_spacing_leaves_no_empty_planes(tmp_path):
    frames = [(number, 1, plane((0, 0))) for number in range(3)]
    path = write_seg(tmp_path / "s", [segment(1, "L2")], frames, gap_mm=2.0, thickness=1.0)
    assert read_seg(path).volume.spacing_mm[2] == pytest.approx(2.0)


def test_fractions_above_half_the_maximum_are_inside(tmp_path):
    values = plane((0, 0), value=50) + plane((0, 1), value=51) + plane((0, 2), value=100)
    path = write_seg(
        tmp_path / "s", [segment(1, "L2")], [(0, 1, values)], kind="FRACTIONAL", maximum=100
    )
    assert np.argwhere(read_seg(path).volume.array).tolist() == [[1, 0, 0], [2, 0, 0]]


def test_a_label_map_segmentation_is_read_by_its_values(tmp_path):
    values = plane((0, 0), value=7) + plane((0, 1), value=9) + plane((0, 2), value=3)
    segments = [segment(7, "L1"), segment(9, "L2"), segment(3, "liver")]
    labels = read_seg(write_seg(tmp_path / "s", segments, [(0, None, values)], kind="LABELMAP"))
    assert labels.numbers("verse") == {"L1": 7, "L2": 9}
    assert set(np.unique(labels.volume.array)) == {0, 7, 9}


def test_compressed_frames_are_read(tmp_path):
    frames = [(0, 1, plane((1, 2), value=255)), (1, 1, plane((0, 3), value=255))]
    path = write_seg(tmp_path / "s", [segment(1, "L2")], frames, kind="FRACTIONAL", maximum=255)
    plain = read_seg(path)
    dataset = dcmread(path)
    dataset.compress(RLELossless, encoding_plugin="pydicom")
    dataset.save_as(path)
    assert np.array_equal(read_seg(path).volume.array, plain.volume.array)


def test_codes_are_those_of_the_standard():
    for level in ("T11", "T12", "L1", "L2", "L3", "L4", "L5"):
        assert LEVEL_OF_CODE[getattr(codes.SCT, f"{level}Vertebra").value] == level
    assert LEVEL_OF_CODE[codes.SCT.Sacrum.value] == "sacrum"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("L3", "L3"),
        ("vertebrae_L3", "L3"),
        ("L3 vertebra", "L3"),
        ("L5 vertebral body", "L5"),
        ("Third lumbar vertebra", "L3"),
        ("5th lumbar vertebra", "L5"),
        ("Lumbar vertebra 2", "L2"),
        ("T12 vertebra", "T12"),
        ("disc L3-L4", None),
        ("L3 fracture", None),
        ("L4 posterior arch", None),
        ("liver", None),
        ("Segment_1", None),
    ],
)
def test_labels_as_people_write_them(text, level):
    assert level_of_text(text) == level


@pytest.mark.parametrize(
    ("one", "level"),
    [
        (segment(1, "Segment_1", kind=("36470004", "SCT", "L3 vertebra")), "L3"),
        (segment(1, "Segment_1", kind=("T-11940", "SRT", "Fourth lumbar")), "L4"),
        (segment(1, "bone", region=("49668003", "SCT", "L5 vertebra")), "L5"),
        (segment(1, "a", kind=("99", "99LOCAL", "Second lumbar vertebra")), "L2"),
    ],
)
def test_a_vertebra_is_known_by_its_codes(tmp_path, one, level):
    labels = read_seg(write_seg(tmp_path / "s", [one], [(0, 1, plane((0, 0)))]))
    assert labels.numbers(None) == {level: 1}


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (segment(1, "Segment_1"), "No segment of the DICOM SEG is a lumbar vertebra"),
        (
            segment(1, "a", region=("36470004", "SCT", "L3"), kind=("4", "SCT", "Disc")),
            "No segment",
        ),
        (segment(1, "L3", category="49755003"), "No segment"),
        (
            segment(1, "L4", region=("36470004", "SCT", "L3")),
            "1 of the DICOM SEG is L3 and L4",
        ),
    ],
)
def test_what_is_no_vertebra_or_contradicts_itself_is_refused(tmp_path, one, message):
    path = write_seg(tmp_path / "s", [one], [(0, 1, plane((0, 0)))])
    with pytest.raises(DataFault, match=message) as caught:
        read_seg(path)
    assert "Doe" not in caught.value.reason
    assert "SECRET" not in caught.value.reason


def test_irregular_planes_are_refused(tmp_path):
    frames = [(height, 1, plane((0, 0))) for height in (0, 1, 2.4)]
    path = write_seg(tmp_path / "s", [segment(1, "L3")], frames)
    with pytest.raises(DataFault, match=r"1\.500 to 2\.100 mm apart"):
        read_seg(path)


def test_frames_without_a_place_or_turned_are_refused(tmp_path):
    frames = [(0, 1, plane((0, 0))), (1, 1, plane((0, 0)))]
    path = write_seg(tmp_path / "s", [segment(1, "L3")], frames)
    dataset = dcmread(path)
    second = dataset.PerFrameFunctionalGroupsSequence[1]
    turned = Dataset()
    turned.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    second.PlaneOrientationSequence = [turned]
    dataset.save_as(path)
    with pytest.raises(DataFault, match="Frame 2 of the DICOM SEG has another orientation"):
        read_seg(path)
    del second.PlanePositionSequence
    dataset.save_as(path)
    with pytest.raises(DataFault, match="Frame 2 of the DICOM SEG has no usable place"):
        read_seg(path)


def test_cut_short_pixels_are_a_fault(tmp_path):
    path = write_seg(tmp_path / "s", [segment(1, "L3")], [(0, 1, plane((0, 0)))] * 40)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataFault, match="The DICOM SEG is cut short"):
        read_seg(path)


def test_bytes_that_shift_the_pixels_are_a_fault(tmp_path):
    path = write_seg(
        tmp_path / "a.dcm", [segment(1, "L3")], [(k, 1, plane((1, 1))) for k in (0, 1)]
    )
    content = path.read_bytes()
    path.write_bytes(content[:-5] + b"\x01" + content[-5:])
    with pytest.raises(DataFault, match="what follows its pixel data"):
        read_seg(path)
    path.write_bytes(content + b"\xfc\xff\xfc\xffOB\0\0\x02\0\0\0\0\0")
    assert read_seg(path).numbers(None) == {"L3": 1}


def test_a_folder_may_hold_the_one_seg_among_other_dicom_files(tmp_path):
    folder = tmp_path / "series"
    folder.mkdir()
    other = dcmread(write_seg(folder / "other", [segment(1, "L3")], [(0, 1, plane((0, 0)))]))
    other.SOPClassUID = other.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    other.save_as(folder / "other")
    with pytest.raises(DataFault, match="no DICOM SEG"):
        read_label_map(folder)
    with pytest.raises(DataFault, match="no segmentation"):
        read_label_map(folder / "other")
    write_seg(folder / "seg", [segment(1, "L3")], [(0, 1, plane((0, 0)))])
    assert read_label_map(folder).numbers(None) == {"L3": 1}
    write_seg(folder / "second", [segment(1, "L3")], [(0, 1, plane((0, 0)))])
    with pytest.raises(DataFault, match="holds 2 DICOM SEG files"):
        read_label_map(folder)


def test_a_folder_of_nifti_files_is_still_one_of_a_class_each(tmp_path):
    image = nibabel.Nifti1Image(np.ones((2, 2, 2), np.uint8), np.eye(4))
    nibabel.save(image, tmp_path / "vertebrae_L1.nii.gz")
    write_seg(tmp_path / "seg", [segment(1, "L3")], [(0, 1, plane((0, 0)))])
    assert read_label_map(tmp_path).numbers(None) == {"L1": 1}
