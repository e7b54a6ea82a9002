"""Decoding pixels and applying each slice's own rescale."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
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
from bonecohort.limits import check_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydicom.dataset import Dataset

    from bonecohort.images.scale_sample import ScaleSample
    from bonecohort.images.slices import PixelLayout, Slice

Stored = NDArray[Any]

IDENTITY = (1.0, 0.0)
GE_PADDING = -2000  # stored outside the circular field of view by scanners that leave out the tag
WORD_BITS = (8, 16, 32)
INT16 = np.iinfo(np.int16)
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


@dataclass(frozen=True)
class Pixels:
    """The voxels of a stack of planes, and what was met while reading them.

    Voxels that lie plainly in their files are read again whenever they are asked for: a CT would
    take twice the memory.

    Attributes
    ----------
    slices
        The planes, in order along k.
    dtype
        int16 where every value is a whole number that fits, else float32.
    padding_voxels
        How many voxels hold no data.
    padding_values
        Their values, after rescale.
    """

    slices: Sequence[Slice]
    dtype: np.dtype[Any]
    padding_voxels: int
    padding_values: tuple[float, ...]
    _held: Stored | None  # shape (slices, rows, columns)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Columns, rows, slices."""
        return shape_of(self.slices)

    @cached_property
    def array(self) -> Stored:
        """All values, shape (columns, rows, slices)."""
        held = self._held
        if held is None:
            held = np.empty(self.shape[::-1], dtype=self.dtype)
            for target, plane in zip(held, self.planes(), strict=True):
                target[:] = plane.T
        array: Stored = held.transpose(2, 1, 0)
        return array

    def planes(self) -> Iterator[Stored]:
        """Yield the values of each plane in order, shape (columns, rows)."""
        if self._held is None:
            yield from self._read(self.slices)
        else:
            yield from self._held.transpose(0, 2, 1)

    def plane(self, index: int) -> Stored:
        """Return the values of one plane, shape (columns, rows)."""
        if self._held is None:
            return next(self._read([self.slices[index]]))
        plane: Stored = self._held[index].T
        return plane

    def _read(self, slices: Sequence[Slice]) -> Iterator[Stored]:
        for file, own in groupby(slices, key=lambda dicom_slice: dicom_slice.file):
            with file.open() as stream:
                for dicom_slice in own:
                    yield _rescaled(_native(stream, dicom_slice), dicom_slice, self.dtype).T


def read_stack(slices: Sequence[Slice], sample: ScaleSample | None, *, hold: bool) -> Pixels:
    """Read planes of one matrix.

    Values are kept as the file gives them, padding included: ``padding_voxels`` counts those at
    PixelPaddingValue (or at a stored −2000).
    The rescale is the public one: for MR, of which geometry alone is measured, Philips's private
    scale (2005,100E) is not applied.

    Parameters
    ----------
    slices
        The planes, in order along k.
    sample
        To which every plane is added once.
    hold
        Whether voxels are kept that could be read again. Others are kept anyway: reading would
        decode them again.

    Raises
    ------
    DataFault
        When pixel data are absent, cut short or cannot be decoded.
    """
    for dicom_slice in slices:
        _check_length(dicom_slice)
    check_stack_size(slices)
    layout = slices[0].layout
    dtype: np.dtype[Any] = np.dtype(np.int16)
    held: Stored | None = None
    if hold or not all(map(_can_be_read_again, slices)):
        held = np.empty((len(slices), layout.rows, layout.columns), dtype=dtype)
    padding_voxels = 0
    padding_values: set[float] = set()
    for index, stored in _read_in_file_order(slices):
        slope, intercept = slices[index].rescale or IDENTITY
        ends = int(stored.min()), int(stored.max())
        count, values = _padding(stored, ends, slices[index].layout)
        padding_voxels += count
        padding_values.update(value * slope + intercept for value in values)
        if dtype == np.int16 and not _fits_int16(ends, slope, intercept):
            dtype = np.dtype(np.float32)
            held = held if held is None else held.astype(dtype)
        plane = _rescaled(stored, slices[index], dtype, None if held is None else held[index])
        if sample is not None:
            sample.add(index, plane.T)
    return Pixels(slices, dtype, padding_voxels, tuple(sorted(padding_values)), held)


