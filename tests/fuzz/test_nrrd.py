"""Damaged NRRD label maps: refused with a reason, or read with the header's voxels and place."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault

from .damage import changed_bytes
from .profile import cases
from .reasons import TOKEN, check_reason

SHAPE = (4, 5, 6)
TYPES = {
    "unsigned char": "u1", "uchar": "u1", "uint8": "u1", "signed char": "i1", "int8": "i1",
    "short": "i2", "int16": "i2", "unsigned short": "u2", "ushort": "u2", "int": "i4",
    "float": "f4", "double": "f8",
}  # fmt: skip
SIGNS = {
    "left-posterior-superior": (1, 1, 1), "LPS": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1), "RAS": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1), "LAS": (1, -1, 1),
}  # fmt: skip
SEGMENTS = ("L2", "vertebrae_L3", "spleen")
VALUES = (1, 7, 9)
ODD = [
    "", "0", "-1", "1", "2", "3", "4", "7", "300", "1.5", "1e400", "nan", "inf", "abc", "x" * 300,
    "9" * 30, "none", "unsigned char", "short", "float", "block", "raw", "gzip", "ascii", "hex",
    "bzip2", "big", "little", "left-posterior-superior", "right-anterior-superior", "LPS", "RAS",
    "scanner-xyz", "4 5 6", "6 5 4", "4 5", "0 5 6", "-4 5 6", "4 5 6 7", "9999999 9999999 9999999",
    "(-10,20,30)", "(nan,0,0)", "(1e300,0,0)", "(0,0,0)", "(1,2)",
    "(0.5,0,0) (0,-0.5,0) (0,0,2)", "(0.5,0,0) (0,-0.5,0) (0,0,0)", "(nan,0,0) (0,1,0) (0,0,1)",
    "none (0.5,0,0) (0,-0.5,0) (0,0,2)", "(0.5,0,0) (0.5,0,0) (0,0,2)", "(0,1,0) (1,0,0) (0,0,1)",
    "(0.5,0.1,0) (0,-0.5,0) (0,0,2)", "(1e-9,0,0) (0,1e-9,0) (0,0,1e-9)", "domain domain domain",
    "list domain domain", "L3", "L4", "L3 L4", "vertebrae_L2", "Disc L2-L3", "山田", "1 1 1",
    "Segmentation category and type - 3D Slicer General Anatomy list~SCT^36470004^L3~^^~",
]  # fmt: skip


def labels():
    array = np.zeros(SHAPE, np.uint8)
    array[1, 2, 4:], array[1, 2, :2], array[3, 3, 3] = VALUES
    return array


def lines_of(encoding, *, named):
    lines = [
        "NRRD0004", "# Complete NRRD file format specification at:", "type: unsigned char",
        "dimension: 3", "space: left-posterior-superior", "sizes: 4 5 6",
        "space directions: (0.5,0,0) (0,-0.5,0) (0,0,2)", "kinds: domain domain domain",
        "endian: little", f"encoding: {encoding}", "space origin: (-10,20,30)",
    ]  # fmt: skip
    for number, (name, value) in enumerate(zip(SEGMENTS, VALUES, strict=True) if named else ()):
        lines += [
            f"Segment{number}_ID:={TOKEN}",
            f"Segment{number}_LabelValue:={value}",
            f"Segment{number}_Layer:=0",
            f"Segment{number}_Name:={name}",
            f"Segment{number}_Tags:=Segmentation.Status:inprogress|",
        ]
    return lines


def packed(lines, encoding):
    voxels = labels().tobytes(order="F")
    voxels = gzip.compress(voxels, mtime=0) if encoding == "gzip" else voxels
    return ("\n".join(lines) + "\n\n").encode() + voxels


@st.composite
def damaged(draw):
    encoding, named = draw(st.sampled_from(["gzip", "raw"])), draw(st.booleans())
    lines = lines_of(encoding, named=named)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(1, len(lines) - 1))
        key, colon, _ = lines[at].partition(":=" if ":=" in lines[at] else ": ")
        odd = draw(st.sampled_from(ODD))
        match draw(st.sampled_from(["value", "value", "value", "delete", "twice", "key"])):
            case "value":
                lines[at] = f"{key}{colon}{odd}"
            case "delete":
                del lines[at]
            case "twice":
                lines.insert(at, f"{key}{colon}{odd}")
            case _:
                lines[at] = f"{odd}{colon}1"
    content = packed(lines, encoding)
    for _ in range(draw(st.integers(0, 2))):
        content = draw(changed_bytes(content))
    return content, named


def told(content):
    """Return the voxels, the affine (LPS) and the segments of a header, by the format."""
    head, _, body = content.partition(b"\n\n")
    text = head.decode("utf-8", "replace").replace("\r", "")
    fields, keys = {}, {}
    for line in text.split("\n")[1:]:
        if ":=" in line and ": " not in line.partition(":=")[0]:
            key, _, value = line.partition(":=")
            keys[key.strip()] = value
        elif not line.startswith("#"):
            key, _, value = line.partition(": ")
            fields[key.strip().lower()] = value.strip()
    sizes = tuple(int(size) for size in fields["sizes"].split())
    order = ">" if fields.get("endian") == "big" else "<"
    dtype = np.dtype(order + TYPES[fields["type"]])
    if fields["encoding"] in ("gzip", "gz"):
        body = zlib.decompress(body, wbits=31)
    values = np.frombuffer(body, dtype)
    assert values.size == np.prod(sizes)
    values = values.reshape(sizes, order="F")
    vectors = [
        [float(part) for part in vector.split(",")]
        for vector in re.findall(r"\(([^)]*)\)", fields["space directions"])
    ]
    origin = [float(part) for part in fields.get("space origin", "(0,0,0)").strip("()").split(",")]
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = np.array(vectors).T, origin
    signs = np.diag([*SIGNS[fields["space"]], 1])
    return values, signs @ affine, keys


def check_map(found, content, *, named):
    """Hold a label map to what its header states, read by other means than the library's."""
    values, affine, keys = told(content)
    assert found.volume.array.shape == values.shape
    assert np.allclose(found.volume.affine_lps, affine, rtol=1e-6, atol=1e-6)
    if not found.names:
        assert not any(key.endswith("_Name") for key in keys) or not named
        assert np.array_equal(found.volume.array, values)
        return
    for level, number in found.numbers(None).items():
        header_values = [
            int(keys.get(f"Segment{index}_LabelValue", 1))
            for index in range(4)
            if level in keys.get(f"Segment{index}_Name", "") + keys.get(f"Segment{index}_Tags", "")
        ]
        own = found.volume.array == number
        assert any(one > 0 and np.array_equal(own, values == one) for one in header_values), level


