"""R2* and T2* of vertebral bodies from a vendor's map of either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.techniques.fat_fraction.facts import ImageFacts

RelaxationKind = Literal["r2star", "t2star"]

UNITS: Mapping[RelaxationKind, Mapping[str, float]] = {
    "r2star": {"": 1.0, "/s": 1.0, "1/s": 1.0, "s-1": 1.0, "Hz": 1.0, "/ms": 1000.0},
    "t2star": {"": 1.0, "ms": 1.0, "s": 1000.0, "us": 0.001},
}
"""Unit → what turns its values into 1/s, or ms; without a unit these are taken."""
MARROW_R2STAR = (25.0, 1000.0)
"""R2* of vertebral marrow at 1.5 and 3 T lies well within, in 1/s. Its T2*, in ms, does not."""
MS_PER_S = 1000.0


def r2star_image(image: Volume, facts: ImageFacts, kind: RelaxationKind) -> Volume:
    """Return R2* in 1/s of every voxel; NaN where there is none.

    Raises
    ------
    DataFault
        The header declares a unit that is none of relaxation.
    """
    units = UNITS[kind]
    if facts.unit not in units:
        expected = ", ".join(unit for unit in units if unit)
        raise DataFault(
            f"The header of the {kind} map declares the unit '{facts.unit}'; one of {expected} is "
            "expected."
        )
    values = np.asarray(image.array, dtype=np.float64) * units[facts.unit]
    result = np.full(values.shape, np.nan)
    if kind == "r2star":
        np.copyto(result, values, where=values > 0)
    else:
        np.divide(MS_PER_S, values, out=result, where=values > 0)
    return Volume(result, image.affine_lps)


def check_marrow(r2star: float) -> None:
    """Refuse a mean R2*, in 1/s, that no marrow has.

    Raises
    ------
    DataFault
        With the value and what is expected.
    """
    least, most = MARROW_R2STAR
    if not least <= r2star <= most:
        raise DataFault(
            f"The vertebral body has an R2* of {r2star:.3g} 1/s; marrow has {least:g} to {most:g}. "
            "Is the map one of R2* in 1/s, or of T2* in ms, as series.tsv says?"
        )
