"""Which regions a row of a DXA table has values of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.study.cells import shown
from bonecohort.techniques.dxa.columns import (
    FIRST_REGION,
    NUMBER_OF_REGIONS,
    OfRegion,
)
from bonecohort.techniques.dxa.names import (
    LEVELS,
    MEASURES,
    RAW,
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
from bonecohort.techniques.dxa.table import NO, DxaTable, number_of, plain_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bonecohort.study.cells import Row
    from bonecohort.techniques.dxa.columns import Meaning
    from bonecohort.techniques.dxa.names import Side


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
        unknown.append(f"{dxa.where(row, 'region')}: {shown(text)}")
        return
    if region.site == NOT_USED:
        return
    side = _side(dxa, row)
    if side and region.side and side != region.side:
        raise DataFault(
            f"{dxa.where(row, 'side')}: {side}, but the region is of the {region.side}."
        )
    keys = (*MEASURES, "included")
    own = Region(region.site, side or region.side)
    yield own, {key: key for key in keys if dxa.heading(key)}


def _regions_of_columns(dxa: DxaTable, row: Row) -> Iterator[tuple[Region, dict[str, Meaning]]]:
    result: dict[Region, dict[str, Meaning]] = {}
    for meaning in dxa.meanings.values():
        if isinstance(meaning, OfRegion) and meaning.region.site not in (FEMUR, NOT_USED):
            result.setdefault(meaning.region, {})[meaning.measure] = meaning
    side = _side(dxa, row)
    begins_below_l1 = dxa.is_apex and _begins_below_l1(dxa, row, result)
    for region, cells in result.items():
        site = SPINE_FROM_L2 if region.site == SPINE and begins_below_l1 else region.site
        is_sided = part_of(site) != "spine" and not region.side
        yield Region(site, side if is_sided else region.side), cells


def _side(dxa: DxaTable, row: Row) -> Side:
    """Return the side that a row's own column names; '' for none."""
    text = dxa.cell(row, "side")
    side = side_of(text)
    if side is None:
        raise DataFault(f"{dxa.where(row, 'side')}: {shown(text)}; left or right is expected.")
    return side


def _begins_below_l1(
    dxa: DxaTable, row: Row, result: Mapping[Region, Mapping[str, Meaning]]
) -> bool:
    """Return whether a scan begins with L2 or below, by STARTING_REGION or else by its values.

    Raises
    ------
    DataFault
        STARTING_REGION and NO_REGIONS name other vertebrae than there are values of.
    """
    cells_of = {level: result.get(Region(level), {}) for level in LEVELS}
    scanned = [level for level in LEVELS if _has_value(dxa, row, cells_of[level])]
    first, number = (dxa.cell(row, key) for key in (FIRST_REGION, NUMBER_OF_REGIONS))
    if not first:
        return bool(scanned) and "L1" not in scanned
    where = dxa.where(row, FIRST_REGION)
    start = _small_number(first, where)
    if number and scanned:
        levels = LEVELS[start - 1 : start - 1 + _small_number(number, where)]
        expected = [
            level
            for level in levels
            if level in scanned or not _is_marked_out(dxa, row, cells_of[level])
        ]
        if scanned != expected:
            raise DataFault(
                f"{where}: STARTING_REGION {first} and NO_REGIONS {number} name "
                f"{', '.join(levels)}, but there are values of {', '.join(scanned)}."
            )
    return start > 1


def _has_value(dxa: DxaTable, row: Row, cells: Mapping[str, Meaning]) -> bool:
    """Return whether a region has a BMD, BMC or area other than 0."""
    texts = (dxa.cell(row, cells[key]) for key in RAW if key in cells)
    return any(text.strip("0.,") for text in texts)


def _is_marked_out(dxa: DxaTable, row: Row, cells: Mapping[str, Meaning]) -> bool:
    """Return whether a vertebra is marked as not included."""
    return "included" in cells and plain_word(dxa.cell(row, cells["included"])) in NO


def _small_number(text: str, where: str) -> int:
    """Return a number of vertebrae, or of one of them: 1 to 4."""
    number = number_of(text, where)
    if number not in range(1, len(LEVELS) + 1):
        raise DataFault(f"{where}: {shown(text)}; 1 to {len(LEVELS)} is expected.")
    return int(number)
