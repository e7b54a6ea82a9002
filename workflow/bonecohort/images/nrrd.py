"""One image in a NRRD file (teem's "Definition of NRRD File Format", versions 4 and 5).

Read here because SimpleITK fills in what a damaged file lacks. An absent origin becomes 0, and
voxels that are fewer or more than the sizes declare still become an image.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.detached import data_file_beside
from bonecohort.images.gzip_streams import gunzipped
from bonecohort.limits import (
    IMAGE_BYTES,
    IMAGE_HEADER_BYTES,
    TRAILING_BYTES,
    check_image,
    check_limit,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

MAGIC = b"NRRD"
HEADER_END = re.compile(rb"\r?\n\r?\n")
LINE = re.compile(r"(?P<name>[^:]+):(?P<is_key>=?)(?P<value>.*)")
TO_LPS = {
    "left-posterior-superior": (1, 1, 1), "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1), "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1), "las": (1, -1, 1),
}  # fmt: skip
"""Spaces that tie a NRRD to the patient, and how their axes turn to LPS."""
DTYPES = {
    dtype: names.split(", ")
    for dtype, names in {
        "i1": "signed char, int8, int8_t",
        "u1": "uchar, unsigned char, uint8, uint8_t",
        "i2": "short, short int, signed short, signed short int, int16, int16_t",
        "u2": "ushort, unsigned short, unsigned short int, uint16, uint16_t",
        "i4": "int, signed int, int32, int32_t",
        "u4": "uint, unsigned int, uint32, uint32_t",
        "i8": "longlong, long long, long long int, signed long long, signed long long int, int64, "
        "int64_t",
        "u8": "ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t",
        "f4": "float",
        "f8": "double",
    }.items()
}
REQUIRED = ("type", "dimension", "sizes", "space directions", "space origin", "encoding")
GZIP, RAW = ("gzip", "gz"), ("raw",)
SKIPS = ("line skip", "lineskip", "byte skip", "byteskip")
"""Fields that say that the voxels do not begin where their file, or the header, lets expect."""
HEADER_SUFFIX = ".nhdr"
VECTOR = re.compile(r"none|\([^()]*\)")
SMALLEST_VOXEL_MM3 = 1e-9
LARGEST_FILE = IMAGE_HEADER_BYTES + IMAGE_BYTES


@dataclass(frozen=True)
class Nrrd:
    """A NRRD's voxels, shape (i, j, k, layers), their affine to LPS mm, and its key/value pairs."""

    layers: NDArray[Any]
    affine_lps: FloatArray
    pairs: Mapping[str, str]


def read_nrrd_file(path: Path, called: str) -> Nrrd:
    """Read a NRRD file, its voxels raw or packed by gzip.

    They follow the header, or, of a ``.nhdr``, lie in a file of the same folder. ``called`` is
    what a fault calls the file.

    Raises
    ------
    DataFault
        The header is no NRRD's or incomplete, is not tied to the patient, or the voxels are damaged
        or not as many as it declares.
    """
    content = _content(path, called)
    if path.suffix.lower() == HEADER_SUFFIX:
        content += b"\n\n"  # such a header may end without the empty line
    end = HEADER_END.search(content)
    if not content.startswith(MAGIC) or end is None:
        raise _unreadable(called, "it does not begin with a NRRD header")
    fields, pairs = _parsed(content[: end.start()], called)
    if missing := [name for name in REQUIRED if not fields.get(name)]:
        raise _unreadable(called, f"its header lacks {', '.join(missing)}")
    data = content[end.end() :]
    beside = fields.pop("data file", fields.pop("datafile", ""))
    if any(name in fields for name in SKIPS) or (beside and path.suffix.lower() != HEADER_SUFFIX):
        raise _unreadable(called, "its voxels lie beside it in another file, or further down")
    if beside:
        data = _content(data_file_beside(path, beside, called), called)
    vectors = VECTOR.findall(fields["space directions"])
    array = _voxels(data, fields, called)
    layer_axes = [axis for axis, vector in enumerate(vectors) if vector == "none"]
    if array.ndim - len(layer_axes) != 3 or len(vectors) != array.ndim or len(layer_axes) > 1:
        raise DataFault(
            f"{called} has {array.ndim} dimensions and {len(vectors) - len(layer_axes)} space "
            "directions; 3 directions, and at most one dimension more for layers, are expected."
        )
    layers = np.moveaxis(array, layer_axes[0], -1) if layer_axes else array[..., None]
    axes = [one for one in vectors if one != "none"]
    return Nrrd(layers, _affine(fields, axes, called), pairs)


