"""A reference standard: who has the disease by another measurement."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class ReferenceStandard:
    """Who has the disease by the reference standard.

    ``positive`` has the participants' index and holds 1.0, 0.0 or a missing value; ``name``
    describes it (``t_score <= -2.5``, ``fracture = yes``); ``warning`` says why nobody has a
    value.
    """

    name: str
    positive: pd.Series
    warning: str = ""


def at_or_below(participants: pd.DataFrame, column: str, cut: float) -> ReferenceStandard:
    """Return who has a value of ``column`` at or below ``cut``."""
    name = f"{column} <= {cut:g}"
    reason = _why_unknown(participants, column)
    if reason:
        return _unknown(participants, name, reason)
    values = pd.to_numeric(participants[column])
    return ReferenceStandard(name, (values <= cut).astype(float).mask(values.isna()))


def of_category(
    participants: pd.DataFrame, column: str, levels: tuple[str, ...]
) -> ReferenceStandard:
    """Return who has the last of a categorical variable's two ``levels``, of those with either."""
    name = f"{column} = {levels[-1]}"
    reason = _why_unknown(participants, column)
    if not reason and len(levels) != 2:
        reason = f"not done: {column} has {len(levels)} categories, not two"
    if reason:
        return _unknown(participants, name, reason)
    values = participants[column]
    return ReferenceStandard(name, (values == levels[-1]).astype(float).where(values.isin(levels)))


def _why_unknown(participants: pd.DataFrame, column: str) -> str:
    if column not in participants:
        return f"not done: the table has no column {column}"
    return f"not done: {column} has no value" if participants[column].isna().all() else ""


def _unknown(participants: pd.DataFrame, name: str, reason: str) -> ReferenceStandard:
    return ReferenceStandard(name, pd.Series(float("nan"), index=participants.index), reason)
