"""DXA tables: what their headings mean, of one region a row or with one column a region."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bonecohort.annotations.tables.rows import cell_of
from bonecohort.faults import DataFault
from bonecohort.study.cells import column_names, parse_number
from bonecohort.techniques.dxa import nhanes
from bonecohort.techniques.dxa.columns import (
    APEX,
    ID,
    OfRegion,
    headings_meant,
    squashed,
)
from bonecohort.techniques.dxa.names import HOLOGIC, MEASURES, UNKNOWN
from bonecohort.techniques.dxa.other_scans import is_known, region_words, unclear_headings
from bonecohort.techniques.dxa.regions import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.study.cells import Row, Table
    from bonecohort.techniques.dxa.columns import Meaning


MISSING = frozenset(
    ("na", "n/a", "n.a.", "k.a.", "nan", "null", "-", "--", "---", "–", "—", "－", ".")
)
"""How cells say that there is no value."""
NO = ("no", "n", "0", "false", "nein", "否", "none", "excluded")
"""How cells say no, or that a region is not included."""


@dataclass(frozen=True)
class DxaTable:
    """A table, and what its headings mean.

    ``unclear`` are headings that may be of another scan, with what it is of.
    """

    table: Table
    meanings: Mapping[str, Meaning]
    unclear: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def is_long(self) -> bool:
        """Whether a row is of one region."""
        return "region" in self.meanings.values()

    @cached_property
    def is_apex(self) -> bool:
        """Whether the headings are those of Hologic's APEX."""
        return any(squashed(heading) in APEX for heading in self.table.columns)

    @property
    def unread(self) -> tuple[str, ...]:
        """Columns of a measure whose region is not known, in a table of one column a region."""
        if self.is_long or self.is_apex:
            return ()
        words = region_words(self.table.columns)
        return tuple(
            heading
            for heading, text in words.items()
            if heading not in self.meanings and not is_known(text)
        )

    @cached_property
    def implied_maker(self) -> str:
        """The maker that the headings are of; ``unknown`` for those that anybody uses."""
        is_nhanes = any(nhanes.region_of_heading(squashed(one)) for one in self.table.columns)
        return HOLOGIC if self.is_apex or is_nhanes else UNKNOWN

    @cached_property
    def _headings(self) -> Mapping[Meaning, str]:
        return {meaning: heading for heading, meaning in self.meanings.items()}

    def heading(self, meaning: Meaning) -> str:
        """Return the heading that means something; '' where none does."""
        return self._headings.get(meaning, "")

    def cell(self, row: Row, meaning: Meaning) -> str:
        """Return the cell of a row; '' where there is none."""
        heading = self.heading(meaning)
        return self.text(row, heading) if heading else ""

    @staticmethod
    def text(row: Row, heading: str) -> str:
        """Return what stands below a heading; '' for a blank, or a word or sign for no value."""
        text = row.get(heading)
        return "" if text.lower() in MISSING else text

    def where(self, row: Row, meaning: Meaning) -> str:
        """Return where a cell stands."""
        return cell_of(self.table, row, self.heading(meaning))


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
    meanings = headings_meant(table.columns, mapped, str(table.path))
    unclear = unclear_headings(table.columns)
    result = DxaTable(
        table, meanings, {one: scan for one, scan in unclear.items() if one not in meanings}
    )
    of_rows = [one for one in result.meanings.values() if isinstance(one, str)]
    of_regions = [one for one in result.meanings.values() if isinstance(one, OfRegion)]
    if result.is_long and not {"bmd", "t_score", "z_score"}.intersection(of_rows):
        raise DataFault(
            f"{table.path}: column bmd is missing; found are: {column_names(table)}. Map your own "
            "headings in bmd.columns."
        )
    if not result.is_long and not any(of_region.measure in MEASURES for of_region in of_regions):
        raise DataFault(
            f"{table.path}: columns region and bmd, or one BMD a region such as L1_BMD, are "
            f"missing; found are: {column_names(table)}. Map your own headings in bmd.columns."
        )
    return result


def id_heading(table: Table, id_column: str, mapped: Mapping[str, str]) -> str:
    """Return the heading of the IDs: the setting's, participant_id, PATIENT_KEY, else SEQN.

    Raises
    ------
    DataFault
        The table has none.
    """
    by_name = {squashed(heading): heading for heading in table.columns}
    for name in (id_column, mapped.get(ID, ""), ID, "PATIENT_KEY", nhanes.ID):
        if name and squashed(name) in by_name:
            return by_name[squashed(name)]
    raise DataFault(
        f"{table.path}: column participant_id is missing; found are: {column_names(table)}. Name "
        "the column of the IDs in bmd.id_column."
    )


def plain_word(text: str) -> str:
    """Return a text in small letters; a whole number without its decimals: 1.0 is 1."""
    return re.sub(r"(?<=\d)[.,]0+$", "", plain_text(text))


def number_of(text: str, where: str) -> float:
    """Return a number; a comma is a decimal mark, for nothing here has thousands."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        return parse_number(plain.replace(",", ".") if plain.count(",") == 1 else plain)
    except ValueError as error:
        raise DataFault(f"{where}: {error}.") from error
