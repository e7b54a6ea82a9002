"""Which measurements of diffusion are analysed together: those of one method and its b values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.measures.method_of_most import method_of_most
from bonecohort.techniques.dwi.methods import MODALITY, VENDOR, family_of
from bonecohort.techniques.dwi.settings import DwiSettings

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings


def not_analysed(measurements: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return which rows are not analysed, as :func:`left_out`, by the study's settings."""
    return left_out(measurements, pool_methods=settings.of(DwiSettings).pool_methods)


def left_out(measurements: pd.DataFrame, *, pool_methods: bool) -> pd.Series[bool]:
    """Return which rows are not analysed, because most of the cohort was measured otherwise.

    An ADC depends on its b values. Of each measure the method with most rows is analysed; of
    several with as many a fit goes before a vendor's map, then the first by name.

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
    own = measurements["modality"] == MODALITY
    analysed = {
        str(measure): method_of_most(rows["method"], _is_of_map)
        for measure, rows in measurements[own].groupby("measure")
    }
    is_other = measurements["method"] != measurements["measure"].map(analysed)
    return own & is_other & (not pool_methods)


def _is_of_map(method: str) -> bool:
    return family_of(method) == VENDOR
