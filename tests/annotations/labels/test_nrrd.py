"""Segmentations as 3D Slicer saves them."""

from __future__ import annotations

import gzip
import warnings

import numpy as np
import pytest

from bonecohort.annotations.labels.nrrd import read_nrrd
from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault

SHAPE = (4, 5, 6)


def write(path, array, names=(), space="left-posterior-superior", kind="unsigned char", **more):
    """Write what Slicer writes; ``array`` (i, j, k) or, in layers, (layer, i, j, k)."""
    layered = array.ndim == 4
    lines = [
        "NRRD0004",
        f"type: {kind}",
        f"dimension: {array.ndim}",
        f"space: {space}" if space else "space dimension: 3",
        "sizes: " + " ".join(map(str, array.shape)),
        f"space directions: {'none ' if layered else ''}(0.5,0,0) (0,-0.5,0) (0,0,2)",
        f"kinds: {'list ' if layered else ''}domain domain domain",
        "endian: little",
        "encoding: gzip",
        "space origin: (-10,20,30)",
    ]
    for number, (name, layer, value) in enumerate(names):
        lines += [
            f"Segment{number}_ID:=Segment_{number + 1}",
            f"Segment{number}_LabelValue:={value}",
            f"Segment{number}_Layer:={layer}",
            f"Segment{number}_Name:={name}",
        ]
    lines += [f"{key}:={value}" for key, value in more.items()]
    voxels = gzip.compress(array.tobytes(order="F"))
    path.write_bytes(("\n".join(lines) + "\n\n").encode() + voxels)
    return path


def blocks(dtype=np.uint8):
    array = np.zeros(SHAPE, dtype=dtype)
    array[1, 2, 4:] = 1
    array[1, 2, :2] = 7
    return array


def test_segments_are_read_by_name_whatever_their_values(tmp_path):
    path = write(tmp_path / "S.seg.nrrd", blocks(), [("L2", 0, 1), ("vertebrae_L3", 0, 7)])
    labels = read_label_map(path)
    numbers = labels.numbers("verse")
    assert set(numbers) == {"L2", "L3"}
    assert np.array_equal(labels.volume.array == numbers["L2"], blocks() == 1)
    assert np.array_equal(labels.volume.array == numbers["L3"], blocks() == 7)
    index = np.array([1.0, 2.0, 4.0])
    assert labels.volume.to_lps(index) == pytest.approx([-9.5, 19.0, 38.0])


def test_every_segment_is_read_under_its_value_or_else_in_order(tmp_path):
    path = write(tmp_path / "S.seg.nrrd", blocks(), [("rod A", 0, 7), ("rod B", 0, 1)])
    labels = read_label_map(path, every_segment=True)
    assert labels.names == {7: "rod A", 1: "rod B"}
    assert np.array_equal(labels.volume.array, blocks())
    layers = np.stack([(blocks() == 7), (blocks() == 1)]).astype(np.uint8)
    path = write(tmp_path / "L.seg.nrrd", layers, [("rod A", 0, 1), ("rod B", 1, 1)])
    labels = read_label_map(path, every_segment=True)
    assert labels.names == {1: "rod A", 2: "rod B"}
    assert np.array_equal(labels.volume.array == 1, blocks() == 7)
    assert np.array_equal(labels.volume.array == 2, blocks() == 1)
    many = [("rod A", 0, 7), ("rod B", 0, 99_999)]
    path = write(tmp_path / "M.seg.nrrd", blocks(), many)
    assert read_label_map(path, every_segment=True).names == {1: "rod A", 2: "rod B"}


def test_ras_headers_are_turned_to_lps(tmp_path):
    path = write(tmp_path / "S.seg.nrrd", blocks(), [("L2", 0, 1)], space="right-anterior-superior")
    assert read_nrrd(path).volume.to_lps(np.array([1.0, 2, 4])) == pytest.approx([9.5, -19.0, 38.0])


def test_layers_hold_equal_values_and_must_not_overlap(tmp_path):
    upper, lower = (blocks() == 1).astype(np.uint8), (blocks() == 7).astype(np.uint8)
    names = [("L2", 0, 1), ("L3", 1, 1)]
    labels = read_nrrd(write(tmp_path / "S.seg.nrrd", np.stack([upper, lower]), names))
    numbers = labels.numbers(None)
    assert np.array_equal(labels.volume.array == numbers["L2"], upper == 1)
    assert np.array_equal(labels.volume.array == numbers["L3"], lower == 1)
    overlapping = write(tmp_path / "O.seg.nrrd", np.stack([upper, upper | lower]), names)
    with pytest.raises(DataFault, match="L3 and L2 overlap"):
        read_nrrd(overlapping)


