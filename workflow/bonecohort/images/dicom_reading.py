"""Reading a DICOM file's elements no further than the limits allow."""

from __future__ import annotations

import zlib
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from pydicom import dcmread
from pydicom.filereader import read_dataset, read_preamble
from pydicom.uid import DeflatedExplicitVRLittleEndian

from bonecohort.limits import DEFLATED_BYTES, ELEMENT_BYTES, MIB, check_limit

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset
    from pydicom.tag import BaseTag

META_GROUP = 2


def read_header(stream: IO[bytes], **options: Any) -> FileDataset:
    """Read the elements before the pixels; ``options`` are those of ``pydicom.dcmread``.

    An element of more than ``ELEMENT_BYTES`` is read only when it is asked for.

    Raises
    ------
    DataFault
        The file is in the deflated transfer syntax and unpacks to more than is read.
    """
    check_deflated(stream)
    return dcmread(
        cast("BinaryIO", stream), stop_before_pixels=True, defer_size=ELEMENT_BYTES, **options
    )


def read_whole(stream: IO[bytes], **options: Any) -> FileDataset:
    """Read all elements, pixels too; raises as :func:`read_header` does."""
    check_deflated(stream)
    return dcmread(cast("BinaryIO", stream), **options)


def check_deflated(stream: IO[bytes]) -> None:
    """Raise a DataFault when a deflated file unpacks to more than is read.

    The stream is left at its beginning. What is damaged is left to the reading itself.
    """
    read_preamble(cast("BinaryIO", stream), force=True)
    meta = read_dataset(
        cast("BinaryIO", stream),
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=_behind,
        defer_size=ELEMENT_BYTES,
    )
    if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        check_limit("The deflated DICOM file unpacks to", _size(stream), DEFLATED_BYTES, "bytes")
    stream.seek(0)


def _behind(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return tag.group != META_GROUP


def _size(stream: IO[bytes]) -> int:
    """Return the bytes that a deflated stream unpacks to, or the first size beyond the limit."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    while packed := inflater.unconsumed_tail or stream.read(MIB):
        try:
            size += len(inflater.decompress(packed, MIB))
        except zlib.error:
            break
        if size > DEFLATED_BYTES or inflater.eof:
            break
    return size
