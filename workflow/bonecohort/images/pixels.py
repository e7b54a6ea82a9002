"""The stored pixels of planes, native or decoded."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import defaultdict
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, RLELossless

from bonecohort.faults import DataFault
from bonecohort.images.codestreams import declared_size
from bonecohort.images.decoders import load_decoders
from bonecohort.images.dicom_reading import read_whole
from bonecohort.images.slices import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydicom.dataset import Dataset

    from bonecohort.images.slices import PixelLayout, Slice

Stored = NDArray[Any]

WORD_BITS = (8, 16, 32)
TRAIL_BYTES = 16  # of zeros at least, where a file was padded behind its pixels
FOLLOWING_GROUPS = (b"\xe0\x7f", b"\xe1\x7f", b"\xfa\xff", b"\xfc\xff")
NATIVE = {
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
}
# What pydicom and its decoders raise on pixel data that are cut short or damaged.
UNDECODABLE = (
    AttributeError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    IndexError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def read_stored(dicom_slice: Slice) -> Stored:
    """Return the stored values of one plane; shape and errors are of :func:`read_in_file_order`."""
    return next(stored for _, stored in read_in_file_order([dicom_slice]))


def read_in_file_order(slices: Sequence[Slice]) -> Iterator[tuple[int, Stored]]:
    """Yield (index, stored values of shape (rows, columns)), opening each file once.

    Raises
    ------
    DataFault
        When pixel data are absent, cut short or cannot be decoded.
    """
    wanted: dict[int, list[int]] = defaultdict(list)
    for index, dicom_slice in enumerate(slices):
        wanted[id(dicom_slice.file)].append(index)
    for indices in wanted.values():
        with slices[indices[0]].file.open() as stream:
            if slices[indices[0]].layout.offset is None:
                yield from _decoded(stream, slices, indices)
            else:
                for index in indices:
                    yield index, read_native(stream, slices[index])


def check_length(dicom_slice: Slice) -> None:
    """Refuse native pixel data that were declared shorter than the matrix needs, or far longer."""
    layout = dicom_slice.layout
    frame = layout.rows * layout.columns * _stored_dtype(dicom_slice).itemsize
    needed = (dicom_slice.frame + 1) * frame
    if layout.offset is None:
        return
    if layout.length < needed:
        raise DataFault(
            f"The pixel data of {describe(dicom_slice)} are cut short: {layout.length} bytes "
            f"declared, where {layout.rows} × {layout.columns} need {needed}. Export the file "
            "again."
        )
    if layout.length >= (layout.frames + 1) * frame:
        raise DataFault(
            f"The pixel data of {describe(dicom_slice)} are longer than its matrix: "
            f"{layout.length} bytes declared, where {count_of(layout.frames, 'frame')} of "
            f"{layout.rows} × {layout.columns} need {layout.frames * frame}. Rows, Columns, "
            "BitsAllocated or NumberOfFrames is wrong: export the file again."
        )


def read_native(stream: IO[bytes], dicom_slice: Slice) -> Stored:
    """Read one frame of native little-endian pixels."""
    layout = dicom_slice.layout
    assert layout.offset is not None
    dtype = _stored_dtype(dicom_slice)
    size = layout.rows * layout.columns * dtype.itemsize
    try:
        stream.seek(layout.offset + dicom_slice.frame * size)
        data = stream.read(size)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataFault(
            f"The pixel data of {describe(dicom_slice)} cannot be read: the file or the zip that "
            "holds it is damaged. Copy or export it again."
        ) from error
    if len(data) < size:
        raise DataFault(
            f"The pixel data of {describe(dicom_slice)} are cut short: {len(data)} of {size} "
            "bytes. Copy or export the file again."
        )
    unread = layout.length - (dicom_slice.frame + 1) * size
    if unread <= 1:
        stream.read(unread)
        if not may_follow_pixels(stream):
            raise DataFault(
                f"The file of {describe(dicom_slice)} is damaged: what follows its pixel data is "
                "no DICOM element, so bytes may be shifted. Copy or export the file again."
            )
    stored = np.frombuffer(data, dtype=dtype).reshape(layout.rows, layout.columns)
    return _drop_unused_bits(stored, layout)


def may_follow_pixels(stream: IO[bytes]) -> bool:
    """Whether a stream, standing at the end of native pixels, continues as DICOM files do.

    Nothing, a run of zeros, or an element of a higher tag: of group 7FE0 or 7FE1, a digital
    signature, or trailing padding. A few zeros alone are what bytes inserted before pixels that
    end in zeros push out.
    """
    following = stream.read(TRAIL_BYTES)
    return following in (b"", bytes(TRAIL_BYTES)) or following[:2] in FOLLOWING_GROUPS


def _stored_dtype(dicom_slice: Slice) -> np.dtype[Any]:
    layout = dicom_slice.layout
    if layout.bits_allocated not in WORD_BITS:
        raise DataFault(
            f"BitsAllocated of {describe(dicom_slice)} is {layout.bits_allocated}: 8, 16 or 32 "
            "expected."
        )
    return np.dtype(f"<{'i' if layout.signed else 'u'}{layout.bits_allocated // 8}")


def _drop_unused_bits(stored: Stored, layout: PixelLayout) -> Stored:
    """Clear bits above BitsStored, where old files keep overlays; signed values are extended.

    Signed values beyond BitsStored are left alone when the word itself makes sense: −2000 padding
    is written that way.
    """
    unused = layout.bits_allocated - layout.bits_stored
    if unused <= 0 or layout.signed:
        return stored
    limit = (1 << layout.bits_stored) - 1
    return stored if int(stored.max()) <= limit else stored & stored.dtype.type(limit)


def _decoded(
    stream: IO[bytes], slices: Sequence[Slice], indices: list[int]
) -> Iterator[tuple[int, Stored]]:
    """Decode compressed, deflated or big-endian frames of one file."""
    dicom_slice = slices[indices[0]]
    syntax = UID(dicom_slice.layout.transfer_syntax)
    load_decoders()
    if syntax not in NATIVE and not _has_decoder(syntax):
        raise DataFault(
            f"The pixels of {describe(dicom_slice)} are in the transfer syntax "
            f"{_syntax_name(syntax)}, which cannot be decoded here. Export the series uncompressed."
        )
    try:
        dataset = read_whole(stream, force=True)
        if not hasattr(dataset.file_meta, "TransferSyntaxUID"):
            dataset.file_meta.TransferSyntaxUID = syntax
        for index in indices:
            yield index, _frame(dataset, slices[index])
    except UNDECODABLE as error:
        raise DataFault(
            f"The pixel data of {describe(dicom_slice)} cannot be decoded "
            f"({_syntax_name(syntax)}): they are absent, cut short, damaged or of a kind that is "
            "not supported. Copy the file again, or export it uncompressed."
        ) from error


def _syntax_name(syntax: UID) -> str:
    """Return a transfer syntax's name in the standard; no UID that is none of them."""
    return "unknown" if syntax.name == syntax else syntax.name


def _has_decoder(syntax: UID) -> bool:
    if syntax == RLELossless:
        return True
    try:
        return bool(get_decoder(syntax).is_available)
    except NotImplementedError:
        return False


def _frame(dataset: Dataset, dicom_slice: Slice) -> Stored:
    size = dicom_slice.layout.rows, dicom_slice.layout.columns
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        frame = get_frame(
            dataset.PixelData, dicom_slice.frame, number_of_frames=dicom_slice.layout.frames
        )
        if declared_size(frame) not in (None, size):
            raise ValueError("compressed pixels of another size than Rows × Columns")
    stored = pixel_array(dataset, raw=True, index=dicom_slice.frame)
    if stored.shape != size:
        raise ValueError("decoded to another shape than Rows × Columns")
    return stored


def describe(dicom_slice: Slice) -> str:
    """Name a slice without naming the patient: its InstanceNumber, its frame."""
    number = (
        f"slice number {dicom_slice.instance_number}" if dicom_slice.instance_number else "a slice"
    )
    return f"{number}, frame {dicom_slice.frame + 1}" if dicom_slice.frame else number
