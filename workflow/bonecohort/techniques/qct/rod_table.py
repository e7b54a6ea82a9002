"""``qct_rods`` as a table: ``rod, density, hu [, sd]``, or Mindways' ``rod, k2hpo4, water, hu``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.annotations.tables.rows import cell_of
from bonecohort.faults import DataFault
from bonecohort.techniques.qct.fitted import Sample
from bonecohort.techniques.qct.rods import calibrate_by_mindways, calibrate_by_rods
from bonecohort.techniques.qct.sample_table import (
    need_columns,
    number_if_given,
    number_of,
    read_sample_table,
    refuse_repeated,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.measures.calibration import Equivalent
    from bonecohort.study.cells import Row, Table
    from bonecohort.techniques.qct.fitted import Fitted
    from bonecohort.techniques.qct.settings import PhantomSettings

CALLED = "The table of rods"
MINERALS: dict[str, Equivalent] = {"k2hpo4": "K2HPO4", "ha": "HA"}
LOWEST_HU, HIGHEST_HU = -1024.0, 3071.0
"""Ends of the range of a CT of 12 bits, at which values are cut off."""


def calibrate_by_table(path: Path, phantom: PhantomSettings, participant_id: str) -> Fitted:
    """Return the calibration by a table of rods.

    Raises
    ------
    DataFault
        The table cannot be read, its mineral is not known, or its rods give no line.
    """
    table = read_sample_table(path, CALLED, participant_id)
    need_columns(table, "rod", "hu")
    columns = [name for name in ("density", *MINERALS) if name in table.columns]
    if len(columns) != 1:
        named = " and ".join(columns) or "none"
        raise DataFault(
            f"{CALLED}: one column of densities is expected: density, k2hpo4 or ha; found: {named}."
        )
    is_mindways = "water" in table.columns
    if columns == ["k2hpo4"] and not is_mindways:
        raise DataFault(
            f"{CALLED} has densities of K2HPO4, and no column water: those of a Mindways phantom "
            "need it. Of rods whose solid is like water, name the column density."
        )
    seen: dict[str, int] = {}
    rods = [_rod(table, row, columns[0], seen) for row in table.rows]
    equivalent = _equivalent("k2hpo4" if is_mindways else columns[0], phantom)
    return calibrate_by_mindways(rods) if is_mindways else calibrate_by_rods(rods, equivalent)


def _rod(table: Table, row: Row, densities: str, seen: dict[str, int]) -> Sample:
    name = refuse_repeated(table, row, "rod", seen)
    hu = number_of(table, row, "hu")
    if not LOWEST_HU < hu < HIGHEST_HU:
        raise DataFault(
            f"{cell_of(table, row, 'hu')}: {hu:g}, which is at the end of a CT's range or beyond. "
            f"HU between {LOWEST_HU:g} and {HIGHEST_HU:g} are expected."
        )
    voxels = number_if_given(table, row, "n")
    return Sample(
        name,
        hu,
        number_if_given(table, row, "sd"),
        None if voxels is None else int(voxels),
        number_of(table, row, densities),
        number_of(table, row, "water") if "water" in table.columns else None,
    )


def _equivalent(column: str, phantom: PhantomSettings) -> Equivalent:
    """Return the mineral: that of the column, else that of the settings."""
    declared = phantom.equivalent
    named = MINERALS.get(column)
    if named and declared and named != declared:
        raise DataFault(
            f"{CALLED} has densities of {named}, and bmd.phantom.equivalent is {declared}; the "
            "same is expected."
        )
    if named:
        return named
    if declared:
        return declared
    raise DataFault(
        f"{CALLED}: nothing says what mineral its densities are of; declare "
        "bmd.phantom.equivalent, HA or K2HPO4."
    )
