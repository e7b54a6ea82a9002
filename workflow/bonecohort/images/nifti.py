"""NIfTI at the edge: RAS on disk, LPS inside."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import nibabel
import numpy as np
from isal import igzip, isal_zlib
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from bonecohort.faults import DataFault
from bonecohort.images.gzip_streams import unpacked
from bonecohort.images.volume import Volume
from bonecohort.limits import IMAGE_HEADER_BYTES, TRAILING_BYTES, check_image, check_limit
from bonecohort.study.paths import refuse_absent
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

CALLED = "The NIfTI image"
RAS_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
DIMENSIONS = 3
GZIP_LEVEL = 1  # 3 is a few per cent smaller and takes half as long again
SCANNER_ANATOMICAL = 1  # qform and sform code
NIFTI1_BYTES, NIFTI2_BYTES = 348, 540  # of the headers (sizeof_hdr)
_ISAL_ERROR: type[Exception] = isal_zlib.error  # type: ignore[assignment]
DAMAGED = (
    EOFError,
    HeaderDataError,
    ImageFileError,
    OSError,
    OverflowError,  # sizes of a damaged header, too large for numpy or memory mapping
    ValueError,
    WrapStructError,
    igzip.BadGzipFile,
    _ISAL_ERROR,
    zlib.error,
)
SPACE_UNITS = 0x07  # the bits of xyzt_units that hold the unit of length (NIfTI-1)
UNKNOWN_UNIT, MILLIMETRE = 0, 2
LARGEST = 1e9
"""No Hounsfield unit and no MR signal comes near it."""


def read_nifti(path: Path) -> Volume:
    """Read a 3-D scalar NIfTI image.

    Whole numbers come back as integers (int16 where they fit) whatever the file's type, so that a
    label map stored as float64 is a label map; other values as float32, with scl_slope applied.
    The affine is the sform, else the qform.

    Raises
    ------
    DataFault
        When the file is absent, damaged, not a scalar 3-D image, or does not say where it lies.
    """
    raw, affine_lps = _read(path)
    return Volume(narrow(_three_dimensional(raw), CALLED), affine_lps)


def read_nifti_volumes(path: Path) -> Volume:
    """Read a NIfTI image of one or more volumes; the array has the shape (ni, nj, nk, n).

    Values are as of :func:`read_nifti`.

    Raises
    ------
    DataFault
        As :func:`read_nifti` does; the volumes must lie along one further axis.
    """
    raw, affine_lps = _read(path)
    _refuse_several_values(raw)
    further = [count for count in raw.shape[DIMENSIONS:] if count != 1]
    if raw.ndim < DIMENSIONS or len(further) > 1:
        raise DataFault(f"{CALLED} is {_shape(raw)}; volumes along one further axis are needed.")
    shape = (*raw.shape[:DIMENSIONS], *(further or [1]))
    return Volume(narrow(raw.reshape(shape, order="A"), CALLED), affine_lps)


@np.errstate(invalid="ignore")  # of NaN in a damaged header, refused below
def _read(path: Path) -> tuple[NDArray[Any], FloatArray]:
    image = _load(path)
    header: Any = image.header
    if not (int(header["sform_code"]) or int(header["qform_code"])):
        raise DataFault(
            "The NIfTI image has neither sform nor qform: its orientation in the patient is "
            "unknown."
        )
    check_unit(header, CALLED)
    try:
        raw = np.asarray(image.dataobj)
    except DAMAGED as error:
        raise DataFault("The NIfTI image is cut short or damaged.") from error
    affine_ras = np.asarray(image.affine, dtype=np.float64)
    if not np.all(np.isfinite(affine_ras)) or (
        abs(np.linalg.det(affine_ras[:3, :3])) < np.finfo(float).eps
    ):
        raise DataFault("The NIfTI image has an affine that cannot be inverted.")
    return raw, RAS_LPS @ affine_ras


def check_unit(header: Any, called: str) -> None:
    """Raise a DataFault when a NIfTI header declares another unit of length than mm."""
    unit = int(header["xyzt_units"]) & SPACE_UNITS
    if unit not in (UNKNOWN_UNIT, MILLIMETRE):
        named = {1: "metres", 3: "micrometres"}.get(unit, f"units of code {unit}")
        raise DataFault(f"{called} declares its spacing in {named}; mm is needed.")


def _load(path: Path) -> nibabel.Nifti1Image:
    refuse_absent(path, "The NIfTI image")
    if path.is_dir():
        raise DataFault("The NIfTI image that series.tsv gives is a folder; a file is expected.")
    try:
        return open_nifti(path, "The NIfTI image")
    except DAMAGED as error:
        raise DataFault("The NIfTI image is not a readable NIfTI file.") from error


def open_nifti(path: Path, called: str) -> nibabel.Nifti1Image:
    """Read a NIfTI file whole, plain or packed by gzip, once its declared sizes are checked.

    Parameters
    ----------
    path
        The file.
    called
        What a fault calls it.

    Raises
    ------
    DataFault
        The file declares or holds more than is read, or fewer voxels than it declares.
    One of ``DAMAGED``
        It is no NIfTI file, or its packed content is damaged.
    """
    with path.open("rb") as stream:
        content = unpacked(stream)
        head = content.read(NIFTI2_BYTES)
        kind, size = nibabel.Nifti1Image, NIFTI1_BYTES
        if NIFTI2_BYTES in (int.from_bytes(head[:4], order) for order in ("little", "big")):
            kind, size = nibabel.Nifti2Image, NIFTI2_BYTES
        header_of: Any = kind.header_class
        needed = _declared_bytes(header_of(head[:size]), called)
        body = content.read(needed - len(head)) if needed > len(head) else b""
        trailing = content.read(TRAILING_BYTES + 1)  # to the end, where gzip's checksum stands
    if len(head) + len(body) < needed:
        raise DataFault(
            f"{called} is cut short or damaged: it holds {len(head) + len(body):,} bytes where "
            f"its header declares {needed:,}."
        )
    check_limit(f"{called} continues after its voxels for", len(trailing), TRAILING_BYTES, "bytes")
    return kind.from_bytes(b"".join((head, body, trailing)))


def _declared_bytes(header: Any, called: str) -> int:
    """Return the bytes that a header declares, its own among them."""
    start = int(header.get_data_offset())
    check_limit(f"{called} declares a header of", start, IMAGE_HEADER_BYTES, "bytes")
    voxels = math.prod(int(count) for count in header.get_data_shape())
    voxel_bytes = int(header.get_data_dtype().itemsize)
    check_image(f"{called} declares", voxels, voxel_bytes)
    return start + voxels * voxel_bytes


def _three_dimensional(array: NDArray[Any]) -> NDArray[Any]:
    _refuse_several_values(array)
    extra = array.shape[DIMENSIONS:]
    if array.ndim < DIMENSIONS or any(count != 1 for count in extra):
        raise DataFault(f"{CALLED} is {_shape(array)}; a three-dimensional image is needed.")
    return array.reshape(array.shape[:DIMENSIONS], order="A")


def _refuse_several_values(array: NDArray[Any]) -> None:
    if array.dtype.kind not in "iufb":
        raise DataFault(f"{CALLED} holds colours or complex numbers; one value a voxel is needed.")


def _shape(array: NDArray[Any]) -> str:
    return " × ".join(str(count) for count in array.shape)


def narrow(array: NDArray[Any], called: str = "The image") -> NDArray[Any]:
    """Return whole numbers as int16 where they fit (else int32), others as float32.

    Raises
    ------
    DataFault
        A value is beyond ``LARGEST``; ``called`` is what the fault calls the image.
    """
    if array.dtype == np.int16:
        return array
    if array.dtype.kind == "f" and np.abs(array[np.isfinite(array)]).max(initial=0) > LARGEST:
        raise DataFault(f"{called} holds values beyond {LARGEST:g}: its header is damaged.")
    if array.dtype.kind == "f" and not _whole(array):
        return array.astype(np.float32, copy=False)
    low, high = (array.min(), array.max()) if array.size else (0, 0)
    for dtype in (np.int16, np.int32):
        limits = np.iinfo(dtype)
        if limits.min <= low and high <= limits.max:
            return array.astype(dtype, copy=False)
    return array.astype(np.float32)


def _whole(array: NDArray[Any]) -> bool:
    return bool(np.all(np.isfinite(array)) and np.array_equal(array, np.rint(array)))


def write_nifti(path: Path, volume: Volume) -> None:
    """Write ``.nii.gz``: int16 where every value is a whole number that fits, else float32.

    The bytes depend on the volume alone (no time, no file name). The file appears under its name
    only when it is complete.
    """
    if volume.voxels.dtype != np.int16:
        volume = Volume(_int16_or_float32(volume.array), volume.affine_lps)
    affine_ras = RAS_LPS @ volume.affine_lps
    header: Any = nibabel.Nifti1Header()  # type: ignore[no-untyped-call]
    header.set_data_dtype(volume.voxels.dtype)
    header.set_data_shape(volume.voxels.shape)
    header.set_xyzt_units("mm")
    header.set_qform(affine_ras, code=SCANNER_ANATOMICAL, strip_shears=True)
    header.set_sform(affine_ras, code=SCANNER_ANATOMICAL)
    header["vox_offset"] = header.single_vox_offset
    header.set_slope_inter(1.0, 0.0)
    with (
        whole_file(path) as unfinished,
        unfinished.open("wb") as stream,
        _packer(stream) as packed,
    ):
        packed.write(header.binaryblock)
        packed.write(bytes(header.single_vox_offset - len(header.binaryblock)))
        for plane in volume.planes():  # the packed bytes of all would double the memory
            packed.write(plane.ravel(order="F").data)


def _int16_or_float32(array: NDArray[Any]) -> NDArray[Any]:
    narrowed = narrow(array)
    return narrowed.astype(np.float32) if narrowed.dtype == np.int32 else narrowed


def _packer(stream: BinaryIO) -> BinaryIO:
    """Return a gzip stream without time or name in its header."""
    packer = igzip.IGzipFile(  # type: ignore[no-untyped-call]
        filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=stream, mtime=0
    )
    return cast("BinaryIO", packer)
