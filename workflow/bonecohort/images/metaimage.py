"""One image in a MetaImage file (``.mha``, or ``.mhd`` with its voxels in a file beside).

SimpleITK reads it once its header is checked here. The check is needed because SimpleITK fills in
what a header lacks. It also takes voxels that are too few for an image, and opens any file that a
header names.
"""

from __future__ import annotations

import math
import re
import warnings
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.detached import data_file_beside
from bonecohort.images.volume import Volume
from bonecohort.limits import KIB, MIB, TRAILING_BYTES, check_image

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LINE = re.compile(rb"[ \t]*(\w+)[ \t]*=([^\r\n]*)\r?\n")
LONGEST_HEADER = 64 * KIB
LOCAL = "LOCAL"
TYPE_BYTES = {
    "MET_CHAR": 1, "MET_UCHAR": 1, "MET_SHORT": 2, "MET_USHORT": 2, "MET_INT": 4, "MET_UINT": 4,
    "MET_LONG": 4, "MET_ULONG": 4, "MET_LONG_LONG": 8, "MET_ULONG_LONG": 8, "MET_FLOAT": 4,
    "MET_DOUBLE": 8,
}  # fmt: skip
DIMENSIONS = 3
ORTHONORMAL = 1e-3
"""Largest deviation of the products of two directions: they are often written with few decimals."""
ANY_HEADER = 47
"""Of zlib: a header of zlib or of gzip is expected."""
SAME_NAMES = {
    "Position": "Offset", "Origin": "Offset", "Rotation": "TransformMatrix",
    "Orientation": "TransformMatrix", "ElementByteOrderMSB": "BinaryDataByteOrderMSB",
}  # fmt: skip
REQUIRED = (
    "NDims", "DimSize", "ElementType", "ElementSpacing", "TransformMatrix", "Offset",
    "ElementDataFile",
)  # fmt: skip
EXPECTED = {
    "ObjectType": ("Image",), "NDims": ("3",), "BinaryData": ("True",),
    "ElementNumberOfChannels": ("1",), "HeaderSize": ("0",), "CompressedData": ("True", "False"),
    "DistanceUnits": ("mm", "?"), "ElementToIntensityFunctionSlope": ("1", "1.0"),
    "ElementToIntensityFunctionOffset": ("0", "0.0"),
}  # fmt: skip
"""Values that are read, of fields that decide how; an absent one is the first.

SimpleITK leaves out units and the function to intensities without a word.
"""


def read_metaimage(path: Path, called: str) -> Volume:
    """Read a MetaImage of three dimensions and one number a voxel.

    Parameters
    ----------
    path
        The file, or the header whose voxels lie in a file of the same folder.
    called
        What a fault calls it.

    Raises
    ------
    DataFault
        The header is no MetaImage's or incomplete, declares more than is read, has no spacing or no
        orthogonal directions, names a file elsewhere, or the voxels are damaged or not as many as
        it declares.
    """
    try:
        fields, start = _fields(path, called)
        size = _checked(fields, called)
        data, start = (path, start) if fields["ElementDataFile"] == LOCAL else (
            data_file_beside(path, fields["ElementDataFile"], called), 0
        )  # fmt: skip
        voxel_bytes = TYPE_BYTES[fields["ElementType"]]
        packed = fields.get("CompressedData") == "True"
        _check_voxels(data, start, math.prod(size) * voxel_bytes, called, packed=packed)
    except OSError as error:
        raise DataFault(f"{called} cannot be read ({error.strerror}).") from error
    return _read(path, size, called)


def _unreadable(called: str, why: str) -> DataFault:
    return DataFault(f"{called} could not be read as MetaImage: {why}.")


def _fields(path: Path, called: str) -> tuple[dict[str, str], int]:
    """Return a header's fields and the byte behind them."""
    with path.open("rb") as stream:
        head = stream.read(LONGEST_HEADER)
    fields: dict[str, str] = {}
    at = 0
    while "ElementDataFile" not in fields:
        match = LINE.match(head, at)
        if match is None:
            raise _unreadable(called, "it does not begin with a MetaImage header")
        name = match[1].decode("ascii", "replace")
        name = SAME_NAMES.get(name, name)
        if name in fields:
            raise _unreadable(called, f"its header states {name} twice" if name in REQUIRED else
                              "its header states a field twice")  # fmt: skip
        fields[name] = match[2].strip(b" \t").decode("utf-8", "surrogateescape")
        at = match.end()
    return fields, at


