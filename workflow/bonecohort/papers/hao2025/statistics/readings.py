"""What each reader measured of vertebrae and endplates, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pandas as pd

from bonecohort.measures.vertebra.endplate import Endplate
from bonecohort.papers.hao2025.statistics.groupings import VERTEBRA
from bonecohort.statistics.agreement.readings import (
    Graded,
    Measured,
    by_reader,
    of_single_readers,
)
from bonecohort.study.catalogue import column_name
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.study.settings import Settings

ENDPLATES: tuple[Endplate, ...] = get_args(Endplate)
HU_MEASURES = ("hu_upper", "hu_middle", "hu_lower", "hu")
BODY_MEASURES = ("body_width_mm", "body_height_mm")
DEFECT_MEASURES = (
    "width_mm", "depth_mm", "standardized_width", "standardized_depth", "cumulative_score",
)  # fmt: skip
SUBJECT, SITE = ("participant_id", "level"), ("participant_id", "site")
OF_THE_PAPER = {
    *(("CT", measure) for measure in HU_MEASURES),
    *(("MR", measure) for measure in (*BODY_MEASURES, *DEFECT_MEASURES, "n_defects", "assessable")),
}
"""Modality and measure of what the paper's readers measured."""


def measured_by_readers(measurements: pd.DataFrame, settings: Settings) -> Iterator[Measured]:
    """Give every measure that any reader measured, in the order it is reported.

    Those of the paper come first, then whatever else several readers measured of a site.
    """
    own = _own(measurements)
    units = dict(zip(own["measure"], own["unit"].fillna(""), strict=True))
    hu = _by_reader(own, "hu")
    for measure in (*HU_MEASURES, *BODY_MEASURES):
        values = _by_reader(own, measure)
        if not values.empty:
            yield Measured(measure, "vertebrae", values, units[measure], site=VERTEBRA)
    total = _total_spine(hu, settings)
    if not total.empty:
        yield Measured("total_spine_hu", "participants", total, units["hu"], site=VERTEBRA)
    affected = _n_affected_endplates(own)
    for measure in DEFECT_MEASURES:
        values = _by_reader(own, measure)
        if not values.empty:
            of_defects = Measured(
                measure, "defect_by_all", values, units[measure], affected, site=VERTEBRA
            )
            yield of_defects
            yield replace(of_defects, among="defect_by_any", affected_by="any")
    yield from _further(measurements, settings)


def graded_by_readers(measurements: pd.DataFrame) -> Iterator[Graded]:
    """Give defect yes/no, its type and the number of affected endplates, by vertebra."""
    own = _own(measurements)
    superior, inferior = (_has_defect(own, endplate) for endplate in ENDPLATES)
    if superior.empty:
        return
    count = superior + inferior
    any_defect = Graded(
        "endplate_defect",
        "vertebrae",
        (count > 0).astype(float).where(count.notna()),
        site=VERTEBRA,
    )
    yield any_defect
    yield replace(any_defect, measure="defect_type", values=superior + 2 * inferior, n_categories=4)
    yield replace(
        any_defect, measure="n_affected_endplates", values=count, n_categories=3, ordered=True
    )


def _n_affected_endplates(own: pd.DataFrame) -> pd.DataFrame:
    """Return each reader's number of endplates with a defect: 0, 1, 2, NaN where not read."""
    superior, inferior = (_has_defect(own, endplate) for endplate in ENDPLATES)
    return superior + inferior


def _by_reader(own: pd.DataFrame, measure: str, endplate: str = "") -> pd.DataFrame:
    """Return one measure of the vertebra, or of one endplate: subjects × readers, in order."""
    return by_reader(own[(own["measure"] == measure) & (own["endplate"] == endplate)], SUBJECT)


def _own(measurements: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of single readers of what the paper measured; sites taken apart."""
    keys = pd.Series(list(zip(measurements["modality"], measurements["measure"], strict=True)))
    own = of_single_readers(measurements[keys.isin(OF_THE_PAPER).to_numpy(dtype=bool)])
    parts = own["site"].str.extract(r"^([^.]*)\.?(.*)$")
    return own.assign(level=parts[0], endplate=parts[1])


def _further(measurements: pd.DataFrame, settings: Settings) -> Iterator[Measured]:
    """Give what several readers measured of sites beyond what the paper did, as declared."""
    own = of_single_readers(measurements)
    for technique in techniques():
        means = {one.site for one in technique.variables(settings) if one.is_of_several}
        for measure in technique.measures:
            if (technique.modality, measure.name) in OF_THE_PAPER:
                continue
            is_of = (own["modality"] == technique.modality) & (own["measure"] == measure.name)
            rows = own[is_of & ~own["site"].isin(means)].drop_duplicates([*SITE, "reader"])
            if len(set(rows["reader"])) > 1:
                name = column_name(technique.modality, measure.name)
                yield Measured(name, technique.sites.plural, by_reader(rows, SITE), measure.unit)


def _has_defect(own: pd.DataFrame, endplate: str) -> pd.DataFrame:
    counts = _by_reader(own, "n_defects", endplate)
    return (counts > 0).astype(float).where(counts.notna())


def _total_spine(hu: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return each reader's mean HU of a participant's levels, where enough were measured."""
    of_study = hu[hu.index.get_level_values("level").isin(settings.levels)]
    participants = of_study.groupby(level="participant_id", sort=False)
    enough = participants.count() >= settings.of(HounsfieldSettings).min_levels
    return participants.mean().where(enough).dropna(how="all")
