"""The settings that the results depend on, as the report lists them."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from bonecohort.study.analyses import has_preset, listed
from bonecohort.study.analysis_entries import Table1
from bonecohort.study.settings import default_sections, paper_variables
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.declared import Strict
    from bonecohort.study.settings import Settings

OF_THE_PRESET = ("analysis", "sample_size")
"""Sections that adjust the paper's analyses alone."""


def settings_used(inputs: ReportInputs) -> dict[str, Any]:
    """Return the run's settings.

    A study without the paper's analyses has none of their sections, nor those of techniques that
    it left as they are and that measured nothing, nor the paper's variables that it lacks.
    """
    settings: dict[str, Any] = inputs.run.get("settings") or {}
    analyses = settings.get("analyses")
    if analyses is None or any("preset" in entry for entry in analyses):
        return settings
    measured = set(inputs.frame("tables/measurements.csv").get("modality", ()))
    busy = {technique.section for technique in techniques() if technique.modality in measured}
    idle = {
        section
        for section, parts in default_sections().items()
        if section not in busy and _is_left_as_it_is(settings.get(section, {}), parts)
    }
    used = {key: value for key, value in settings.items() if key not in {*OF_THE_PRESET, *idle}}
    columns = set(inputs.frame("tables/participants.csv"))
    absent = {*paper_variables()} - columns - {*(inputs.run.get("missing_variables") or [])}
    variables = settings.get("variables") or {}
    kept = {name: value for name, value in variables.items() if name not in absent}
    return used | {"variables": kept}


def _is_left_as_it_is(given: dict[str, Any], parts: Sequence[Strict]) -> bool:
    """Whether a section of the run's settings holds nothing but defaults."""
    defaults = {key: value for part in parts for key, value in dataclasses.asdict(part).items()}
    as_kept = json.loads(json.dumps(defaults))
    return all(key in as_kept and as_kept[key] == value for key, value in given.items())


def first_grouping(settings: Settings) -> str:
    """Return what the first table of characteristics compares by; empty where there is none."""
    if has_preset(settings.analyses):
        return settings.analysis.table1_grouping
    of_tables = (analysis.settings for analysis in listed(settings.analyses))
    return next((one.by for one in of_tables if isinstance(one, Table1)), "")