def _checked(fields: Mapping[str, str], called: str) -> tuple[int, ...]:
    """Return the voxels along each axis, once all that the header declares is checked."""
    if missing := [name for name in REQUIRED if not fields.get(name)]:
        raise _unreadable(called, f"its header lacks {', '.join(missing)}")
    for name, known in EXPECTED.items():
        if fields.get(name, known[0]) not in known:
            raise _unreadable(called, f"{name} is not {' or '.join(known)}")
    if fields["ElementType"] not in TYPE_BYTES:
        raise _unreadable(called, "its ElementType is none of one number a voxel")
    sizes = fields["DimSize"].split()
    if len(sizes) != DIMENSIONS or not all(re.fullmatch(r"[1-9]\d{0,9}", one) for one in sizes):
        raise _unreadable(called, "its DimSize is not 3 whole numbers above 0")
    size = tuple(int(one) for one in sizes)
    check_image(f"{called} declares", math.prod(size), TYPE_BYTES[fields["ElementType"]])
    spacing = _numbers(fields, "ElementSpacing", DIMENSIONS, called)
    _numbers(fields, "Offset", DIMENSIONS, called)
    directions = _numbers(fields, "TransformMatrix", DIMENSIONS**2, called).reshape(3, 3)
    if spacing.min() <= 0:
        raise DataFault(f"{called} has an ElementSpacing that is not above 0.")
    if np.abs(directions @ directions.T - np.eye(DIMENSIONS)).max() > ORTHONORMAL:
        raise DataFault(f"{called} has a TransformMatrix whose directions are no right angles.")
    return size


def _numbers(fields: Mapping[str, str], name: str, count: int, called: str) -> Any:
    try:
        numbers = np.array([float(part) for part in fields[name].split()])
    except ValueError:
        numbers = np.array([])
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise _unreadable(called, f"its {name} is not {count} numbers")
    return numbers


def _check_voxels(data: Path, start: int, needed: int, called: str, *, packed: bool) -> None:
    """Refuse voxels that are more or fewer than the header declares."""
    if packed:
        result = _unpacked_bytes(data, start, needed + TRAILING_BYTES, called)
    else:
        result = data.stat().st_size - start
    if result != needed:
        raise _unreadable(
            called, f"it holds {result} bytes of voxels where its header declares {needed}"
        )


def _unpacked_bytes(data: Path, start: int, most: int, called: str) -> int:
    """Count what packed voxels unpack to, no further than ``most``."""
    inflater = zlib.decompressobj(ANY_HEADER)
    result = 0
    with data.open("rb") as stream:
        stream.seek(start)
        while result < most and (packed := inflater.unconsumed_tail or stream.read(MIB)):
            try:
                result += len(inflater.decompress(packed, MIB))
            except zlib.error as error:
                raise _unreadable(called, "its packed voxels are damaged") from error
            if inflater.eof:
                return result
    if result < most:
        raise _unreadable(called, "its packed voxels are cut short")
    return result


def _read(path: Path, size: tuple[int, ...], called: str) -> Volume:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of SimpleITK's types
        import SimpleITK  # half a second, for the few images in this format
    process: Any = SimpleITK.ProcessObject
    process.SetGlobalWarningDisplay(False)  # a warning names the file
    try:
        image: Any = SimpleITK.ReadImage(str(path), imageIO="MetaImageIO")
    except RuntimeError as error:
        raise _unreadable(called, "SimpleITK refuses it") from error
    if image.GetSize() != size:
        raise _unreadable(called, "SimpleITK reads another size than its header states")
    affine = np.eye(DIMENSIONS + 1)
    directions = np.array(image.GetDirection()).reshape(DIMENSIONS, DIMENSIONS)
    affine[:3, :3] = directions * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return Volume(SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0), affine)
