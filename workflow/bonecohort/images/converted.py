"""The result of a conversion: a volume, its sidecar, and the files it was made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bonecohort.images.volume import Volume


@dataclass(frozen=True)
class FileCounts:
    """How many files made the volume, and how many did not, by reason."""

    used: int
    not_used: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ConvertedSeries:
    """A converted series.

    Attributes
    ----------
    volume
        Voxels and their place; a CT holds HU, padding included as the file gives it.
    sidecar
        De-identified acquisition values under BIDS names, plus ``Warnings`` and ``Notes`` (lists
        of sentences), ``FilesUsed``, ``FilesNotUsed`` (reason → count), ``Shape`` and
        ``AffineLPS`` of the volume, digests of its frame of reference and series, and, for a CT,
        ``PaddingVoxels`` and ``PaddingValuesHU``.
    files
        Files used and not used.
    """

    volume: Volume
    sidecar: dict[str, Any]
    files: FileCounts
