"""Which values of T2 are analysed together: those of one method and its echo times.

T2* has one method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.measures.method_of_most import method_of_most
from bonecohort.techniques.t2.methods import MAP, MODALITY, T2
from bonecohort.techniques.t2.settings import T2Settings

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings


def not_analysed(measurements: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return which rows are not analysed, as :func:`left_out`, by the study's settings."""
    return left_out(measurements, pool_methods=settings.of(T2Settings).pool_methods)


def left_out(measurements: pd.DataFrame, *, pool_methods: bool) -> pd.Series[bool]:
    """Return which rows are not analysed, because most of the cohort was measured otherwise.

    The method with most rows is analysed; of as many a fit goes before a map.

    Parameters
    ----------
    measurements
        Rows of measurements.csv, of any technique.
    pool_methods
        Whether methods are analysed together; then nothing is left out.
    """
    own = (measurements["modality"] == MODALITY) & (measurements["measure"] == T2)
    analysed = method_of_most(measurements.loc[own, "method"], lambda name: name == MAP)
    is_other = measurements["method"] != analysed
    return own & is_other & (not pool_methods)
