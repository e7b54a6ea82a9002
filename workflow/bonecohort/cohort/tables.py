"""The cohort's tables: measurements, vertebrae, endplates, participants, exclusions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.cohort.site_values import (
    add_reasons_not_analysed,
    add_site_means,
    analysed_values,
    mean_columns,
    sites_table,
    values_of,
)
from bonecohort.techniques.registry import technique_module, techniques

if TYPE_CHECKING:
    from bonecohort.cohort.collected import Collected
    from bonecohort.study.study import Study

MEASUREMENT_COLUMNS = (
    "participant_id", "site", "modality", "measure", "value", "unit", "method", "reader",
)  # fmt: skip


def cohort_tables(study: Study, collected: Collected) -> dict[str, pd.DataFrame]:
    """Return every table of the cohort by its file's stem."""
    add_site_means(study, collected)
    measurements = measurements_table(collected)
    add_reasons_not_analysed(measurements, study.settings, collected)
    values = analysed_values(measurements, study.settings)
    index = pd.MultiIndex.from_product(
        [list(study.included), list(study.settings.levels)], names=["participant_id", "site"]
    )
    of_vertebrae: list[pd.DataFrame] = []
    of_participants: list[pd.DataFrame] = []
    further: dict[str, pd.DataFrame] = {}
    for technique in techniques():
        if not technique.tables:
            continue
        module = technique_module(technique.name, technique.tables)
        own = values_of(values, technique.modality)
        of_vertebrae.append(module.vertebra_columns(own, index, study.settings))
        of_participants.append(module.participant_columns(of_vertebrae[-1], study.settings))
        if hasattr(module, "further_tables"):
            further |= module.further_tables(own, index)
    return {
        "measurements": measurements,
        "vertebrae": vertebrae_table(index, of_vertebrae),
        **further,
        "sites": sites_table(study, values),
        "participants": participants_table(study, [*of_participants, mean_columns(study, values)]),
        "exclusions": exclusions_table(study, collected),
        "flags": flags_table(collected),
    }


def measurements_table(collected: Collected) -> pd.DataFrame:
    """Return every measurement, one row each."""
    rows = [{"participant_id": name, **vars(row)} for name, row in collected.measurements]
    return pd.DataFrame(rows, columns=list(MEASUREMENT_COLUMNS))


def vertebrae_table(index: pd.MultiIndex, columns: list[pd.DataFrame]) -> pd.DataFrame:
    """Return one row a participant and level; what was not measured is blank."""
    table = pd.concat([pd.DataFrame(index=index), *columns], axis="columns")
    return table.reset_index(names=["participant_id", "level"])


def participants_table(study: Study, columns: list[pd.DataFrame]) -> pd.DataFrame:
    """Return one row an included participant: variables, then what was measured."""
    names = [name for name in study.settings.variables if name not in study.missing_variables]
    rows = [
        {"participant_id": name, **{key: study.participants[name].values.get(key) for key in names}}
        for name in study.included
    ]
    table = pd.DataFrame(rows, columns=["participant_id", *names]).set_index("participant_id")
    measured = [one.reindex(table.index) for one in columns]
    return pd.concat([table, *measured], axis="columns").reset_index()


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
