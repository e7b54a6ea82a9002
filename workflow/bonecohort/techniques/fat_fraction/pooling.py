"""Which measurements are analysed together: those of one method, unless the study pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.techniques.fat_fraction.methods import MODALITY, PDFF_METHODS, R2STAR_METHODS
from bonecohort.techniques.fat_fraction.settings import MrFatSettings

if TYPE_CHECKING:
    from bonecohort.study.settings import Settings

FAMILIES = (
    (("pdff", "pdff_median", "pdff_sd"), PDFF_METHODS),
    (("r2star", "t2star"), R2STAR_METHODS),
)
"""Measures, and the methods that give them, in the order in which they are taken."""


def not_analysed(measurements: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return which rows are not analysed, as :func:`left_out`, by the study's settings."""
    return left_out(measurements, pool_methods=settings.of(MrFatSettings).pool_methods)


def left_out(measurements: pd.DataFrame, *, pool_methods: bool) -> pd.Series[bool]:
    """Return which rows are not analysed, because the cohort's values are of another method.

    Of PDFF, and of R2*, the method that comes first of those that occur is analysed.

    Parameters
    ----------
    measurements
        Rows of measurements.csv, of any technique.
    pool_methods
        Whether methods are analysed together; then nothing is left out.

    Returns
    -------
    Series
        One truth value a row, with the index of ``measurements``.
    """
    result = pd.Series(False, index=measurements.index)
    for measures, methods in FAMILIES:
        own = (measurements["modality"] == MODALITY) & measurements["measure"].isin(measures)
        occurring = set(measurements.loc[own, "method"])
        first = next((method for method in methods if method in occurring), "")
        result |= own & (measurements["method"] != first)
    return result & (not pool_methods)
