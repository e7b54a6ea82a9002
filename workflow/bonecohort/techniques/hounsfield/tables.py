"""Hounsfield units in the cohort's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cohort.columns import yes_no
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from bonecohort.study.settings import Settings

HU_COLUMNS = ("hu_upper", "hu_middle", "hu_lower", "hu")
VERTEBRAE = {
    "hu_upper": ("Mean HU of the upper plane", "HU"),
    "hu_middle": ("Mean HU of the middle plane", "HU"),
    "hu_lower": ("Mean HU of the lower plane", "HU"),
    "hu": ("Mean of the three planes", "HU"),
    "low_hu": ("hu at or below hounsfield.low_hu_threshold (yes/no)", ""),
}


def vertebra_columns(
    values: pd.DataFrame, index: pd.MultiIndex, settings: Settings
) -> pd.DataFrame:
    """Return the columns of vertebrae.csv, blank where nothing was measured.

    Parameters
    ----------
    values
        The technique's analysed values: measures as columns, indexed by participant and site.
    index
        Participants and levels, one a row.
    settings
        The study's.
    """
    table = values.reindex(index=index, columns=list(HU_COLUMNS))
    threshold = settings.of(HounsfieldSettings).low_hu_threshold
    table["low_hu"] = yes_no(table["hu"], lambda hu: hu <= threshold)
    return table


def participant_columns(vertebrae: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the columns of participants.csv, indexed by participant.

    Parameters
    ----------
    vertebrae
        :func:`vertebra_columns`.
    settings
        The study's.
    """
    levels = list(settings.levels)
    hu = vertebrae["hu"].unstack("site").reindex(columns=levels)
    table = hu.add_prefix("hu_")
    table["total_spine_hu"] = _total_spine_hu(hu, settings)
    limit = settings.of(HounsfieldSettings).osteoporosis_threshold
    table["osteoporosis"] = yes_no(table["total_spine_hu"], lambda value: value < limit)
    return table


def participant_dictionary(settings: Settings) -> dict[str, tuple[str, str]]:
    """Return what these columns of participants.csv mean, with their units."""
    limit = settings.of(HounsfieldSettings).osteoporosis_threshold
    levels = {f"hu_{one}": (f"HU of {one}, mean of its three planes", "HU") for one in
              settings.levels}  # fmt: skip
    return levels | {
        "total_spine_hu": ("Mean HU of the study's levels", "HU"),
        "osteoporosis": (f"total_spine_hu below {limit:g} HU (yes/no)", ""),
    }


def known_vertebrae(vertebrae: pd.DataFrame) -> pd.Series:
    """Return for which rows of vertebrae.csv something is known."""
    return vertebrae["hu"].notna()


def complete_participants(participants: pd.DataFrame) -> pd.Series:
    """Return for which rows of participants.csv all is known."""
    return participants["total_spine_hu"].notna()


def counts(tables: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Return the numbers that are declared, from the cohort's tables by their names."""
    return {"vertebrae_measured_hu": int(known_vertebrae(tables["vertebrae"]).sum())}


def run_facts(tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, int]]:
    """Return what run.json holds beside the counts: how many vertebrae each method measured."""
    rows = tables["measurements"]
    own = rows[rows["measure"] == "hu"].drop_duplicates(["participant_id", "site", "method"])
    result = own["method"].value_counts().sort_index()
    return {"hu_methods": {str(method): int(number) for method, number in result.items()}}


def _total_spine_hu(hu: pd.DataFrame, settings: Settings) -> pd.Series:
    """Return the mean of the levels, missing when too few are measured.

    Rounded to a billionth of a HU, so that a mean that is 110 compares as 110.
    """
    needed = min(settings.of(HounsfieldSettings).min_levels, len(settings.levels))
    mean: pd.Series = hu.mean(axis=1).round(9)
    return mean.where(hu.notna().sum(axis=1) >= needed)
