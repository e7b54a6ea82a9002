"""A vertebra label map: its voxels, and what it says of its own numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.labels.schemes import resolve_scheme
from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bonecohort.images.volume import Volume

CALLED = "The vertebra label map"
"""What a fault calls the file: a participant has one, and its name may be theirs."""
LARGEST_LABEL = np.iinfo(np.int16).max
INTEGRALITY = 1e-3
"""By how much a label may differ from a whole number."""


@dataclass(frozen=True)
class LabelMap:
    """A label map and what it says of itself.

    Attributes
    ----------
    volume
        Labels (int16, 0 is background) with their affine to LPS mm.
    names
        Number → name, from the file's own table (TotalSegmentator) or from the file names of a
        folder; empty when there is none.
    numbered_here
        The numbers were given while reading a folder of one file a class, or are a SEG's segment
        numbers, so a declared scheme says nothing about them and the names decide.
    frame_of_reference
        Digest of the FrameOfReferenceUID; empty where the file has none (NIfTI).
    """

    volume: Volume
    names: Mapping[int, str] = field(default_factory=dict)
    numbered_here: bool = False
    frame_of_reference: str = ""

    def numbers(self, declared: str | Mapping[str, int] | None) -> dict[str, int]:
        """Return level → number; see :func:`~bonecohort.annotations.labels.schemes.resolve_scheme`.

        Raises
        ------
        DataFault
            The scheme is not declared, or contradicts the names in the file.
        """
        return resolve_scheme(None if self.numbered_here else declared, self.names)


def whole_labels(values: NDArray[Any], called: str) -> NDArray[np.int16]:
    """Return numbers of any type as labels, after checking that they are.

    Raises
    ------
    DataFault
        They are no whole numbers from 0 to ``LARGEST_LABEL``.
    """
    rounded = values if values.dtype.kind in "iu" else _rounded(values)
    if rounded is None:
        message = (
            f"{called} holds values that are not whole numbers: it may have been "
            "resampled with interpolation; resample label maps by nearest neighbour."
        )
        raise DataFault(message)
    if rounded.min(initial=0) < 0 or rounded.max(initial=0) > LARGEST_LABEL:
        message = (
            f"{called} holds values from {rounded.min():.0f} to {rounded.max():.0f}; "
            f"labels are 0 to {LARGEST_LABEL}. Is it the CT itself?"
        )
        raise DataFault(message)
    return rounded.astype(np.int16)


def _rounded(values: NDArray[Any]) -> NDArray[Any] | None:
    """Return whole numbers; None where a value is none."""
    with np.errstate(invalid="ignore"):  # of NaN
        rounded = np.rint(values)
    is_whole = np.isfinite(values).all() and not (np.abs(values - rounded) > INTEGRALITY).any()
    return rounded if is_whole else None
