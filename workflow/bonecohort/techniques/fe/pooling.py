"""Which bones are analysed together: those of one method, at every site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.measures.method_of_most import method_of_most
from bonecohort.techniques.fe.methods import MODALITY, VERTEBRA
from bonecohort.techniques.fe.settings import FeSettings

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings


def not_analysed(measurements: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return which rows are not analysed, as :func:`left_out`, by the study's settings."""
    return left_out(measurements, pool_methods=settings.of(FeSettings).pool_methods)


def left_out(measurements: pd.DataFrame, *, pool_methods: bool) -> pd.Series[bool]:
    """Return which rows are not analysed, because most bones were modelled otherwise.

    Loads of models with another boundary, modulus or criterion are not comparable. Of segmented
    bones, and of vertebrae on CT, the method of most participants is analysed. Of as many it is the
    first by name. At a site that has both, those of most participants are analysed.

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
    if pool_methods or not own.any():
        return own & False
    rows = measurements[own]
    is_vertebra = rows["method"].str.startswith(VERTEBRA)
    kept = rows["method"] == _of_most(rows, is_vertebra)
    kept &= rows["method"] == _of_most(rows[kept], rows["site"])
    return own & ~kept.reindex(measurements.index, fill_value=False)


def _of_most(rows: pd.DataFrame, group: pd.Series) -> pd.Series[str]:
    """Return the method of most participants of each row's group, with the index of ``group``."""
    chosen = {
        name: method_of_most(own.drop_duplicates(["participant_id", "method"])["method"])
        for name, own in rows.groupby(group.loc[rows.index])
    }
    return group.map(chosen)
