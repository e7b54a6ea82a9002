"""Every variable that an analysis may name: by what it is called, and what is known of it.

The study declares columns of participants.tsv, the techniques what they measure of a participant
and of a site; the columns of vertebrae.csv and participants.csv of Hao et al. 2025 stand beside
them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bonecohort.study.settings import LUMBAR_LEVELS, Variable
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from bonecohort.study.settings import Settings
    from bonecohort.techniques.declare import Measure, SiteMean, Technique

NO_YES = ("no", "yes")
SITE = "site"
"""The variable that tells a participant's sites apart."""
DERIVED_OF_PARTICIPANTS: dict[str, Variable] = {
    "total_spine_hu": Variable("Total spine HU", "HU", decimals=2, direction="lower is worse"),
    **{
        f"hu_{level}": Variable(f"{level} HU", "HU", decimals=2, direction="lower is worse")
        for level in LUMBAR_LEVELS
    },
    "osteoporosis": Variable("Osteoporosis", type="categorical", levels=NO_YES),
    "endplate_defect": Variable("Endplate defect", type="categorical", levels=NO_YES),
    "n_defect_vertebrae": Variable("Vertebrae with a defect", direction="higher is worse"),
}
DERIVED_OF_VERTEBRAE: dict[str, Variable] = {
    "hu": Variable("Vertebra HU", "HU", decimals=2, direction="lower is worse"),
    "low_hu": Variable("Low HU", type="categorical", levels=NO_YES),
    "width_mm": Variable("Maximum width", "mm"),
    "depth_mm": Variable("Maximum depth", "mm"),
    "body_width_mm": Variable("Vertebral body width", "mm"),
    "body_height_mm": Variable("Vertebral body height", "mm"),
    "standardized_width": Variable("Standardized width", decimals=2),
    "standardized_depth": Variable("Standardized depth", decimals=2),
    "cumulative_score": Variable("Cumulative defect score", decimals=2),
}
"""What the cohort's tables hold beside the declared ones; decimals as the paper prints."""


def participant_variables(settings: Settings) -> dict[str, Variable]:
    """Return the variables of participants; the study's own declaration wins."""
    return {**DERIVED_OF_PARTICIPANTS, **measured_of_participants(settings), **settings.variables}


def site_variables(settings: Settings) -> dict[str, Variable]:
    """Return the variables of sites: what was measured there, and which site it is."""
    site = Variable("Site", type="categorical", levels=settings.levels)
    return {**DERIVED_OF_VERTEBRAE, **measured_of_sites(), SITE: site}


def measured_of_participants(settings: Settings) -> dict[str, Variable]:
    """Return what the techniques tell of a participant: means of sites, and each site's value."""
    return _measured_of_participants(tuple(one.variables(settings) for one in techniques()))


def measured_by(settings: Settings) -> dict[str, Technique]:
    """Return the technique of each variable that is measured, of participants and of sites."""
    found: dict[str, Technique] = {}
    for technique in techniques():
        means = technique.variables(settings)
        names = [column_name(technique.modality, measure.name) for measure in technique.measures]
        names += [f"{mean.name}_{site}" for mean in means for site in mean.sites]
        found |= dict.fromkeys([*names, *(mean.name for mean in means)], technique)
    return found


def column_name(modality: str, measure: str) -> str:
    """Return the name of a measure's column in sites.csv, and of its variables."""
    return f"{modality.lower()}_{measure}"


@cache
def _measured_of_participants(means: tuple[tuple[SiteMean, ...], ...]) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for technique, own in zip(techniques(), means, strict=True):
        measures = {measure.name: measure for measure in technique.measures}
        for mean in own:
            measure = measures[mean.of]
            found[mean.name] = _variable(measure, measure.label)
            for site in mean.sites:
                found[f"{mean.name}_{site}"] = _variable(measure, f"{site} {measure.label}")
    return found


@cache
def measured_of_sites() -> dict[str, Variable]:
    """Return what the techniques measure at a site."""
    return {
        column_name(one.modality, measure.name): _variable(measure, measure.label)
        for one in techniques()
        for measure in one.measures
    }


def _variable(measure: Measure, label: str) -> Variable:
    return Variable(
        label,
        measure.unit,
        range=measure.range,
        decimals=measure.decimals,
        direction=measure.direction,
    )
