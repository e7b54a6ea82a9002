"""Which measurements of PDFF are analysed together: those of one method, unless the study pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.fat_fraction.methods import MODALITY, PDFF_METHODS
from bonecohort.techniques.fat_fraction.settings import MrFatSettings

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings

PDFF_MEASURES = ("pdff", "pdff_median", "pdff_sd")


def not_analysed(measurements: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return which rows are not analysed, as :func:`left_out`, by the study's settings."""
    return left_out(measurements, pool_methods=settings.of(MrFatSettings).pool_methods)


def left_out(measurements: pd.DataFrame, *, pool_methods: bool) -> pd.Series[bool]:
    """Return which rows are not analysed, because the cohort's PDFF is that of another method.

    The method that comes first in ``PDFF_METHODS`` of those that occur is analysed.

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
    is_pdff = (measurements["modality"] == MODALITY) & measurements["measure"].isin(PDFF_MEASURES)
    found = set(measurements.loc[is_pdff, "method"])
    first = next((method for method in PDFF_METHODS if method in found), "")
    return is_pdff & (measurements["method"] != first) & (not pool_methods)
