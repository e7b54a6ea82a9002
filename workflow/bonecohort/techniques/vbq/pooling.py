"""Which scores are analysed together: those of spin echo, or those of gradient echo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.vbq.methods import GRADIENT_ECHO, MEASURES, MODALITY
from bonecohort.techniques.vbq.settings import VbqSettings

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings


def not_analysed(measurements: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return which rows are not analysed, as :func:`left_out`, by the study's settings."""
    return left_out(measurements, pool_methods=settings.of(VbqSettings).pool_methods)


def left_out(measurements: pd.DataFrame, *, pool_methods: bool) -> pd.Series[bool]:
    """Return which rows are not analysed, because most of the cohort had the other sequence.

    Of as many rows spin echo is analysed. Regions of readers and of label maps stand together.

    Parameters
    ----------
    measurements
        Rows of measurements.csv, of any technique.
    pool_methods
        Whether the sequences are analysed together; then nothing is left out.

    Returns
    -------
    Series
        One truth value a row, with the index of ``measurements``.
    """
    own = (measurements["modality"] == MODALITY) & measurements["measure"].isin(MEASURES)
    is_gradient = measurements["method"].isin(GRADIENT_ECHO)
    n_gradient, n_spin = int((own & is_gradient).sum()), int((own & ~is_gradient).sum())
    is_other = ~is_gradient if n_gradient > n_spin else is_gradient
    return own & is_other & (not pool_methods)
