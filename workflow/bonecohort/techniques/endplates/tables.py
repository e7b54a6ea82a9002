"""Endplate defects in the cohort's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bonecohort.techniques.endplates.defects import ENDPLATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.measures.vertebra.endplate import Endplate
    from bonecohort.study.settings import Settings

NO_DEFECT = "none"
DEFECTS = ("superior", "inferior", "bilateral")
READ = (NO_DEFECT, *DEFECTS)
"""The types of defects of a vertebra that could be read."""
SIZES = {
    "width_mm": ("Summed maximum width of the defects (a), along the endplate", "mm"),
    "depth_mm": ("Summed maximum depth of the defects (b), perpendicular to the endplate", "mm"),
    "body_width_mm": ("Width of the vertebral body (c) on the mid-sagittal slice", "mm"),
    "body_height_mm": ("Height of the vertebral body, (d1 + d2) / 2", "mm"),
    "standardized_width": ("width_mm / body_width_mm; 0 when there is no defect", ""),
    "standardized_depth": ("depth_mm / body_height_mm; 0 when there is no defect", ""),
    "cumulative_score": ("standardized_width + standardized_depth", ""),
}
VERTEBRAE = {
    "defect_type": (
        "none, superior, inferior, bilateral; not_assessable if unreadable; blank if not read",
        "",
    ),
    **SIZES,
}
OF_ENDPLATE = (
    "n_defects", "width_mm", "depth_mm",
    "standardized_width", "standardized_depth", "cumulative_score",
)  # fmt: skip
TABLES = {
    "endplates": {
        "participant_id": ("The study's own ID of the participant", ""),
        "level": ("Vertebral level", ""),
        "endplate": ("superior or inferior", ""),
        "n_defects": ("Number of defects of the endplate", ""),
        **{name: text for name, text in SIZES.items() if not name.startswith("body_")},
    }
}
"""Further tables of the cohort, with the meaning and unit of their columns."""


def vertebra_columns(
    values: pd.DataFrame,
    index: pd.MultiIndex,
    settings: Settings,  # noqa: ARG001
) -> pd.DataFrame:
    """Return the columns of vertebrae.csv, blank where nothing was read.

    Parameters
    ----------
    values
        The technique's analysed values: measures as columns, indexed by participant and site.
    index
        Participants and levels, one a row.
    settings
        The study's.
    """
    table = values.reindex(index=index, columns=["assessable", *SIZES])
    counts = {
        endplate: _at_endplate(values, index, endplate)["n_defects"] for endplate in ENDPLATES
    }
    table["defect_type"] = _defect_type(table["assessable"], counts)
    return table[["defect_type", *SIZES]]


def participant_columns(
    vertebrae: pd.DataFrame,
    settings: Settings,  # noqa: ARG001
) -> pd.DataFrame:
    """Return the columns of participants.csv, indexed by participant.

    Parameters
    ----------
    vertebrae
        :func:`vertebra_columns`.
    settings
        The study's.
    """
    types = vertebrae["defect_type"].unstack("site")
    defect, number = _defects(types)
    return pd.DataFrame({"endplate_defect": defect, "n_defect_vertebrae": number})


def participant_dictionary(_: Settings) -> dict[str, tuple[str, str]]:
    """Return what these columns of participants.csv mean, with their units."""
    return {
        "endplate_defect": (
            (
                "yes when any level has a defect, no when every level was read and none has; blank "
                "otherwise"
            ),
            "",
        ),
        "n_defect_vertebrae": ("Number of levels with a defect, among those read", ""),
    }


def further_tables(values: pd.DataFrame, index: pd.MultiIndex) -> dict[str, pd.DataFrame]:
    """Return endplates.csv: one row a participant, level and endplate."""
    parts = []
    for endplate in ENDPLATES:
        part = _at_endplate(values, index, endplate).reset_index(names=["participant_id", "level"])
        part.insert(2, "endplate", endplate)
        parts.append(part)
    table = pd.concat(parts).reset_index(drop=True)
    ranks = table["participant_id"].map(
        {name: number for number, name in enumerate(index.unique("participant_id"))}
    )
    sorted_table = table.assign(rank=ranks).sort_values(["rank", "level"], kind="stable")
    return {"endplates": sorted_table.drop(columns="rank").reset_index(drop=True)}


def known_vertebrae(vertebrae: pd.DataFrame) -> pd.Series:
    """Return for which rows of vertebrae.csv something is known."""
    return vertebrae["defect_type"].isin(READ)


def complete_participants(participants: pd.DataFrame) -> pd.Series:
    """Return for which rows of participants.csv all is known."""
    return participants["endplate_defect"].notna()


def counts(tables: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Return the numbers that are declared, from the cohort's tables by their names."""
    vertebrae = tables["vertebrae"]
    return {
        "vertebrae_read_endplates": int(known_vertebrae(vertebrae).sum()),
        "defect_vertebrae": int(vertebrae["defect_type"].isin(DEFECTS).sum()),
        "defect_endplates": int((tables["endplates"]["n_defects"] > 0).sum()),
        "participants_with_defect": int((tables["participants"]["endplate_defect"] == "yes").sum()),
    }


def _at_endplate(values: pd.DataFrame, levels: pd.MultiIndex, endplate: str) -> pd.DataFrame:
    sites = levels.set_levels([f"{level}.{endplate}" for level in levels.levels[1]], level="site")
    part = values.reindex(index=sites, columns=list(OF_ENDPLATE))
    part.index = levels
    return part


def _defect_type(assessable: pd.Series, counts: Mapping[Endplate, pd.Series]) -> pd.Series:
    superior, inferior = (counts[endplate] > 0 for endplate in ENDPLATES)
    kind = np.select(
        [assessable.isna(), assessable == 0, superior & inferior, superior, inferior],
        ["", "not_assessable", "bilateral", "superior", "inferior"],
        default=NO_DEFECT,
    )
    return pd.Series(kind, index=assessable.index, dtype=object).replace("", None)


def _defects(types: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return whether a participant has a defect, and the number of defect vertebrae.

    'no' needs every level read: an unread level may hide a defect.
    """
    judged = types.notna() & (types != "not_assessable")
    affected = judged & (types != NO_DEFECT)
    count = affected.sum(axis=1).astype(float).where(judged.any(axis=1))
    answer = pd.Series(
        np.select([affected.any(axis=1), judged.all(axis=1)], ["yes", "no"], default=""),
        index=types.index,
        dtype=object,
    ).replace("", None)
    return answer, count
