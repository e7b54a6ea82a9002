"""Philips's private scale of MR signals, beside the public rescale.

SV is the stored value, RS RescaleSlope, RI RescaleIntercept, and SS Scale Slope (2005,100E).
Philips displays DV = SV · RS + RI, and measures FP = DV / (RS · SS), its "floating point" value. RS
and RI of signals are chosen for display, image by image, so only FP compares between images. A
quantitative map holds its quantity in DV, and FP of it means nothing (Chenevert 2014,
doi:10.1593/tlo.13811).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydicom.sequence import Sequence

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

RawValue = Any  # what pydicom makes of a value

GROUP = 0x2005
SIGNALS, FRAMES = "Philips MR Imaging DD 001", "Philips MR Imaging DD 005"
"""Private creators of Scale Slope, and of the sequence that holds it in a multi-frame object."""
SCALE_SLOPE, FRAME_SEQUENCE = 0x0E, 0x0F


def scale_slope_of(*groups: Dataset) -> float | None:
    """Return Scale Slope of the first data set that holds it, itself or for its frame.

    None where there is none, or it is no positive number.
    """
    for group in groups:
        value = _private(group, SIGNALS, SCALE_SLOPE)
        if value is None:
            frames = _private(group, FRAMES, FRAME_SEQUENCE)
            if isinstance(frames, Sequence) and frames:
                value = _private(frames[0], SIGNALS, SCALE_SLOPE)
        if isinstance(value, float) and math.isfinite(value) and value > 0:
            return value
    return None


def _private(dataset: Dataset, creator: str, element: int) -> RawValue:
    """Return the value of a private element; None when it is absent."""
    try:
        block = dataset.private_block(GROUP, creator)
    except KeyError:
        return None
    return block[element].value if element in block else None
