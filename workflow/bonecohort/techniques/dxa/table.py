"""DXA tables: the rows of one participant, of one region each or with one column a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.annotations.tables.rows import cell_of, refuse_merged, refuse_misaligned
from bonecohort.faults import DataFault
from bonecohort.study.cells import column_names, parse_number
from bonecohort.techniques.dxa.columns import (
    APEX,
    FIRST_REGION,
    ID,
    NUMBER_OF_REGIONS,
    STATUS_OF,
    OfRegion,
    headings_meant,
    squashed,
)
from bonecohort.techniques.dxa.dates import iso_date
from bonecohort.techniques.dxa.faults import SiteFault
from bonecohort.techniques.dxa.names import (
    HOLOGIC,
    LEVELS,
    LUNAR,
    MEASURES,
    NORLAND,
    RAW,
    SPINE,
    SPINE_FROM_L2,
    UNKNOWN,
    part_of,
)
from bonecohort.techniques.dxa.reading import RegionReading, check_values
from bonecohort.techniques.dxa.regions import (
    FEMUR,
    NOT_USED,
    Region,
    plain_text,
    region_of,
    side_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bonecohort.study.cells import Row, Table
    from bonecohort.techniques.dxa.columns import Meaning
    from bonecohort.techniques.dxa.names import Measure

YES = ("yes", "y", "1", "-1", "true", "x", "ja", "j", "是", "included")
NO = ("no", "n", "0", "false", "nein", "否", "none", "excluded")
SECOND = 2
"""STARTING_REGION of L2."""
VALID = ("", "1", "valid", "ok", "final", "yes")
AGAINST = ("fracture", "artefact", "surgery")
"""Columns of which a yes leaves the region out."""
MAKER_WORDS = {
    HOLOGIC: ("hologic",),
    LUNAR: ("lunar", "ge", "gehealthcare", "gemedicalsystems", "gemedical"),
    NORLAND: ("norland", "swissray"),
}


@dataclass(frozen=True)
class DxaTable:
    """A table, and what its headings mean."""

    table: Table
    meanings: Mapping[str, Meaning]

    @property
    def is_long(self) -> bool:
        """Whether a row is of one region."""
        return "region" in self.meanings.values()

    @property
    def is_apex(self) -> bool:
        """Whether the headings are those of Hologic's APEX."""
        return any(squashed(heading) in APEX for heading in self.table.columns)

    def heading(self, meaning: Meaning) -> str:
        """Return the heading that means something; '' where none does."""
        return next((heading for heading, one in self.meanings.items() if one == meaning), "")

    def cell(self, row: Row, meaning: Meaning) -> str:
        """Return the cell of a row; '' where there is none."""
        heading = self.heading(meaning)
        return row.get(heading) if heading else ""

    def where(self, row: Row, meaning: Meaning) -> str:
        """Return where a cell stands."""
        return cell_of(self.table, row, self.heading(meaning))


@dataclass
class Read:
    """What was read of a file: readings, faults, and what is not known of it."""

    readings: list[RegionReading]
    faults: list[SiteFault]
    unknown: list[str]


def dxa_table(table: Table, mapped: Mapping[str, str]) -> DxaTable:
    """Return a table with what its headings mean.

    Parameters
    ----------
    table
        As read.
    mapped
        ``bmd.columns``.

    Raises
    ------
    DataFault
        It gives no BMD and no score of any region.
    """
    found = DxaTable(table, headings_meant(table.columns, mapped, str(table.path)))
    of_rows = [one for one in found.meanings.values() if isinstance(one, str)]
    of_regions = [one for one in found.meanings.values() if isinstance(one, OfRegion)]
    if found.is_long and not {"bmd", "t_score", "z_score"}.intersection(of_rows):
        raise DataFault(
            f"{table.path}: column bmd is missing; found are: {column_names(table)}. Map your own "
            "headings in bmd.columns."
        )
    if not found.is_long and not any(one.measure in MEASURES for one in of_regions):
        raise DataFault(
            f"{table.path}: columns region and bmd, or one BMD a region such as L1_BMD, are "
            f"missing; found are: {column_names(table)}. Map your own headings in bmd.columns."
        )
    return found


