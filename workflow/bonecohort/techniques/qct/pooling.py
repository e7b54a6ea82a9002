"""Which densities are analysed together: those of one method, or of one mineral."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.qct.methods import (
    ASYNCHRONOUS,
    MINDWAYS,
    MODALITY,
    RODS,
    VBMD,
)
from bonecohort.techniques.qct.settings import QctSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bonecohort.study.settings import Settings

REASON = (
    "The densities were obtained by another method than those of most participants ({method}). "
    "They are not analysed with them."
)
OF_PHANTOMS = (RODS, MINDWAYS, ASYNCHRONOUS)


def not_analysed(measurements: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return which rows are not analysed, by the study's settings."""
    return left_out(measurements, pool_methods=settings.of(QctSettings).qct_pool_methods)


def reasons(measurements: pd.DataFrame, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each participant whose densities are not analysed, and why."""
    own = measurements[not_analysed(measurements, settings)]
    densities = own[own["measure"] == VBMD].drop_duplicates("participant_id")
    for row in densities.itertuples():
        yield str(row.participant_id), REASON.format(method=row.method)


def left_out(measurements: pd.DataFrame, *, pool_methods: bool) -> pd.Series[bool]:
    """Return which densities are not analysed, because most of the cohort's are of another method.

    Analysed is the scale, see :func:`scale_of`, of most participants; of two with as many, the
    first in the alphabet. Other values of a participant of another scale are not analysed either.

    Parameters
    ----------
    measurements
        Rows of measurements.csv, of any technique.
    pool_methods
        Whether phantoms of one mineral are one scale, however they were scanned.

    Returns
    -------
    Series
        One truth value a row, with the index of ``measurements``.
    """
    own = measurements[measurements["modality"] == MODALITY]
    densities = own[own["measure"] == VBMD].drop_duplicates("participant_id")
    scales = densities["method"].map(lambda method: scale_of(method, pool_methods=pool_methods))
    if scales.empty:
        return measurements["modality"].isna()
    counts = scales.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    others = densities.loc[scales != counts.index[0], "participant_id"]
    is_own = measurements["modality"] == MODALITY
    return is_own & measurements["participant_id"].isin(set(others))


def scale_of(method: str, *, pool_methods: bool) -> str:
    """Return what densities of a method may be analysed with: their own method, or their mineral.

    Internal calibration and published lines are scales of their own.
    """
    source = next((one for one in OF_PHANTOMS if method.startswith(f"{one}.")), None)
    if source is None or not pool_methods:
        return method
    return method.removeprefix(f"{source}.").split(".")[0]
