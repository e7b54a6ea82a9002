"""Which regions a row of a DXA table has values of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.techniques.dxa.columns import (
    FIRST_REGION,
    NUMBER_OF_REGIONS,
    OfRegion,
)
from bonecohort.techniques.dxa.names import (
    LEVELS,
    MEASURES,
    SPINE,
    SPINE_FROM_L2,
    part_of,
)
from bonecohort.techniques.dxa.regions import (
    FEMUR,
    NOT_USED,
    Region,
    region_of,
    side_of,
)
from bonecohort.techniques.dxa.table import DxaTable, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bonecohort.study.cells import Row
    from bonecohort.techniques.dxa.columns import Meaning

SECOND = 2
"""STARTING_REGION of L2."""


def regions_of(
    dxa: DxaTable, row: Row, unknown: list[str]
) -> Iterator[tuple[Region, dict[str, Meaning]]]:
    """Yield the regions of a row, and what gives each of their measures."""
    if not dxa.is_long:
        yield from _regions_of_columns(dxa, row)
        return
    text = dxa.cell(row, "region")
    region = region_of(text)
    if region is None or region.site == FEMUR:
        unknown.append(f"{dxa.where(row, 'region')}: {text!r}")
        return
    if region.site == NOT_USED:
        return
    side = side_of(dxa.cell(row, "side"))
    if side is None:
        raise DataFault(
            f"{dxa.where(row, 'side')}: {dxa.cell(row, 'side')!r}; left or right is expected."
        )
    if side and region.side and side != region.side:
        raise DataFault(
            f"{dxa.where(row, 'side')}: {side}, but the region is of the {region.side}."
        )
    keys = (*MEASURES, "included")
    own = Region(region.site, side or region.side)
    yield own, {key: key for key in keys if dxa.heading(key)}


def _regions_of_columns(dxa: DxaTable, row: Row) -> Iterator[tuple[Region, dict[str, Meaning]]]:
    found: dict[Region, dict[str, Meaning]] = {}
    for meaning in dxa.meanings.values():
        if isinstance(meaning, OfRegion) and meaning.region.site not in (FEMUR, NOT_USED):
            found.setdefault(meaning.region, {})[meaning.measure] = meaning
    side = side_of(dxa.cell(row, "side")) or ""
    scanned = _scanned_levels(dxa, row, found)
    first = dxa.cell(row, FIRST_REGION)
    begins_below_l1 = (
        "L1" not in scanned
        if scanned
        else bool(first) and number_of(first, dxa.where(row, FIRST_REGION)) == SECOND
    )
    for region, cells in found.items():
        site = region.site
        if site == SPINE and dxa.is_apex and begins_below_l1:
            site = SPINE_FROM_L2
        is_sided = part_of(site) != "spine" and not region.side
        yield Region(site, side if is_sided else region.side), cells


def _scanned_levels(
    dxa: DxaTable, row: Row, found: Mapping[Region, Mapping[str, Meaning]]
) -> tuple[str, ...]:
    """Return the vertebrae of a row that have values; those that it says it has.

    Raises
    ------
    DataFault
        STARTING_REGION and NO_REGIONS tell of others.
    """
    scanned = tuple(
        level
        for level in LEVELS
        if any(
            dxa.cell(row, cells[key]).strip("0.,") if key in cells else ""
            for cells in (found.get(Region(level), {}),)
            for key in ("bmd", "bmc", "area")
        )
    )
    first, number = (dxa.cell(row, key) for key in (FIRST_REGION, NUMBER_OF_REGIONS))
    if not first or not number or not scanned:
        return scanned
    where = dxa.where(row, FIRST_REGION)
    start, count = (number_of(text, where) for text in (first, number))
    told = tuple(f"L{int(start) + step}" for step in range(int(count)))
    if scanned != told:
        raise DataFault(
            f"{where}: STARTING_REGION {first} and NO_REGIONS {number} tell of "
            f"{', '.join(told) or 'no vertebra'}, but there are values of {', '.join(scanned)}."
        )
    return scanned