def test_terminology_names_a_segment_and_must_agree_with_its_name(tmp_path):
    tag = "TerminologyEntry:x~SCT^123037004^Anatomical Structure~SCT^36470004^L3 vertebra~^^~x|"
    path = write(tmp_path / "a.seg.nrrd", blocks(), [("Segment_1", 0, 1)], Segment0_Tags=tag)
    assert set(read_nrrd(path).numbers(None)) == {"L3"}
    path = write(tmp_path / "b.seg.nrrd", blocks(), [("L2", 0, 1)], Segment0_Tags=tag)
    with pytest.raises(DataFault, match="L2 and L3 at once"):
        read_nrrd(path)


def test_a_plain_nrrd_needs_its_scheme_declared(tmp_path):
    labels = read_label_map(write(tmp_path / "labels.nrrd", blocks()))
    assert np.array_equal(labels.volume.array, blocks())
    assert labels.numbers({"L2": 1, "L3": 7}) == {"L2": 1, "L3": 7}
    with pytest.raises(DataFault, match="numbering is not declared"):
        labels.numbers(None)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            [("Segment_1", 0, 1), ("L2-L3 disc", 0, 7)],
            "No segment of the segmentation is named after",
        ),
        ([("L2", 0, 1), ("vertebrae_L2", 0, 7)], "Two segments of the segmentation are L2"),
        ([("L2", 3, 1)], "lies in layer 3 of 1"),
    ],
)
def test_names_that_make_no_sense_are_faults(tmp_path, names, message):
    with pytest.raises(DataFault, match=message):
        read_nrrd(write(tmp_path / "S.seg.nrrd", blocks(), names))


def test_a_nrrd_that_cannot_be_placed_or_read_is_a_fault(tmp_path):
    with pytest.raises(DataFault, match="has no space of the patient"):
        read_nrrd(write(tmp_path / "a.nrrd", blocks(), space=""))
    with pytest.raises(DataFault, match="not whole numbers"):
        read_nrrd(write(tmp_path / "b.nrrd", blocks(np.float64) * 1.5, kind="double"))
    with pytest.raises(DataFault, match="values from -1 to"):
        read_nrrd(write(tmp_path / "d.nrrd", blocks(np.int64) - 1, kind="int64"))
    path = write(tmp_path / "c.nrrd", blocks())
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(DataFault, match="could not be read as NRRD"):
        read_nrrd(path)


def test_the_place_and_voxels_are_those_another_reader_finds(tmp_path):
    path = write(
        tmp_path / "a.nrrd", blocks(np.int16), kind="short", space="right-anterior-superior"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of SimpleITK's types
        import SimpleITK
    image = SimpleITK.ReadImage(str(path))
    found = read_nrrd(path).volume
    assert np.array_equal(found.array, SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0))
    corner = image.TransformIndexToPhysicalPoint((3, 1, 5))
    assert found.to_lps(np.array([3.0, 1, 5])) == pytest.approx(corner)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("space origin: (-10,20,30)\n", "", "lacks space origin"),
        ("space origin: (-10,20,30)", "space origin: none", "not three numbers each"),
        ("(0,0,2)", "(0,0,0)", "no volume"),
        ("(0,0,2)", "(0,0,inf)", "no usable affine"),
        ("sizes: 4 5 6", "sizes: 4 5 5", "120 bytes of voxels where its header declares 100"),
        ("sizes: 4 5 6", "sizes: 4 -5 6", "one whole number above 0"),
        ("sizes: 4 5 6", "sizes: 4 5 6\nsizes: 4 5 6", "repeats one above"),
        ("encoding: gzip", "encoding: bzip2", "none that Slicer writes"),
        ("encoding: gzip", "encoding: gzip\ndata file: a.raw", "beside it in another file"),
        ("kinds:", 'space units: "um" "um" "um"\nkinds:', "units other than mm"),
        ("LabelValue:=1", "LabelValue:=0", "which is the background"),
        ("LabelValue:=1", "LabelValue:=one", "no whole number"),
        ("Layer:=0", "Layer:=-1", "no whole number"),
        ("Name:=L2", "Name:=\udcff", "not UTF-8"),
    ],
)
def test_what_a_damaged_header_says_is_not_made_up(tmp_path, old, new, message):
    path = write(tmp_path / "a.seg.nrrd", blocks(), [("L2", 0, 1)])
    content = path.read_bytes()
    assert old.encode() in content
    path.write_bytes(content.replace(old.encode(), new.encode("utf-8", "surrogateescape"), 1))
    with pytest.raises(DataFault, match=message):
        read_nrrd(path)
