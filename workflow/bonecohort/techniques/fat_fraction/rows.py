"""Measurement rows of a vertebral body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.measures.measurement import Measurement
from bonecohort.techniques.fat_fraction.methods import MODALITY, PDFF_METHODS
from bonecohort.techniques.fat_fraction.outcome import FittedValue
from bonecohort.techniques.fat_fraction.relaxation import MS_PER_S

if TYPE_CHECKING:
    from bonecohort.measures.mr.values import RegionValues

READER = "auto"


def fat_fraction_rows(
    level: str, values: RegionValues | FittedValue, method: str
) -> list[Measurement]:
    """Return the rows of a fat fraction in %: PDFF, or that of signals, as the method gives."""
    if isinstance(values, FittedValue):
        result = {"pdff": values.mean}
    elif method in PDFF_METHODS:
        result = {"pdff": values.mean, "pdff_median": values.median, "pdff_sd": values.sd}
    else:
        result = {"fat_fraction_signal": values.mean}
    return [
        Measurement(level, MODALITY, measure, value, "%", method, READER)
        for measure, value in result.items()
    ]


def r2star_rows(level: str, values: RegionValues | FittedValue, method: str) -> list[Measurement]:
    """Return the rows of R2* in 1/s and of T2* in ms, which is 1000 / (mean R2*)."""
    return [
        Measurement(level, MODALITY, "r2star", values.mean, "1/s", method, READER),
        Measurement(level, MODALITY, "t2star", MS_PER_S / values.mean, "ms", method, READER),
    ]
