"""Damaged DICOM SR and SEG: refused with a reason, or what their own elements say."""

from __future__ import annotations

import contextlib
import io
import math
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread, dcmwrite
from pydicom.uid import ExplicitVRLittleEndian

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.marks.read import read_reading
from bonecohort.faults import DataFault
from bonecohort.techniques.endplates.markups import read_level
from tests.annotations.labels.seg_writer import segment
from tests.annotations.labels.test_seg import plane, write_seg
from tests.annotations.marks import sr_writer
from tests.annotations.marks.forms import FORMS
from tests.annotations.marks.test_sr import write_image

from .damage import damaged_file
from .elements import Element, Malformed, get, items_of, numbers, parse, walk
from .profile import cases
from .reasons import TOKEN, check_reason

LEVELS = ("L1", "L2", "L3", "L4", "L5")
GRAPHIC_DATA = 0x00700022


def named(path: Path) -> bytes:
    """Return a file's bytes after writing an identifying name into it."""
    dataset = dcmread(path)
    dataset.PatientName, dataset.PatientID = f"{TOKEN}^Jane", f"{TOKEN}1"
    dcmwrite(path, dataset)
    return path.read_bytes()


def made(write) -> bytes:
    with TemporaryDirectory() as name:
        path = Path(name) / "made.dcm"
        write(path)
        return named(path)


def write_report(path):
    sr = sr_writer
    ellipse = [0, -10, 5, 0, 10, 5, -6, 0, 5, 6, 0, 5]
    sr.write_sr(
        path,
        sr.group("L3_sup_1_width", sr.graphic("POLYLINE", [0, 0, 0, 0, 6, 8]), sr.number(10, "mm")),
        sr.group("L3_sup_1_depth", sr.graphic("POLYLINE", [0, 3, 4, 0, 3, 7.5])),
        sr.group("L3_body_width", sr.number(3.3, "cm", sr.LENGTH_SCT,
                 sr.graphic("POLYLINE", [0, 0, 0, 0, 33, 0]))),
        sr.group("L2_body_height_1", sr.pixel_graphic("POLYLINE", [10, 10, 10, 50])),
        sr.group("L1_upper", sr.graphic("ELLIPSE", ellipse)),
        sr.group("L1_middle", sr.graphic("POLYGON", [0, 0, 0, 9, 0, 0, 9, 9, 0, 0, 0, 0])),
    )  # fmt: skip


def write_label_map(path, kind="BINARY"):
    segments = [
        segment(1, "L3", ("36470004", "SCT", "x")),
        segment(2, "vertebrae_L4", ("11994002", "SCT", "x")),
        segment(3, "spleen"),
    ]
    number = [None] * 4 if kind == "LABELMAP" else [1, 1, 2, 3]
    value = {"BINARY": [1, 1, 1, 1], "LABELMAP": [1, 1, 2, 3], "FRACTIONAL": [90, 80, 70, 60]}[kind]
    frames = [
        (height, number[i], plane((1, 1 + i), (2, 3), (4, 6), value=value[i]))
        for i, height in enumerate([0, 1, 3, 4])
    ]
    write_seg(path, segments, frames, kind=kind, maximum=100 if kind == "FRACTIONAL" else None)


REPORT = made(write_report)
LABEL_MAPS = {
    kind: made(lambda path, kind=kind: write_label_map(path, kind))
    for kind in ("BINARY", "FRACTIONAL", "LABELMAP")
}


def drawn_lengths(tree: list[Element]) -> list[float]:
    """Return the distance between the points of every two-point graphic of a report, mm."""
    found = []
    for home, index in walk(tree):
        element = home[index]
        if element.tag == GRAPHIC_DATA and isinstance(element.value, bytes):
            count = len(element.value) // 4
            points = struct.unpack(f"<{count}f", element.value[: 4 * count])
            if count == 6:
                found.append(math.dist(points[:3], points[3:]))
    return found


def sizes_read(path: Path) -> list[float]:
    """Return every size drawn in mm that a report's markups give; pixel graphics are of L2."""
    markups = read_reading(path, FORMS).markups
    found = []
    for level in LEVELS:
        try:
            reading = read_level(markups, level, "1", (1.0, 0.0, 0.0))
        except DataFault as fault:
            check_reason(fault)
            continue
        if reading is not None and level != "L2":
            sizes = (reading.body_width_mm, reading.body_height_1_mm, reading.body_height_2_mm)
            found += [size for size in sizes if size is not None]
            found += [size for one in reading.defects for size in (one.width_mm, one.depth_mm)]
    return found