@pytest.mark.parametrize("encoding", ["gzip", "raw"])
@pytest.mark.parametrize("named", [True, False])
def test_an_undamaged_nrrd_is_what_its_header_tells(tmp_path, encoding, named):
    content = packed(lines_of(encoding, named=named), encoding)
    path = tmp_path / "a.nrrd"
    path.write_bytes(content)
    found = read_label_map(path)
    assert set(found.names.values()) == ({"L2", "L3"} if named else set())
    check_map(found, content, named=named)


@cases(250)
@given(made=damaged())
def test_a_damaged_nrrd_is_refused_or_is_what_its_header_tells(made):
    content, named = made
    with TemporaryDirectory() as name:
        path = Path(name) / f"{TOKEN}.seg.nrrd"
        path.write_bytes(content)
        try:
            found = read_label_map(path)
        except DataFault as fault:
            check_reason(fault, "label map", "segment")
            return
    assert np.isfinite(found.volume.affine_lps).all()
    assert abs(np.linalg.det(found.volume.affine_lps[:3, :3])) > 0
    try:
        told(content)
    except (AssertionError, KeyError, ValueError, IndexError, UnicodeDecodeError, zlib.error):
        # What the test cannot read, the reader must have read as it was before.
        content = packed(lines_of("raw", named=named), "raw")
    check_map(found, content, named=named)
