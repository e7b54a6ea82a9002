"""The numbers of tables and figures, in the order in which the report lists its sections."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.report.page.illustration import Illustration
from bonecohort.report.tables.table_model import TableModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.report.page.section import Block, Section

SERIES = ("", "S", "A")
"""The main tables come first in print, then the supplementary ones, then those of agreement."""


def numbered(sections: Iterable[Section]) -> list[Section]:
    """Return the sections, each table and figure with its number within its series."""
    given: Counter[tuple[type, str]] = Counter()

    def with_number(block: Block) -> Block:
        if not isinstance(block, TableModel | Illustration):
            return block
        given[type(block), block.series] += 1
        return replace(block, number=f"{block.series}{given[type(block), block.series]}")

    return [
        replace(section, blocks=tuple(map(with_number, section.blocks))) for section in sections
    ]


def names_of(sections: Iterable[Section]) -> dict[str, str]:
    """Return the printed name of each table and figure by its key."""
    return {
        block.key: block.name
        for section in sections
        for block in section.blocks
        if isinstance(block, TableModel | Illustration)
    }


def figures_of(sections: Iterable[Section]) -> list[Illustration]:
    """Return the figures that are shown, in the order of the page."""
    return [
        block
        for section in sections
        for block in section.blocks
        if isinstance(block, Illustration) and (block.svg or block.picture)
    ]


def tables_of(sections: Iterable[Section]) -> list[TableModel]:
    """Return the tables in printing order: by series, then number."""
    tables = [
        block for section in sections for block in section.blocks if isinstance(block, TableModel)
    ]
    return sorted(tables, key=lambda table: SERIES.index(table.series))
