"""Hounsfield units against densitometry: who has a T-score at or below the reference cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from bonecohort.study.settings import Settings


@dataclass(frozen=True, eq=False)
class ReferenceStandard:
    """Osteoporosis by the reference standard.

    ``positive`` has the participants' index and holds 1.0, 0.0 or a missing value; ``name``
    describes it (``t_score <= -2.5``); ``warning`` says why nobody has a value.
    """

    name: str
    positive: pd.Series
    warning: str = ""


def reference_standard(participants: pd.DataFrame, settings: Settings) -> ReferenceStandard:
    """Return who is osteoporotic by ``analysis.reference_standard`` and its cut (≤)."""
    column, cut = settings.analysis.reference_standard, settings.analysis.reference_standard_cut
    name = f"{column} <= {cut:g}"
    unknown = pd.Series(float("nan"), index=participants.index)
    if column not in participants:
        return ReferenceStandard(name, unknown, f"not done: the table has no column {column}")
    values = pd.to_numeric(participants[column])
    if values.isna().all():
        return ReferenceStandard(name, unknown, f"not done: {column} has no value")
    return ReferenceStandard(name, (values <= cut).astype(float).mask(values.isna()))
