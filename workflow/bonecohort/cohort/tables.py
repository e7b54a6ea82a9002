"""The cohort's tables: measurements, vertebrae, endplates, participants, exclusions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bonecohort.measures.endplates import ENDPLATES
from bonecohort.study.series import MEAN_OF_READERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bonecohort.annotations.names import Endplate
    from bonecohort.cohort.collected import Collected
    from bonecohort.study.settings import Settings
    from bonecohort.study.study import Study

HU_COLUMNS = ("hu_upper", "hu_middle", "hu_lower", "hu")
SIZE_COLUMNS = (
    "width_mm", "depth_mm", "body_width_mm", "body_height_mm",
    "standardized_width", "standardized_depth", "cumulative_score",
)  # fmt: skip
ENDPLATE_COLUMNS = (
    "n_defects", "width_mm", "depth_mm",
    "standardized_width", "standardized_depth", "cumulative_score",
)  # fmt: skip
MEASUREMENT_COLUMNS = (
    "participant_id", "site", "modality", "measure", "value", "unit", "method", "reader",
)  # fmt: skip


def cohort_tables(study: Study, collected: Collected) -> dict[str, pd.DataFrame]:
    """Return every table of the cohort by its file's stem."""
    measurements = measurements_table(collected)
    values = analysed_values(measurements)
    vertebrae = vertebrae_table(study, values)
    return {
        "measurements": measurements,
        "vertebrae": vertebrae,
        "endplates": endplates_table(study, values),
        "participants": participants_table(study, vertebrae),
        "exclusions": exclusions_table(study, collected),
        "flags": flags_table(collected),
    }


def measurements_table(collected: Collected) -> pd.DataFrame:
    """Return every measurement, one row each."""
    rows = [{"participant_id": name, **vars(row)} for name, row in collected.measurements]
    return pd.DataFrame(rows, columns=list(MEASUREMENT_COLUMNS))


def analysed_values(measurements: pd.DataFrame) -> pd.DataFrame:
    """Return the value to analyse of every site: measures as columns, indexed by (ID, site).

    Where several readers measured, that is the mean of readers, not one reader's own value.
    """
    measured = [measurements[key] for key in ("participant_id", "site", "modality", "measure")]
    is_mean = measurements["reader"] == MEAN_OF_READERS
    has_mean = is_mean.groupby(measured).transform("any")
    own = measurements[is_mean | ~has_mean]
    return own.pivot(index=["participant_id", "site"], columns="measure", values="value")


def vertebrae_table(study: Study, values: pd.DataFrame) -> pd.DataFrame:
    """Return one row a participant and level; what was not measured is blank."""
    index = pd.MultiIndex.from_product(
        [list(study.included), list(study.settings.levels)], names=["participant_id", "site"]
    )
    columns = [*HU_COLUMNS, *SIZE_COLUMNS, "assessable"]
    table = values.reindex(index=index, columns=columns)
    counts = {
        endplate: _at_endplate(values, index, endplate)["n_defects"] for endplate in ENDPLATES
    }
    table["defect_type"] = _defect_type(table["assessable"], counts)
    threshold = study.settings.hounsfield.low_hu_threshold
    table["low_hu"] = _yes_no(table["hu"], lambda hu: hu <= threshold)
    table = table.reset_index(names=["participant_id", "level"])
    order = ["participant_id", "level", *HU_COLUMNS, "low_hu", "defect_type", *SIZE_COLUMNS]
    return table[order]


def endplates_table(study: Study, values: pd.DataFrame) -> pd.DataFrame:
    """Return one row a participant, level and endplate."""
    levels = pd.MultiIndex.from_product(
        [list(study.included), list(study.settings.levels)], names=["participant_id", "site"]
    )
    parts = []
    for endplate in ENDPLATES:
        part = _at_endplate(values, levels, endplate).reset_index(names=["participant_id", "level"])
        part.insert(2, "endplate", endplate)
        parts.append(part)
    table = pd.concat(parts).reset_index(drop=True)
    position = {name: number for number, name in enumerate(study.included)}
    ranks = table["participant_id"].map(position)
    return (
        table.assign(rank=ranks)
        .sort_values(["rank", "level"], kind="stable")
        .drop(columns="rank")
        .reset_index(drop=True)
    )


