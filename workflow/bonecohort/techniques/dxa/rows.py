"""Rows of measurements of one site, and means over scans."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from bonecohort.measures.measurement import Measurement
from bonecohort.study.series import MEAN_OF_READERS
from bonecohort.techniques.dxa.names import (
    MODALITY,
    RAW,
    UNITS,
    VENDOR,
    maker_method,
)
from bonecohort.techniques.dxa.sbmd import METHODS, standardized_bmd
from bonecohort.techniques.dxa.scans import ONE_SCAN
from bonecohort.techniques.dxa.scores import t_score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bonecohort.techniques.dxa.names import Measure
    from bonecohort.techniques.dxa.reading import RegionReading
    from bonecohort.techniques.dxa.settings import DxaSettings


def site_rows(
    site: str,
    values: Mapping[Measure, float],
    of: RegionReading,
    scan: str,
    settings: DxaSettings,
) -> Iterator[Measurement]:
    """Yield the rows of one site."""

    def row(measure: str, value: float, method: str) -> Measurement:
        reader = of.reader if scan == ONE_SCAN else scan
        return Measurement(site, MODALITY, measure, value, UNITS[measure], method, reader)

    for measure in RAW:
        if measure in values:
            yield row(measure, values[measure], maker_method(of.maker))
    score = t_score(site, of.maker, values, settings.reference)
    if score:
        yield row("t_score", *score)
    if "z_score" in values:
        yield row("z_score", values["z_score"], VENDOR)
    formula = site.removesuffix("_left").removesuffix("_right")
    standardized = standardized_bmd(formula, of.maker, values["bmd"]) if "bmd" in values else None
    if standardized is not None:
        yield row("sbmd", standardized, METHODS[formula])


def means_of_scans(rows: Sequence[Measurement]) -> Iterator[Measurement]:
    """Yield the mean over the scans of each site, measure and method."""
    result: dict[tuple[str, str, str], list[Measurement]] = {}
    for row in rows:
        result.setdefault((row.site, row.measure, row.method), []).append(row)
    for (site, measure, method), own in result.items():
        mean = fmean(row.value for row in own if row.value is not None)
        yield Measurement(site, MODALITY, measure, mean, own[0].unit, method, MEAN_OF_READERS)
