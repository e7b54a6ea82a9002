"""One image plane of a series: where it lies, how its pixels are stored, how it was acquired."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bonecohort.study.uid_labels import uid_label

if TYPE_CHECKING:
    from bonecohort.images.burned_in import OverlayPlace
    from bonecohort.images.real_world import RealWorldMapping
    from bonecohort.images.sources import SourceFile

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class PixelLayout:
    """How the pixel data of a file are stored."""

    transfer_syntax: str
    offset: int | None  # byte where native little-endian pixels begin; None: needs a decoder
    length: int  # bytes of pixel data the file declares
    rows: int
    columns: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    frames: int = 1
    padding: tuple[int, int] | None = None  # lowest and highest stored value that mean "no data"


@dataclass(frozen=True)
class Place:
    """Where a plane lies: LPS mm."""

    position_mm: FloatArray  # centre of the first pixel, shape (3,)
    row_direction: FloatArray  # unit vector along a row (increasing column), shape (3,)
    column_direction: FloatArray  # unit vector along a column (increasing row), shape (3,)
    row_spacing_mm: float  # between rows
    column_spacing_mm: float  # between columns

    @property
    def normal(self) -> FloatArray:
        """Unit vector, row × column direction; shape (3,)."""
        return np.cross(self.row_direction, self.column_direction)


@dataclass(frozen=True)
class SeriesKey:
    """What distinguishes one series from another.

    Only ``number`` and ``label`` are ever printed. ``number`` is SeriesNumber where that is a
    number.
    """

    uid: str
    number: str
    patient: str
    frame_of_reference: str
    described_as_t2: bool
    described_content: str = ""  # what its description says it shows (mr_contents)

    @property
    def name(self) -> str:
        """The series's UID, else its number."""
        return self.uid or f"number {self.number}"

    @property
    def label(self) -> str:
        """What stands for the UID in words, and may stand for it in series.tsv."""
        return uid_label(self.uid)


@dataclass(frozen=True, eq=False)
class Slice:
    """One plane. ``place`` is None when the file does not say where it lies."""

    file: SourceFile
    frame: int
    layout: PixelLayout
    place: Place | None
    rescale: tuple[float, float] | None  # slope, intercept
    rescale_type: str
    series: SeriesKey
    instance_number: str
    facts: dict[str, Any] = field(default_factory=dict)  # acquisition values by BIDS name
    mappings: tuple[RealWorldMapping, ...] = ()
    scale_slope: float | None = None  # Philips's (2005,100E)
    overlay: OverlayPlace = ""


def count_of(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 slice``, ``2 slices``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
