"""What is analysed of the measurements: one value of each measure of a site, and their means.

A value is known by participant, site, modality, measure, method and reader. Of several readers the
mean is analysed. Of several methods, those are analysed that their technique lets stand together.
Where one site still has several, the first is analysed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.measures.measurement import Measurement
from bonecohort.study.catalogue import column_name, measured_of_sites
from bonecohort.study.job_table import is_used
from bonecohort.study.series import MEAN_OF_READERS
from bonecohort.techniques.declare import SiteMean
from bonecohort.techniques.registry import technique_module, techniques

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bonecohort.cohort.collected import Collected
    from bonecohort.study.settings import Settings
    from bonecohort.study.study import Study
    from bonecohort.techniques.declare import Measure, SiteValue

OF_VALUE = ["participant_id", "site", "modality", "measure"]


def add_site_means(study: Study, collected: Collected) -> None:
    """Add the means over sites that the techniques declare, of every method and reader."""
    by_participant: dict[str, list[Measurement]] = {}
    for participant_id, row in collected.measurements:
        by_participant.setdefault(participant_id, []).append(row)
    for participant_id in study.included:
        rows = by_participant.get(participant_id, [])
        for technique in techniques():
            means = {
                (one.of, one.site): one
                for one in technique.variables(study.settings)
                if isinstance(one, SiteMean)
            }
            for variable in means.values():
                collected.add(participant_id, site_means(rows, technique.modality, variable))


def site_means(
    rows: Iterable[Measurement], modality: str, variable: SiteMean
) -> Iterator[Measurement]:
    """Yield the mean over sites of each method and reader that has values of enough of them.

    Parameters
    ----------
    rows
        One participant's.
    modality
        Of the technique that declares the mean.
    variable
        The mean: the arithmetic mean of its sites' values.
    """
    result: dict[tuple[str, str], list[Measurement]] = {}
    for row in rows:
        is_of = (row.modality, row.measure) == (modality, variable.of)
        if is_of and row.site in variable.sites and row.value is not None:
            result.setdefault((row.method, row.reader), []).append(row)
    for (method, reader), own in result.items():
        if len(own) >= variable.least:
            mean = sum(row.value for row in own if row.value is not None) / len(own)
            yield Measurement(
                variable.site, modality, variable.of, mean, own[0].unit, method, reader
            )


def analysed_values(measurements: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the value to analyse of every site: (modality, measure) as columns, by (ID, site)."""
    left_out = pd.Series(data=False, index=measurements.index)
    for technique in techniques():
        if technique.pooling:
            module = technique_module(technique.name, technique.pooling)
            left_out |= module.not_analysed(measurements, settings)
    rows = measurements[~left_out]
    is_mean = rows["reader"] == MEAN_OF_READERS
    has_mean = is_mean.groupby([rows[key] for key in OF_VALUE]).transform("any")
    own = rows[is_mean | ~has_mean].drop_duplicates(OF_VALUE)
    return own.pivot(
        index=["participant_id", "site"], columns=["modality", "measure"], values="value"
    )


def add_reasons_not_analysed(
    measurements: pd.DataFrame, settings: Settings, collected: Collected
) -> None:
    """Exclude what a technique does not let stand together, where it says why."""
    for technique in techniques():
        module = technique_module(technique.name, technique.pooling) if technique.pooling else None
        for participant_id, reason in getattr(module, "reasons", _none)(measurements, settings):
            collected.exclude(participant_id, "", technique.name, reason)


def _none(*_: object) -> tuple[tuple[str, str], ...]:
    return ()


def values_of(values: pd.DataFrame, modality: str) -> pd.DataFrame:
    """Return the analysed values of one modality: measures as columns."""
    if modality not in values.columns.get_level_values("modality"):
        return pd.DataFrame(index=values.index)
    own = values.loc[:, values.columns.get_level_values("modality") == modality]
    return own.droplevel("modality", axis="columns")


def sites_table(study: Study, values: pd.DataFrame) -> pd.DataFrame:
    """Return one row a participant and site with a value, and a column a measure.

    Sites are in the order in which they occur in the alphabet, participants in the study's.
    """
    order = {name: place for place, name in enumerate(study.included)}
    named = values.set_axis([column_name(*one) for one in values.columns], axis="columns")
    declared = [name for name in measured_of_sites() if name in named]
    others = [name for name in named if name not in declared]
    table = named[declared + others].reset_index()
    ranks = table["participant_id"].map(order)
    ordered = table.assign(rank=ranks).sort_values(["rank", "site"], kind="stable")
    return ordered.drop(columns="rank").reset_index(drop=True)


def mean_columns(study: Study, values: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of participants.csv that hold means over sites, and values of sites.

    Only techniques of which somebody has files have columns. A value of a single site has one
    where somebody has a value, if it is not a site of a mean.
    """
    index = pd.Index(list(study.included), name="participant_id")
    result: dict[str, pd.Series] = {}
    for technique in techniques():
        if not is_used(study, technique):
            continue
        own = values_of(values, technique.modality)
        for variable in technique.variables(study.settings):
            for name, site in variable.columns.items():
                column = _at_site(own, variable.of, site).reindex(index)
                if isinstance(variable, SiteMean):
                    result[name] = column
                elif column.notna().any():
                    result[name] = _categories(variable, column)
    return pd.DataFrame(result, index=index)


def _categories(variable: SiteValue, column: pd.Series) -> pd.Series:
    """Return what the values of a column stand for; the values where they stand for nothing."""
    return column.map(dict(variable.categories)) if variable.categories else column


def mean_dictionary(settings: Settings) -> dict[str, tuple[str, str]]:
    """Return what these columns mean, with their units."""
    result: dict[str, tuple[str, str]] = {}
    for technique in techniques():
        for variable in technique.variables(settings):
            measure = _measure(technique.measures, variable.of)
            if not isinstance(variable, SiteMean):
                unit = "" if variable.categories else measure.unit
                result[variable.name] = (_value_words(variable), unit)
                continue
            for name, site in variable.columns.items():
                where = (
                    f"mean of {site}, at least {variable.least} measured"
                    if site == variable.site
                    else site
                )
                result[name] = (f"{measure.label} of {where}", measure.unit)
    return result


def sites_dictionary() -> dict[str, tuple[str, str]]:
    """Return what the columns of sites.csv mean, with their units."""
    return {name: (measure.label, measure.unit) for name, measure in measured_of_sites().items()}


def _value_words(variable: SiteValue) -> str:
    """Return what a site's value is, for the dictionary."""
    levels = f": {', '.join(variable.levels)}" if variable.levels else ""
    return f"{variable.label}{levels}"


def _measure(measures: Sequence[Measure], name: str) -> Measure:
    return next(measure for measure in measures if measure.name == name)


def _at_site(values: pd.DataFrame, measure: str, site: str) -> pd.Series:
    """Return a measure of one site, by participant."""
    if measure not in values.columns:
        return pd.Series(dtype=float)
    at = values.index.get_level_values("site") == site
    return values.loc[at, measure].droplevel("site")
