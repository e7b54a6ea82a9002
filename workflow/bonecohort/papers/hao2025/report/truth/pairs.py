"""Measured values beside the true ones, of the paper's measures and of every technique's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.techniques.declare import Measure
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Iterable


OF_VERTEBRAE = {
    "hu": Measure("hu", "Vertebral HU", "HU"),
    "width_mm": Measure("width_mm", "Defect width", "mm"),
    "depth_mm": Measure("depth_mm", "Defect depth", "mm"),
}
"""Measures of vertebrae.csv."""
ZERO_IS_NONE = ("width_mm", "depth_mm")
"""Measures whose 0 means no defect."""
KEYS = ["participant_id", "level", "measure"]


def truth_pairs(vertebrae: pd.DataFrame, sites: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return one row a true value: ``participant_id, level, measure, true, measured, difference``.

    A true value that was not measured keeps a blank. Vertebrae without a defect, in truth and as
    measured, are left out of width and depth: their zeros agree by definition.

    Parameters
    ----------
    vertebrae, sites
        The tables vertebrae.csv and sites.csv.
    truth
        ``participant_id, level, measure, value``. A level may be any site. A measure is one of
        ``OF_VERTEBRAE``, a column of ``sites``, or a technique's measure where only one technique
        has it, and vertebrae.csv has none of its name. Other rows are left out.
    """
    known = [name for name in measures_of_sites() if name in sites.columns]
    columns = _columns_of_bare_names(known).items()
    own = {name: column for name, column in columns if name not in vertebrae.columns}
    wanted = truth.rename(columns={"value": "true"})[[*KEYS, "true"]]
    wanted["measure"] = wanted["measure"].map(lambda name: own.get(name, name))
    wanted = wanted[wanted["measure"].isin([*OF_VERTEBRAE, *known])]
    measured = pd.concat(
        [_long(vertebrae, "level", OF_VERTEBRAE), _long(sites, "site", known)], ignore_index=True
    )
    pairs = wanted.merge(measured, on=KEYS, how="left", validate="one_to_one")
    no_defect = (
        pairs["measure"].isin(ZERO_IS_NONE)
        & (pairs["true"] == 0)
        & (pairs["measured"].fillna(0) == 0)
    )
    pairs = pairs.loc[~no_defect].reset_index(drop=True)
    pairs["difference"] = pairs["measured"] - pairs["true"]
    return pairs


def measures_of_sites() -> dict[str, Measure]:
    """Return what the techniques measure, by the columns of sites.csv."""
    return {
        f"{technique.modality}_{measure.name}": measure
        for technique in techniques()
        for measure in technique.measures
    }


def _columns_of_bare_names(columns: Iterable[str]) -> dict[str, str]:
    """Return the columns of measures by the measures' names, where only one has the name."""
    known = measures_of_sites()
    times = Counter(measure.name for measure in known.values())
    return {known[column].name: column for column in columns if times[known[column].name] == 1}


def _long(table: pd.DataFrame, place: str, measures: Iterable[str]) -> pd.DataFrame:
    """Return a row a participant, site and measure."""
    long = table.melt(
        id_vars=["participant_id", place],
        value_vars=list(measures),
        var_name="measure",
        value_name="measured",
    )
    return long.rename(columns={place: "level"})