def _content(path: Path, called: str) -> bytes:
    try:
        check_limit(f"{called} has", path.stat().st_size, LARGEST_FILE, "bytes")
        return path.read_bytes()
    except OSError as error:
        raise DataFault(f"{called} cannot be read ({error.strerror}).") from error


def _unreadable(called: str, why: str) -> DataFault:
    return DataFault(f"{called} could not be read as NRRD: {why}.")


def _parsed(head: bytes, called: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return a header's fields, their names in small letters, and its key/value pairs."""
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    try:
        lines = head.decode("utf-8").replace("\r", "").split("\n")[1:]
    except UnicodeDecodeError as error:
        raise _unreadable(called, "its header is not UTF-8 text") from error
    for number, line in enumerate(lines, start=2):
        if line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise _unreadable(called, f"line {number} of its header is neither a field nor a key")
        target = pairs if match["is_key"] else fields
        name = match["name"] if match["is_key"] else match["name"].lower()
        if name in target:
            raise _unreadable(called, f"line {number} of its header repeats one above")
        target[name] = match["value"].strip()
    return fields, pairs


def _voxels(data: bytes, fields: Mapping[str, str], called: str) -> NDArray[Any]:
    """Return the voxels with the first index fastest in the file."""
    from bonecohort.images.nifti import DAMAGED

    kind = next((code for code, names in DTYPES.items() if fields["type"].lower() in names), None)
    encoding, endian = fields["encoding"].lower(), fields.get("endian", "").lower()
    if kind is None or encoding not in (*RAW, *GZIP):
        why = "its type or encoding is none that Slicer writes (raw or gzip numbers)"
        raise _unreadable(called, why)
    dtype = np.dtype(("<" if endian == "little" else ">") + kind)
    if dtype.itemsize > 1 and endian not in ("little", "big"):
        raise _unreadable(called, "its endian is neither little nor big")
    sizes = [int(size) for size in re.findall(r"\b\d{1,9}\b", fields["sizes"])]
    if fields["sizes"].split() != [str(size) for size in sizes] or (
        fields["dimension"] != str(len(sizes)) or 0 in sizes
    ):
        raise _unreadable(called, "its sizes are not one whole number above 0 a dimension")
    check_image(f"{called} declares", math.prod(sizes), dtype.itemsize)
    try:
        if encoding in GZIP:  # some bytes more than it should hold, to show that it holds more
            most = math.prod(sizes) * dtype.itemsize + TRAILING_BYTES
            data = gunzipped(BytesIO(data)).read(most)
    except DAMAGED as error:
        raise _unreadable(called, "its packed voxels are damaged or cut short") from error
    if len(data) != math.prod(sizes) * dtype.itemsize:
        raise _unreadable(
            called,
            f"it holds {len(data)} bytes of voxels where its header declares "
            f"{math.prod(sizes) * dtype.itemsize}",
        )
    return np.frombuffer(data, dtype).reshape(sizes, order="F")


def _affine(fields: Mapping[str, str], vectors: list[str], called: str) -> FloatArray:
    """Return the affine from voxel centres (i, j, k) to LPS mm."""
    signs = TO_LPS.get(fields.get("space", "").lower())
    if signs is None:
        raise DataFault(
            f"{called} has no space of the patient, so where it lies is unknown: "
            f"{', '.join(name for name in TO_LPS if '-' in name)} is expected."
        )
    units = set(re.findall(r'"([^"]*)"', fields.get("space units", "")))
    if not units <= {"mm"}:
        raise DataFault(f"{called} has space units other than mm; mm is expected.")
    affine = np.eye(4)
    try:
        columns = [_vector(one) for one in (*vectors, fields["space origin"])]
        affine[:3] = np.array(columns).T * np.array(signs)[:, None]
    except ValueError as error:
        why = "its space directions and origin are not three numbers each"
        raise _unreadable(called, why) from error
    if not np.isfinite(affine).all() or (abs(np.linalg.det(affine[:3, :3])) < SMALLEST_VOXEL_MM3):
        raise DataFault(f"{called} has no usable affine: its voxels have no volume.")
    return affine


def _vector(text: str) -> list[float]:
    numbers = [float(part) for part in text.removeprefix("(").removesuffix(")").split(",")]
    if len(numbers) != 3:
        raise ValueError(text)
    return numbers