def _can_be_read_again(dicom_slice: Slice) -> bool:
    """Whether the values of a plane lie on the disk as they are."""
    return dicom_slice.file.is_on_disk and dicom_slice.layout.offset is not None


def shape_of(slices: Sequence[Slice]) -> tuple[int, int, int]:
    """Return columns, rows and slices of a stack of planes of one matrix."""
    layout = slices[0].layout
    return layout.columns, layout.rows, len(slices)


def check_stack_size(slices: Sequence[Slice]) -> None:
    """Refuse a stack of planes of one matrix that would make too large an image."""
    layout = slices[0].layout
    voxels = len(slices) * layout.rows * layout.columns
    check_image("The series declares", voxels, layout.bits_allocated // 8)


def read_stored(dicom_slice: Slice) -> Stored:
    """Return one plane's stored values, shape (rows, columns); raises as :func:`read_stack`."""
    return next(stored for _, stored in _read_in_file_order([dicom_slice]))


def _read_in_file_order(slices: Sequence[Slice]) -> Iterator[tuple[int, Stored]]:
    """Yield (index, stored values), opening each file once."""
    wanted: dict[int, list[int]] = defaultdict(list)
    for index, dicom_slice in enumerate(slices):
        wanted[id(dicom_slice.file)].append(index)
    for indices in wanted.values():
        with slices[indices[0]].file.open() as stream:
            if slices[indices[0]].layout.offset is None:
                yield from _decoded(stream, slices, indices)
            else:
                for index in indices:
                    yield index, _native(stream, slices[index])


def _check_length(dicom_slice: Slice) -> None:
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


def _native(stream: IO[bytes], dicom_slice: Slice) -> Stored:
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


def _padding(stored: Stored, ends: tuple[int, int], layout: PixelLayout) -> tuple[int, list[float]]:
    """Count padding voxels and list their stored values; ``ends`` are the lowest and highest."""
    if layout.padding is None and not layout.signed:
        return 0, []
    low, high = layout.padding or (GE_PADDING, GE_PADDING)
    if high < ends[0] or ends[1] < low:
        return 0, []
    mask = stored == low if low == high else (stored >= low) & (stored <= high)
    count = int(np.count_nonzero(mask))
    return count, [float(value) for value in np.unique(stored[mask])] if count else []


def _fits_int16(stored_ends: tuple[int, int], slope: float, intercept: float) -> bool:
    """Whether every rescaled value between two is a whole number that int16 holds."""
    if not (slope.is_integer() and intercept.is_integer() and abs(intercept) <= INT16.max):
        return False
    ends = [stored * slope + intercept for stored in stored_ends]
    return min(ends) >= INT16.min and max(ends) <= INT16.max


def _rescaled(
    stored: Stored, dicom_slice: Slice, dtype: np.dtype[Any], out: Stored | None = None
) -> Stored:
    """Return rescaled values, which the caller has made sure to fit the type."""
    slope, intercept = dicom_slice.rescale or IDENTITY
    target = np.empty(stored.shape, dtype=dtype) if out is None else out
    if dtype == np.int16 and slope == 1 and stored.dtype in (np.uint16, np.int16):
        # 16-bit addition wraps, so the sum is exact whenever the result fits int16.
        np.add(stored.view(np.int16), np.int16(intercept), out=target)
    elif dtype == np.int16:
        target[:] = stored.astype(np.int64) * int(slope) + int(intercept)
    else:
        target[:] = stored * np.float64(slope) + intercept  # rounded once, to float32
    return target


def describe(dicom_slice: Slice) -> str:
    """Name a slice without naming the patient: its InstanceNumber, its frame."""
    number = (
        f"slice number {dicom_slice.instance_number}" if dicom_slice.instance_number else "a slice"
    )
    return f"{number}, frame {dicom_slice.frame + 1}" if dicom_slice.frame else number
