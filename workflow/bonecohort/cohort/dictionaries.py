"""Data dictionaries: what every column of every table means, beside the table as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cohort.site_values import mean_dictionary, sites_dictionary
from bonecohort.study.job_table import is_used
from bonecohort.techniques.registry import tables_modules, techniques

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.study import Study

_COMMON = {
    "participant_id": ("The study's own ID of the participant", ""),
    "level": ("Vertebral level", ""),
}
_FIXED: dict[str, dict[str, tuple[str, str]]] = {
    "measurements": {
        **_COMMON,
        "site": ("Level, or endplate of a level (L3.superior)", ""),
        "measure": ("What was measured", ""),
        "value": ("The value, in the unit given", ""),
        "unit": ("Unit of the value", ""),
        "method": ("How the value was obtained", ""),
        "reader": ("Who measured; 'mean' is the mean of several readers", ""),
    },
    "exclusions": {
        **_COMMON,
        "level": ("Vertebral level; blank when the whole participant or scan is meant", ""),
        "reason": ("Why, and what would be right", ""),
    },
    "flags": {
        **_COMMON,
        "stage": ("Where it was found", ""),
        "text": ("What deserves a look", ""),
    },
}


def data_dictionary(table: str, columns: Iterable[str], study: Study) -> dict[str, dict[str, str]]:
    """Return description and unit of every column of a table.

    Raises
    ------
    KeyError
        When a column has no description: every column a table has must have one.
    """
    known = _columns_of(table, study)
    return {
        column: {"description": known[column][0], "unit": known[column][1]} for column in columns
    }


def _columns_of(table: str, study: Study) -> dict[str, tuple[str, str]]:
    settings = study.settings
    known = dict(_FIXED.get(table, _COMMON))
    measuring = [
        technique for technique in techniques() if technique.measures and is_used(study, technique)
    ]
    if table == "measurements":
        modalities = dict.fromkeys(technique.modality for technique in measuring)
        known["modality"] = (" or ".join(modalities) or "What it was measured by", "")
    elif table == "exclusions":
        stages = ", ".join(
            ["eligibility", "conversion", *(technique.name for technique in measuring)]
        )
        known["stage"] = (f"Where it was found: {stages}", "")
    if table == "participants":
        for name, variable in settings.variables.items():
            known[name] = (variable.label or name, variable.unit)
        known |= mean_dictionary(settings)
    elif table == "sites":
        known |= {"site": ("Level, part of a level (L3.superior) or levels (L1-L4)", "")}
        known |= sites_dictionary()
    for module in tables_modules():
        if table == "participants":
            known |= module.participant_dictionary(settings)
        elif table == "vertebrae":
            known |= module.VERTEBRAE
        known |= getattr(module, "TABLES", {}).get(table, {})
    return known
