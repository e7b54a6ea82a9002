"""Every variable that an analysis may name: by what it is called, and what is known of it.

The study declares columns of participants.tsv. The techniques declare what they measure of a
participant and of a site, and the columns that they derive from it.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from bonecohort.study.settings import Variable
from bonecohort.techniques.declare import SiteMean
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from bonecohort.study.settings import Settings
    from bonecohort.techniques.declare import (
        Derived,
        Measure,
        OfParticipant,
        Per,
        SiteValue,
        SplitText,
        Technique,
    )

NO_YES = ("no", "yes")
SITE = "site"
"""The variable that distinguishes a participant's sites."""


@cache
def derived_variables(per: Per) -> dict[str, Variable]:
    """Return the columns that techniques add to participants.csv, or to vertebrae.csv."""
    return {
        derived.name: Variable(
            derived.label,
            derived.unit,
            type="categorical" if derived.levels else "continuous",
            levels=derived.levels,
            decimals=derived.decimals,
            ratio_units=derived.ratio_units,
            direction=derived.direction,
        )
        for derived in _derived()
        if derived.per == per
    }


@cache
def computed_from() -> dict[str, tuple[str, ...]]:
    """Return what each derived column is computed from."""
    measured = {name: of for technique in techniques() for name, of in technique.computed_from}
    return {
        derived.name: derived.computed_from for derived in _derived() if derived.computed_from
    } | measured


@cache
def split_texts() -> dict[str, SplitText]:
    """Return how texts speak of the groups of derived columns, where it is declared."""
    return {derived.name: derived.split for derived in _derived() if derived.split}


def _derived() -> list[Derived]:
    return [derived for technique in techniques() for derived in technique.derived]


def participant_variables(settings: Settings) -> dict[str, Variable]:
    """Return the variables of participants; the study's own declaration wins."""
    return {
        **derived_variables("participant"),
        **measured_of_participants(settings),
        **settings.variables,
    }


def site_variables(settings: Settings) -> dict[str, Variable]:
    """Return the variables of sites: what was measured there, and which site it is."""
    site = Variable("Site", type="categorical", levels=settings.levels)
    return {**derived_variables("site"), **measured_of_sites(), SITE: site}


def measured_of_participants(settings: Settings) -> dict[str, Variable]:
    """Return what the techniques measure of a participant: means of sites, and values of sites."""
    return _measured_of_participants(
        tuple(technique.variables(settings) for technique in techniques())
    )


@cache
def measures_by_name() -> dict[str, str]:
    """Return the columns of the measures by what an analysis may call them.

    That is the column's own name, and the measure's where no other technique has one of that name.
    """
    columns = [
        (column_name(technique.modality, of.name), of.name)
        for technique in techniques()
        for of in technique.measures
    ]
    alone = {name for name, n in Counter(name for _, name in columns).items() if n == 1}
    short = {name: column for column, name in columns if name in alone}
    return {**short, **{column: column for column, _ in columns}}


def measured_by(settings: Settings) -> dict[str, Technique]:
    """Return the technique of each variable that is measured, of participants and of sites."""
    result: dict[str, Technique] = {}
    for technique in techniques():
        names = [column_name(technique.modality, measure.name) for measure in technique.measures]
        names += [name for mean in technique.variables(settings) for name in mean.columns]
        result |= dict.fromkeys(names, technique)
    return result


def column_name(modality: str, measure: str) -> str:
    """Return the name of a measure's column in sites.csv, and of its variables."""
    return f"{modality.lower()}_{measure}"


@cache
def _measured_of_participants(
    declared: tuple[tuple[OfParticipant, ...], ...],
) -> dict[str, Variable]:
    result: dict[str, Variable] = {}
    for technique, own in zip(techniques(), declared, strict=True):
        measures = {measure.name: measure for measure in technique.measures}
        for one in own:
            result |= (
                _of_mean(one, measures[one.of])
                if isinstance(one, SiteMean)
                else {one.name: _of_site(one, measures[one.of])}
            )
    return result


def _of_mean(mean: SiteMean, measure: Measure) -> dict[str, Variable]:
    """Return the variables of a mean over sites and of its sites."""
    result: dict[str, Variable] = {}
    for name, site in mean.columns.items():
        names_site = name != mean.name or mean.prefix
        result[name] = _variable(
            measure, f"{site} {measure.label}" if names_site else measure.label
        )
    return result


def _of_site(site_value: SiteValue, measure: Measure) -> Variable:
    """Return the variable of one site's value: continuous, or what its values stand for."""
    if site_value.categories:
        return Variable(site_value.label, type="categorical", levels=site_value.levels)
    return _variable(measure, site_value.label)


@cache
def measured_of_sites() -> dict[str, Variable]:
    """Return what the techniques measure at a site."""
    return {
        column_name(technique.modality, measure.name): _variable(measure, measure.label)
        for technique in techniques()
        for measure in technique.measures
    }


def _variable(measure: Measure, label: str) -> Variable:
    return Variable(
        label,
        measure.unit,
        range=measure.range,
        decimals=measure.decimals,
        ratio_units=measure.ratio_units,
        direction=measure.direction,
    )
