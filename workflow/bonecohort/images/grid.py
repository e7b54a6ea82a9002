"""Where a converted image lies, read from its sidecar without loading the image.

Kept free of numpy: a job that only asks whether a few points lie in the image starts at once.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Point = tuple[float, float, float]

SHAPE_KEY = "Shape"
AFFINE_KEY = "AffineLPS"
FRAME_KEY = "FrameOfReferenceDigest"
SERIES_KEY = "SeriesInstanceDigest"
DIGEST_LENGTH = 16
"""Hexadecimal digits: enough that two UIDs of one study never meet."""


def uid_digest(uid: object) -> str:
    """Return a digest of a UID, to compare UIDs by; empty for none.

    A UID itself identifies the patient's study (PS3.15, Annex E) and is never written.
    """
    text = str(uid or "").strip()
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH] if text else ""


@dataclass(frozen=True)
class ImageGrid:
    """A regular grid of voxels in the patient.

    Attributes
    ----------
    shape
        Number of voxels along i, j and k.
    affine_lps
        Rows of the 4 × 4 matrix from voxel index, at voxel centres, to LPS mm.
    frame_of_reference, series
        Digests of the image's UIDs; empty when it has none (NIfTI).
    """

    shape: tuple[int, int, int]
    affine_lps: tuple[tuple[float, ...], ...]
    frame_of_reference: str = ""
    series: str = ""

    def column(self, axis: int) -> Point:
        """Return the step from a voxel to the next along an axis, LPS mm."""
        x, y, z = (row[axis] for row in self.affine_lps[:3])
        return (x, y, z)

    @property
    def spacing_mm(self) -> Point:
        """Distance between neighbouring voxel centres along i, j and k."""
        i, j, k = (_length(self.column(axis)) for axis in range(3))
        return (i, j, k)

    def sagittal_normal(self) -> Point:
        """Return the unit vector along the axis that runs most from right to left, LPS."""
        columns = [self.column(axis) for axis in range(3)]
        x, y, z = max(columns, key=lambda column: abs(column[0]) / _length(column))
        length = _length((x, y, z))
        return (x / length, y / length, z / length)

    def to_index(self, point_lps_mm: Sequence[float]) -> Point:
        """Map a point in LPS mm to fractional voxel indices (Cramer's rule)."""
        steps = [self.column(axis) for axis in range(3)]
        offset = _minus(point_lps_mm, self.column(3))
        volume = _dot(steps[0], _cross(steps[1], steps[2]))
        i = _dot(offset, _cross(steps[1], steps[2])) / volume
        j = _dot(steps[0], _cross(offset, steps[2])) / volume
        k = _dot(steps[0], _cross(steps[1], offset)) / volume
        return (i, j, k)

    def contains(self, point_lps_mm: Sequence[float], tolerance_mm: float = 0.0) -> bool:
        """Return whether a point lies in a voxel, or no further than a tolerance outside."""
        return all(
            -0.5 - tolerance_mm / step <= index <= count - 0.5 + tolerance_mm / step
            for index, count, step in zip(
                self.to_index(point_lps_mm), self.shape, self.spacing_mm, strict=True
            )
        )

    def extent_mm(self) -> tuple[tuple[float, float], ...]:
        """Return the lowest and highest x, y and z in LPS mm that the voxels reach."""
        corners = [
            self._lps(corner) for corner in product(*((-0.5, count - 0.5) for count in self.shape))
        ]
        return tuple((min(values), max(values)) for values in zip(*corners, strict=True))

    def _lps(self, index: Sequence[float]) -> tuple[float, ...]:
        return tuple(_dot(row[:3], index) + row[3] for row in self.affine_lps[:3])


def grid_record(
    shape: Iterable[int], affine_lps: Iterable[Iterable[float]], frame_uid: str, series_uid: str
) -> dict[str, Any]:
    """Return a grid as a sidecar holds it, in plain JSON types."""
    record: dict[str, Any] = {
        SHAPE_KEY: [int(count) for count in shape],
        AFFINE_KEY: [[float(value) for value in row] for row in affine_lps],
    }
    digests = {FRAME_KEY: uid_digest(frame_uid), SERIES_KEY: uid_digest(series_uid)}
    return record | {key: digest for key, digest in digests.items() if digest}


def grid_of(record: Mapping[str, Any]) -> ImageGrid | None:
    """Return the grid that a sidecar describes; None without one."""
    if SHAPE_KEY not in record or AFFINE_KEY not in record:
        return None
    i, j, k = record[SHAPE_KEY]
    return ImageGrid(
        (i, j, k),
        tuple(tuple(row) for row in record[AFFINE_KEY]),
        record.get(FRAME_KEY, ""),
        record.get(SERIES_KEY, ""),
    )


def _minus(first: Sequence[float], second: Sequence[float]) -> Point:
    x, y, z = (a - b for a, b in zip(first, second, strict=True))
    return (x, y, z)


def _dot(first: Sequence[float], second: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


def _cross(first: Sequence[float], second: Sequence[float]) -> Point:
    (a, b, c), (d, e, f) = first, second
    return (b * f - c * e, c * d - a * f, a * e - b * d)


def _length(vector: Sequence[float]) -> float:
    return math.hypot(*vector)
