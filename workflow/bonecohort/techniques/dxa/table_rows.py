"""The rows of one participant in a DXA table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.annotations.tables.rows import refuse_merged, refuse_misaligned
from bonecohort.faults import DataFault
from bonecohort.measures.dates import iso_date
from bonecohort.study.cells import shown
from bonecohort.techniques.dxa import nhanes
from bonecohort.techniques.dxa.faults import SiteFault
from bonecohort.techniques.dxa.makers import maker_of
from bonecohort.techniques.dxa.names import (
    LEVELS,
    MEASURES,
    RAW,
    part_of,
)
from bonecohort.techniques.dxa.other_scans import refuse_plain, scan_beside
from bonecohort.techniques.dxa.reading import Read, RegionReading, check_values
from bonecohort.techniques.dxa.table import NO, DxaTable, number_of, plain_word
from bonecohort.techniques.dxa.table_regions import regions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.study.cells import Row
    from bonecohort.techniques.dxa.columns import Meaning
    from bonecohort.techniques.dxa.names import Measure
    from bonecohort.techniques.dxa.regions import (
        Region,
    )

YES = ("yes", "y", "1", "-1", "true", "x", "ja", "j", "是", "included")
VALID = ("", "1", "valid", "ok", "final", "yes")
SAS_ZERO = 1e-70
"""A 0 of a SAS transport file may be read as 5.4e-79."""
AGAINST = ("fracture", "artefact", "surgery")
"""Columns of which a yes leaves the region out."""


def read_rows(dxa: DxaTable, rows: Iterable[Row], reader: str) -> Read:
    """Return what the rows of one participant say."""
    result = Read([], [], [])
    own = list(rows)
    beside = scan_beside(dxa.cell(row, "region") for row in own)
    for row in own:
        try:
            refuse_misaligned(row)
            refuse_plain(dxa.cell(row, "region"), beside, _where(dxa, row, "region"))
            scan = iso_date(dxa.cell(row, "scan_date"), _where(dxa, row, "scan_date"))
            maker = _maker(dxa, row)
            regions = list(regions_of(dxa, row, result.unknown))
        except DataFault as fault:
            result.faults.append(SiteFault("", fault.reason))
            continue
        unclear = _unclear(dxa, row, regions)
        if unclear:
            result.faults.append(unclear)
        for region, cells in regions:
            try:
                reading = _reading(dxa, row, region, cells, (maker, scan, reader))
            except DataFault as fault:
                result.faults.append(SiteFault(region.site, fault.reason))
                continue
            if reading:
                result.readings.append(reading)
    return result


def _unclear(
    dxa: DxaTable, row: Row, regions: Iterable[tuple[Region, Mapping[str, Meaning]]]
) -> SiteFault | None:
    """Return why columns that may be of another scan are not read; None where the spine is."""
    texts = [heading for heading in dxa.unclear if dxa.text(row, heading)]
    has_spine = any(
        part_of(region.site) == "spine" and any(dxa.cell(row, one) for one in cells.values())
        for region, cells in regions
    )
    if dxa.is_long or not texts or has_spine:
        return None
    return SiteFault(
        "",
        f"{dxa.table.path}, row {row.number}: {', '.join(map(shown, texts))} may be of the "
        f"{dxa.unclear[texts[0]]}, which the file has columns of; name the columns L1-L4 and Total "
        "hip, or map them in bmd.columns.",
    )


def _reading(
    dxa: DxaTable,
    row: Row,
    region: Region,
    cells: Mapping[str, Meaning],
    of: tuple[str, str, str],
) -> RegionReading | None:
    """Return one region's reading; None where the row has no value of it."""
    where = f"{dxa.table.path}, row {row.number}, {region.site}"
    values: dict[Measure, float] = {}
    for measure in MEASURES:
        meaning = cells.get(measure)
        if meaning is not None and dxa.cell(row, meaning):
            refuse_merged(dxa.table, row, [dxa.heading(meaning)])
            values[measure] = number_of(dxa.cell(row, meaning), dxa.where(row, meaning))
    if dxa.is_apex and not any(values.get(raw) for raw in RAW):
        values = {key: value for key, value in values.items() if key not in RAW}  # not scanned
    if not values:
        return None
    _refuse_invalid(dxa, row, region, cells)
    is_included = _is_included(dxa, row, region, cells)
    check_values(values, where)
    maker, scan, reader = of
    return RegionReading(region.site, region.side, values, where, maker, scan, is_included, reader)


def _is_included(dxa: DxaTable, row: Row, region: Region, cells: Mapping[str, Meaning]) -> bool:
    """Return whether a vertebra counts; a fault where another region is marked as not valid."""
    included = True
    if "included" in cells:
        meaning = cells["included"]
        included = _yes(dxa.cell(row, meaning), default=True, where=dxa.where(row, meaning))
    if dxa.is_long:
        for key in AGAINST:
            if dxa.heading(key):
                included &= not _yes(dxa.cell(row, key), default=False, where=dxa.where(row, key))
    if not included and region.site not in LEVELS:
        raise DataFault(
            f"{dxa.table.path}, row {row.number}: {region.site} is marked as not valid; it was "
            "left out."
        )
    return included


def _refuse_invalid(dxa: DxaTable, row: Row, region: Region, cells: Mapping[str, Meaning]) -> None:
    columns: list[Meaning] = ["status"]
    columns += [one for one, part in nhanes.STATUS_OF.items() if part == part_of(region.site)]
    reason = cells.get(nhanes.INVALIDITY)
    code = dxa.cell(row, reason) if reason else ""
    if reason and code and abs(number_of(code, dxa.where(row, reason))) > SAS_ZERO:
        raise DataFault(
            f"{dxa.where(row, reason)}: {shown(code)}; 0 is expected, so the value was not used."
        )
    for column in columns:
        text = plain_word(dxa.cell(row, column))
        if dxa.heading(column) and text not in VALID:
            raise DataFault(
                f"{dxa.where(row, column)}: {shown(text)}; 1 or valid is expected, so the value "
                "was not used."
            )


def _yes(text: str, *, default: bool, where: str) -> bool:
    plain = plain_word(text)
    if not plain:
        return default
    if plain in YES or plain in NO:
        return plain in YES
    raise DataFault(f"{where}: {shown(text)}; yes or no is expected.")


def _maker(dxa: DxaTable, row: Row) -> str:
    """Return the maker that a row names, or that the headings are of."""
    text = dxa.cell(row, "manufacturer")
    return maker_of(text) or dxa.implied_maker


def _where(dxa: DxaTable, row: Row, meaning: Meaning) -> str:
    return dxa.where(row, meaning) if dxa.heading(meaning) else f"{dxa.table.path}"