def participants_table(study: Study, vertebrae: pd.DataFrame) -> pd.DataFrame:
    """Return one row an included participant: variables, HU per level, defects."""
    settings = study.settings
    names = [name for name in settings.variables if name not in study.missing_variables]
    rows = [
        {"participant_id": name, **{key: study.participants[name].values.get(key) for key in names}}
        for name in study.included
    ]
    table = pd.DataFrame(rows, columns=["participant_id", *names]).set_index("participant_id")
    hu = vertebrae.pivot(index="participant_id", columns="level", values="hu")
    hu = hu.reindex(index=table.index, columns=list(settings.levels))
    for level in settings.levels:
        table[f"hu_{level}"] = hu[level]
    table["total_spine_hu"] = _total_spine_hu(hu, settings)
    limit = settings.hounsfield.osteoporosis_threshold
    table["osteoporosis"] = _yes_no(table["total_spine_hu"], lambda value: value < limit)
    types = vertebrae.pivot(index="participant_id", columns="level", values="defect_type")
    table["endplate_defect"], table["n_defect_vertebrae"] = _defects(types.reindex(table.index))
    return table.reset_index()


def exclusions_table(study: Study, collected: Collected) -> pd.DataFrame:
    """Return who was dropped and which vertebra was not measured, with stage and reason."""
    columns = ["participant_id", "level", "stage", "reason"]
    ineligible = [
        (name, "", "eligibility", who.exclusion_reason)
        for name, who in study.participants.items()
        if not who.include
    ]
    faults = [
        (row.participant_id, row.level, row.stage, row.reason) for row in collected.exclusions
    ]
    position = {name: number for number, name in enumerate(study.participants)}
    rows = sorted([*ineligible, *faults], key=lambda row: (position[row[0]], row[1], row[2]))
    return pd.DataFrame(rows, columns=columns)


def flags_table(collected: Collected) -> pd.DataFrame:
    """Return what deserves a look, one row a flag."""
    rows = [vars(flag) for flag in collected.flags]
    return pd.DataFrame(rows, columns=["participant_id", "level", "stage", "text"])


def _at_endplate(values: pd.DataFrame, levels: pd.MultiIndex, endplate: str) -> pd.DataFrame:
    sites = levels.set_levels([f"{level}.{endplate}" for level in levels.levels[1]], level="site")
    part = values.reindex(index=sites, columns=list(ENDPLATE_COLUMNS))
    part.index = levels
    return part


def _defect_type(assessable: pd.Series, counts: Mapping[Endplate, pd.Series]) -> pd.Series:
    superior, inferior = (counts[endplate] > 0 for endplate in ENDPLATES)
    kind = np.select(
        [assessable.isna(), assessable == 0, superior & inferior, superior, inferior],
        ["", "not_assessable", "bilateral", "superior", "inferior"],
        default="none",
    )
    return pd.Series(kind, index=assessable.index, dtype=object).replace("", None)


def _yes_no(values: pd.Series, test: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Return yes or no by a test, missing where the value is missing."""
    answer = pd.Series(np.where(test(values), "yes", "no"), index=values.index, dtype=object)
    return answer.where(values.notna(), None)


def _total_spine_hu(hu: pd.DataFrame, settings: Settings) -> pd.Series:
    """Return the mean of the levels, missing when too few are measured.

    Rounded to a billionth of a HU, so that a mean that is 110 compares as 110.
    """
    needed = min(settings.hounsfield.min_levels, len(settings.levels))
    mean: pd.Series = hu.mean(axis=1).round(9)
    return mean.where(hu.notna().sum(axis=1) >= needed)


def _defects(types: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return whether a participant has a defect, and the number of defect vertebrae.

    'no' needs every level read: an unread level may hide a defect.
    """
    judged = types.notna() & (types != "not_assessable")
    affected = judged & (types != "none")
    count = affected.sum(axis=1).astype(float).where(judged.any(axis=1))
    answer = pd.Series(
        np.select([affected.any(axis=1), judged.all(axis=1)], ["yes", "no"], default=""),
        index=types.index,
        dtype=object,
    ).replace("", None)
    return answer, count
