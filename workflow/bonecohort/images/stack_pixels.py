"""The voxels of a stack of planes, each plane by its own rescale; held, or read again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.images.pixels import check_length, read_in_file_order, read_native
from bonecohort.limits import check_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bonecohort.images.pixels import Stored
    from bonecohort.images.scale_sample import ScaleSample
    from bonecohort.images.slices import PixelLayout, Slice

IDENTITY = (1.0, 0.0)
GE_PADDING = -2000  # stored outside the circular field of view by scanners that leave out the tag
INT16 = np.iinfo(np.int16)


@dataclass(frozen=True)
class Pixels:
    """The voxels of a stack of planes, and what was met while reading them.

    Voxels that are not held are read again from their files whenever they are asked for.

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
                    yield _rescaled(read_native(stream, dicom_slice), dicom_slice, self.dtype).T


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
        check_length(dicom_slice)
    check_stack_size(slices)
    layout = slices[0].layout
    dtype: np.dtype[Any] = np.dtype(np.int16)
    held: Stored | None = None
    if hold or not all(map(_can_be_read_again, slices)):
        held = np.empty((len(slices), layout.rows, layout.columns), dtype=dtype)
    padding_voxels = 0
    padding_values: set[float] = set()
    for index, stored in read_in_file_order(slices):
        slope, intercept = slices[index].rescale or IDENTITY
        ends = int(stored.min()), int(stored.max())
        count, values = _padding(stored, ends, slices[index].layout)
        padding_voxels += count
        padding_values.update(value * slope + intercept for value in values)
        if dtype == np.int16 and not _fits_int16(ends, slope, intercept):
            dtype = np.dtype(np.float32)
            held = held if held is None else held.astype(dtype)
        if held is not None:
            _rescale_into(held[index], stored, slices[index])
        if sample is not None:
            plane = _rescaled(stored, slices[index], dtype) if held is None else held[index]
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


def _rescaled(stored: Stored, dicom_slice: Slice, dtype: np.dtype[Any]) -> Stored:
    target: Stored = np.empty(stored.shape, dtype=dtype)
    _rescale_into(target, stored, dicom_slice)
    return target


def _rescale_into(target: Stored, stored: Stored, dicom_slice: Slice) -> None:
    """Write rescaled values; the caller has made sure that they fit the target."""
    slope, intercept = dicom_slice.rescale or IDENTITY
    if target.dtype == np.int16 and slope == 1 and stored.dtype in (np.uint16, np.int16):
        # 16-bit addition wraps, so the sum is exact whenever the result fits int16.
        np.add(stored.view(np.int16), np.int16(intercept), out=target)
    elif target.dtype == np.int16:
        target[:] = stored.astype(np.int64) * int(slope) + int(intercept)
    else:
        target[:] = stored * np.float64(slope) + intercept  # rounded once, to float32