@cases(350)
@given(damaged=damaged_file(REPORT))
def test_a_damaged_report_is_refused_or_measured_by_its_points(damaged):
    (content,) = damaged.contents
    with TemporaryDirectory() as name:
        path = Path(name) / "report.dcm"
        path.write_bytes(content)
        write_image(Path(name) / "image.dcm")
        try:
            sizes = sizes_read(path)
        except DataFault as fault:
            check_reason(fault, "DICOM SR", "DICOM file", path.name)
            return
    try:
        lengths = drawn_lengths(parse(content))
    except Malformed:
        lengths = []
    lengths += drawn_lengths(parse(REPORT))
    for size in sizes:
        assert any(math.isclose(size, one, rel_tol=1e-6) for one in lengths), size


@cases(60)
@given(data=st.data())
def test_a_report_on_a_damaged_image_is_refused_or_read(data):
    with TemporaryDirectory() as name:
        path, image = Path(name) / "report.dcm", Path(name) / "image.dcm"
        path.write_bytes(REPORT)
        write_image(image)
        image.write_bytes(data.draw(damaged_file(image.read_bytes())).contents[0])
        try:
            sizes_read(path)
        except DataFault as fault:
            check_reason(fault, "DICOM SR", "DICOM file")


def declared_voxels(tree: list[Element]) -> dict[int, set[tuple[float, ...]]]:
    """Return the positions, LPS mm, of every segment's voxels in a binary segmentation."""
    rows, columns = (int.from_bytes(get(tree, tag)[:2], "little") for tag in (0x280010, 0x280011))
    shared = items_of(tree, 0x52009229)[0]
    directions = np.array(numbers(get(items_of(shared, 0x00209116)[0], 0x00200037)))
    spacing = numbers(get(items_of(shared, 0x00289110)[0], 0x00280030))
    frames = items_of(tree, 0x52009230)
    bits = np.unpackbits(np.frombuffer(get(tree, 0x7FE00010), np.uint8), bitorder="little")
    planes = bits[: len(frames) * rows * columns].reshape(len(frames), rows, columns)
    found: dict[int, set[tuple[float, ...]]] = {}
    for frame, values in zip(frames, planes, strict=True):
        position = np.array(numbers(get(items_of(frame, 0x00209113)[0], 0x00200032)))
        number = int.from_bytes(get(items_of(frame, 0x0062000A)[0], 0x0062000B)[:2], "little")
        for row, column in np.argwhere(values):
            point = (
                position + directions[:3] * column * spacing[1] + directions[3:] * row * spacing[0]
            )
            found.setdefault(number, set()).add(tuple(np.round(point, 3).tolist()))
    return found


@pytest.mark.parametrize("kind", LABEL_MAPS)
def test_a_damaged_segmentation_is_refused_or_lies_where_its_frames_do(kind):
    @cases(200 if kind == "BINARY" else 80)
    @given(damaged=damaged_file(LABEL_MAPS[kind]))
    def holds(damaged):
        (content,) = damaged.contents
        with TemporaryDirectory() as name:
            path = Path(name) / "labels.dcm"
            path.write_bytes(content)
            try:
                labels = read_label_map(path)
                scheme = labels.numbers(None)
            except DataFault as fault:
                check_reason(fault, "DICOM SEG", "DICOM file", "label map")
                return
        if kind == "BINARY":
            check_places(labels, scheme, content)

    holds()


def check_places(labels, scheme, content):
    told = [declared_voxels(parse(LABEL_MAPS["BINARY"]))]
    with contextlib.suppress(Malformed, ValueError, IndexError):
        told.append(declared_voxels(parse(content)))
    for level, number in scheme.items():
        indices = np.argwhere(labels.volume.array == number).astype(float)
        points = labels.volume.to_lps(indices)
        wanted = [np.array(sorted(one[number])) for one in told if number in one]
        if not len(points) and not all(number in one for one in told):
            continue
        assert any(
            len(one) == len(points)
            and max(np.linalg.norm(one - point, axis=1).min() for point in points) < 0.1
            for one in wanted
        ), level


@pytest.mark.parametrize(
    "name",
    ["seg_image_ct_binary.dcm", "seg_image_ct_binary_overlap.dcm", "sr_document.dcm",
     "seg_image_ct_true_fractional.dcm", "sr_document_with_multiple_groups.dcm"],
)  # fmt: skip
def test_damaged_files_of_another_writer_give_a_reason_or_are_read(shared_data, name):
    dataset = dcmread(shared_data / "annotations" / "highdicom" / name)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    dcmwrite(stream, dataset, implicit_vr=False, little_endian=True)
    original = stream.getvalue()

    @cases(50)
    @given(damaged=damaged_file(original))
    def holds(damaged):
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(damaged.contents[0])
            try:
                if name.startswith("sr"):
                    read_reading(path, FORMS)
                else:
                    read_label_map(path).numbers(None)
            except DataFault as fault:
                check_reason(fault)

    holds()
