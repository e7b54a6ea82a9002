"""Which rows are not analysed: what differs between makers, in a study of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.dxa.names import LOWEST, MODALITY, RAW, maker_method
from bonecohort.techniques.dxa.scores import method_of
from bonecohort.techniques.dxa.settings import DxaSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bonecohort.study.settings import Settings

REASON = (
    "The study has BMD of several makers ({makers}), whose scales differ by more than 10%. BMD, "
    "BMC and area were not analysed{scores}. Set bmd.pool: sbmd to analyse standardized BMD, or "
    "leave one maker out."
)
SCORES = ", nor T-scores from a reference population without make"


def not_analysed(measurements: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return which rows are not analysed: those that depend on the maker, where there are several.

    Parameters
    ----------
    measurements
        Rows of measurements.csv, of any technique.
    settings
        The study's.

    Returns
    -------
    Series
        One truth value a row, with the index of ``measurements``.
    """
    own = measurements["modality"] == MODALITY
    if len(makers_of(measurements)) < 2:
        return own & False
    used = settings.of(DxaSettings)
    is_raw = own & measurements["measure"].isin(list(RAW))
    anybodys = {method_of(reference) for reference in used.reference.values() if not reference.make}
    by_reference = own & measurements["method"].isin(sorted(anybodys))
    is_lowest = own & (measurements["site"] == LOWEST)
    affected = set(measurements.loc[by_reference & is_lowest, "participant_id"])
    of_class = is_lowest & measurements["participant_id"].isin(sorted(affected))
    return is_raw | by_reference | of_class


def reasons(measurements: pd.DataFrame, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each participant of whom rows are not analysed, and why.

    A study that asks for standardized BMD has it analysed in place of BMD, which is no exclusion.
    """
    makers = makers_of(measurements)
    used = settings.of(DxaSettings)
    if len(makers) < 2 or used.pool == "sbmd":
        return
    anybodys = any(not reference.make for reference in used.reference.values())
    reason = REASON.format(makers=", ".join(makers), scores=SCORES if anybodys else "")
    left_out = measurements[not_analysed(measurements, settings)]
    for participant_id in dict.fromkeys(left_out["participant_id"]):
        yield participant_id, reason


def makers_of(measurements: pd.DataFrame) -> list[str]:
    """Return the makers whose BMD there is, ``unknown`` among them."""
    is_bmd = (measurements["modality"] == MODALITY) & (measurements["measure"] == "bmd")
    prefix = maker_method("")
    methods = measurements.loc[is_bmd, "method"]
    return sorted({str(method).removeprefix(prefix) for method in methods})
