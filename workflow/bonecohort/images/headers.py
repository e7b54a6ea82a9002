"""Reading DICOM headers: what each file of a folder is, and the planes it holds."""

from __future__ import annotations

import re
import struct
import warnings
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from pydicom import config
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from bonecohort.faults import DataFault
from bonecohort.images.acquisition import FactReader
from bonecohort.images.burned_in import overlay_of
from bonecohort.images.deidentify_text import kept_number
from bonecohort.images.dicom_reading import read_header
from bonecohort.images.mr_contents import content_of
from bonecohort.images.multiframe import PER_FRAME, FrameReader
from bonecohort.images.repeated_elements import Repeated
from bonecohort.images.slices import PixelLayout, SeriesKey, Slice
from bonecohort.images.sop_classes import (
    NO_IMAGE,
    UIH_GRID,
    class_refusal,
    image_refusal,
    modality_of,
    sop_class_of,
)
from bonecohort.images.volume_index import frame_index
from bonecohort.limits import DEFLATED_BYTES, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset, FileDataset

    from bonecohort.images.sources import SourceFile
    from bonecohort.techniques.image import Image

# What pydicom and zipfile raise on files that are cut short, damaged or not DICOM.
UNREADABLE = (
    AttributeError,
    BytesLengthException,
    EOFError,
    IndexError,
    InvalidDicomError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RecursionError,  # sequences nested without end
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
PREAMBLE_BYTES = 132
# Without the preamble a file begins with an element of group 0002, or of 0008 in either endianness.
BARE_STARTS = (b"\x02\x00", b"\x08\x00", b"\x00\x08")
PIXEL_DATA = BaseTag(0x7FE00010)
UNDEFINED_LENGTH = 0xFFFFFFFF
PIXEL_VRS = (b"OB", b"OW", b"UN")
NO_DICOM = "not DICOM"
UNREADABLE_FILE = "unreadable"
TOO_LARGE = f"deflated DICOM that unpacks to more than {size_text(DEFLATED_BYTES)} bytes"
NO_CLASS = "DICOM that says neither SOPClassUID nor Modality"
EMPTY_FILE = "empty file"
IMAGE_KEYWORDS = (
    "SOPClassUID", "Modality", "Rows", "Columns", "PhotometricInterpretation", "SamplesPerPixel",
    "ConversionType", "NumberOfFrames", "ImageType", PER_FRAME,
)  # fmt: skip
"""What shows that an object is no slice of an image."""
SERIES_KEYWORDS = (
    "SeriesInstanceUID", "SeriesNumber", "PatientID", "FrameOfReferenceUID", "SeriesDescription",
    "ProtocolName",
)  # fmt: skip
PIXEL_KEYWORDS = (
    "Rows", "Columns", "BitsAllocated", "BitsStored", "PixelRepresentation", "NumberOfFrames",
    "PixelPaddingValue", "PixelPaddingRangeLimit",
)  # fmt: skip
# A header that is cut short often reads as one that ends early.
DAMAGED = (EMPTY_FILE, UNREADABLE_FILE, TOO_LARGE, NO_CLASS, NO_IMAGE)


@contextmanager
def lenient_reading() -> Iterator[None]:
    """Read values as they are: the checks that matter are made here, with a reason."""
    before = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        config.settings.reading_validation_mode = before


def read_slices(files: list[SourceFile], image: Image) -> tuple[list[Slice], Counter[str]]:
    """Read every file's header once.

    Returns
    -------
    slices, left_out
        Every plane of the modality an image needs, and the number of files left out by reason.
    """
    reader = _HeaderReader(image)
    slices: list[Slice] = []
    left_out: Counter[str] = Counter()
    for file in files:
        result = _read_file(file, reader)
        if isinstance(result, str):
            left_out[result] += 1
        else:
            slices.extend(result)
    return slices, left_out


def _read_file(file: SourceFile, reader: _HeaderReader) -> list[Slice] | str:
    """Return the planes of a file, or the reason why it is left out."""
    if file.name.upper() == "DICOMDIR":  # known without parsing its thousands of records
        return "DICOMDIR"
    try:
        with file.open() as stream:
            start = stream.read(PREAMBLE_BYTES)
            if not start:
                return EMPTY_FILE
            bare = start[-4:] != b"DICM"
            if bare and not start.startswith(BARE_STARTS):
                return NO_DICOM
            stream.seek(0)
            dataset = read_header(stream, force=bare)
            reason = reader.reason_to_leave_out(dataset, bare=bare)
            return reason or reader.slices(file, dataset, stream)
    except DataFault:
        return TOO_LARGE
    except UNREADABLE:
        return UNREADABLE_FILE


class _HeaderReader:
    """Reads what the headers of a series's files say; what they repeat is read once."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._facts = FactReader()
        self._frames = FrameReader()
        self._reason = Repeated(IMAGE_KEYWORDS, self._reason_of, others=(UIH_GRID,))
        self._series = Repeated(SERIES_KEYWORDS, self._series_of)
        self._pixels = Repeated(PIXEL_KEYWORDS, _pixels_of)

    def reason_to_leave_out(self, dataset: FileDataset, *, bare: bool) -> str:
        """Return why a DICOM object is no slice of such an image; empty when it is one."""
        if dataset.get("SOPClassUID"):
            return self._reason.of(dataset)
        if not sop_class_of(dataset) and not modality_of(dataset):
            return NO_DICOM if bare else NO_CLASS
        return self._reason_of(dataset)

    def slices(self, file: SourceFile, dataset: FileDataset, stream: IO[bytes]) -> list[Slice]:
        """Return the planes of a file, whose stream stands at its pixels."""
        layout = _with_place(self._pixels.of(dataset), dataset, stream)
        series = self._series.of(dataset)
        number = kept_number(dataset.get("InstanceNumber"))
        facts = self._facts.facts(dataset)
        overlay = overlay_of(dataset)
        return [
            Slice(
                file=file,
                layout=layout,
                series=series,
                instance_number=number,
                frame=index,
                place=frame.place,
                rescale=frame.rescale,
                rescale_type=frame.rescale_type,
                facts=facts | frame.facts | frame_index(dataset, frame, self._image),
                overlay=overlay,
                mappings=frame.mappings,
                scale_slope=frame.scale_slope,
            )
            for index, frame in enumerate(self._frames.frames(dataset))
        ]

    def _reason_of(self, dataset: FileDataset) -> str:
        modality = modality_of(dataset)
        if reason := class_refusal(dataset):
            return reason
        if modality != self._image.modality:
            return f"modality {modality or 'absent'}"
        return image_refusal(dataset)

    def _series_of(self, dataset: FileDataset) -> SeriesKey:
        description = str(dataset.get("SeriesDescription") or "")
        shown = content_of([description], self._image) if self._image.shows else ""
        return SeriesKey(
            uid=str(dataset.get("SeriesInstanceUID") or "").strip(),
            number=kept_number(dataset.get("SeriesNumber")),
            patient=str(dataset.get("PatientID") or "").strip(),
            frame_of_reference=str(dataset.get("FrameOfReferenceUID") or "").strip(),
            described_as_t2=_described_as_t2(dataset),
            described_content=shown,
        )


def _described_as_t2(dataset: Dataset) -> bool:
    """Whether a description says T2; the text itself is not kept, for it may name a person."""
    texts = (dataset.get("SeriesDescription"), dataset.get("ProtocolName"))
    return any(re.search(r"(?<![a-z0-9])t2", str(text or ""), re.IGNORECASE) for text in texts)


def _pixels_of(dataset: FileDataset) -> PixelLayout:
    """Return how pixels are stored, wherever they lie in their file."""
    return PixelLayout(
        transfer_syntax="",
        offset=None,
        length=0,
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        bits_allocated=int(dataset.BitsAllocated),
        bits_stored=int(dataset.get("BitsStored") or dataset.BitsAllocated),
        signed=bool(dataset.PixelRepresentation),
        frames=int(dataset.get("NumberOfFrames") or 1),
        padding=_padding(dataset),
    )


def _with_place(layout: PixelLayout, dataset: FileDataset, stream: IO[bytes]) -> PixelLayout:
    """Add where the pixels of a file lie, and in which transfer syntax."""
    syntax = str(dataset.file_meta.get("TransferSyntaxUID") or _guessed_syntax(dataset))
    offset, length = _native_pixels(stream, syntax)
    return replace(layout, transfer_syntax=syntax, offset=offset, length=length)


def _guessed_syntax(dataset: FileDataset) -> UID:
    implicit, little = dataset.original_encoding
    if not little:
        return UID("1.2.840.10008.1.2.2")
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian


def _native_pixels(stream: IO[bytes], syntax: str) -> tuple[int | None, int]:
    """Return where native little-endian pixels begin and their length, the stream standing there.

    The header of the element is 8 bytes in implicit, 12 in explicit VR (PS3.5, 7.1). An undefined
    length is that of compressed pixels, whatever the transfer syntax says.
    """
    if syntax not in (ImplicitVRLittleEndian, ExplicitVRLittleEndian):
        return None, 0
    size = 8 if syntax == ImplicitVRLittleEndian else 12
    head = stream.read(size)
    if len(head) < size:
        return None, 0
    group, element = struct.unpack("<HH", head[:4])
    (length,) = struct.unpack("<I", head[-4:])
    if BaseTag(group << 16 | element) != PIXEL_DATA or length == UNDEFINED_LENGTH:
        return None, 0
    if syntax == ExplicitVRLittleEndian and head[4:6] not in PIXEL_VRS:
        return None, 0
    return stream.tell(), length


def _padding(dataset: Dataset) -> tuple[int, int] | None:
    """Return the range of stored values that mean "no data" (PS3.3, C.7.5.1.1.2)."""
    if dataset.get("PixelPaddingValue") is None:
        return None
    first = _stored(dataset, "PixelPaddingValue")
    last = (
        _stored(dataset, "PixelPaddingRangeLimit") if "PixelPaddingRangeLimit" in dataset else first
    )
    return min(first, last), max(first, last)


def _stored(dataset: Dataset, keyword: str) -> int:
    """Read a value written as unsigned though the pixels are signed, or the other way round."""
    element = dataset[keyword]
    value = element.value
    if isinstance(value, bytes):
        value = int.from_bytes(value[:2], "little")
    bits = int(dataset.BitsAllocated)
    modulus = int(value) % (1 << bits)
    signed = bool(dataset.PixelRepresentation)
    return modulus - (1 << bits) if signed and modulus >= 1 << (bits - 1) else modulus