def read_rows(dxa: DxaTable, rows: Iterable[Row], reader: str) -> Read:
    """Return what the rows of one participant say."""
    found = Read([], [], [])
    for row in rows:
        try:
            refuse_misaligned(row)
            scan = iso_date(dxa.cell(row, "scan_date"), _where(dxa, row, "scan_date"))
            maker = _maker(dxa, row)
            regions = list(_regions(dxa, row, found.unknown))
        except DataFault as fault:
            found.faults.append(SiteFault("", fault.reason))
            continue
        for region, cells in regions:
            try:
                reading = _reading(dxa, row, region, cells, (maker, scan, reader))
            except DataFault as fault:
                found.faults.append(SiteFault(region.site, fault.reason))
                continue
            if reading:
                found.readings.append(reading)
    return found


def _regions(
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
        else bool(first) and _number(first, dxa.where(row, FIRST_REGION)) == SECOND
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
        STARTING_REGION and NO_REGIONS name others.
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
    start, count = (_number(text, where) for text in (first, number))
    told = tuple(f"L{int(start) + step}" for step in range(int(count)))
    if scanned != told:
        raise DataFault(
            f"{where}: STARTING_REGION {first} and NO_REGIONS {number} name "
            f"{', '.join(told) or 'no vertebra'}, but there are values of {', '.join(scanned)}."
        )
    return scanned


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
            values[measure] = _number(dxa.cell(row, meaning), dxa.where(row, meaning))
    if dxa.is_apex and not any(values.get(raw) for raw in RAW):
        values = {key: value for key, value in values.items() if key not in RAW}  # not scanned
    if not values:
        return None
    _refuse_invalid(dxa, row, region)
    is_included = _is_included(dxa, row, region, cells)
    check_values(values, where)
    maker, scan, reader = of
    return RegionReading(region.site, region.side, values, where, maker, scan, is_included, reader)


def _number(text: str, where: str) -> float:
    """Return a number; a comma is a decimal mark, for nothing here has thousands."""
    try:
        return parse_number(text.replace(",", ".") if text.count(",") == 1 else text)
    except ValueError as error:
        raise DataFault(f"{where}: {error}.") from error


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


def _refuse_invalid(dxa: DxaTable, row: Row, region: Region) -> None:
    columns: list[Meaning] = ["status"]
    columns += [one for one, part in STATUS_OF.items() if part == part_of(region.site)]
    for column in columns:
        text = plain_text(dxa.cell(row, column))
        if dxa.heading(column) and text not in VALID:
            raise DataFault(
                f"{dxa.where(row, column)}: {text!r}; 1 or valid is expected, so the value was not "
                "used."
            )


def _yes(text: str, *, default: bool, where: str) -> bool:
    plain = plain_text(text)
    if not plain:
        return default
    if plain in YES or plain in NO:
        return plain in YES
    raise DataFault(f"{where}: {text!r}; yes or no is expected.")


def _maker(dxa: DxaTable, row: Row) -> str:
    """Return the maker that a row names, or that the headings are of."""
    text = dxa.cell(row, "manufacturer")
    implied = HOLOGIC if dxa.is_apex else UNKNOWN
    if not text:
        return implied
    return maker_of(text) or implied


def maker_of(text: str) -> str:
    """Return the maker that a text names; '' for another or none."""
    plain = squashed(text)
    for maker, words in MAKER_WORDS.items():
        if plain in words or maker in plain:
            return maker
    return ""


def _where(dxa: DxaTable, row: Row, meaning: Meaning) -> str:
    return dxa.where(row, meaning) if dxa.heading(meaning) else f"{dxa.table.path}"


def id_heading(table: Table, id_column: str, mapped: Mapping[str, str]) -> str:
    """Return the heading of the IDs: the setting's, else participant_id, else PATIENT_KEY.

    Raises
    ------
    DataFault
        The table has none.
    """
    by_name = {squashed(heading): heading for heading in table.columns}
    for name in (id_column, mapped.get(ID, ""), ID, "PATIENT_KEY"):
        if name and squashed(name) in by_name:
            return by_name[squashed(name)]
    raise DataFault(
        f"{table.path}: column participant_id is missing; found are: {column_names(table)}. Name "
        "the column of the IDs in bmd.id_column."
    )
