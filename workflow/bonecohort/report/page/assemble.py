"""Put a report together: the sections that every report has, and what is contributed to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from bonecohort.report.page.numbering import names_of, numbered, tables_of
from bonecohort.report.page.participant_pages import participant_pages
from bonecohort.report.page.section import Block, Part, Section
from bonecohort.report.page.standard_sections import (
    all_methods,
    first_sections,
    last_sections,
    main_versions,
)
from bonecohort.report.printing.cross_references import with_references
from bonecohort.report.printing.decimal_mark import with_decimal_mark
from bonecohort.report.printing.printer import Printer
from bonecohort.report.text.citations import cited_works, known_works

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.report.page.section import Contributor
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.tables.table_model import TableModel
    from bonecohort.report.text.references import Reference
    from bonecohort.study.settings import Settings


@dataclass(frozen=True)
class Report:
    """A report ready to be written.

    ``sections`` are those of the page in reading order, ``tables`` all tables in printing order,
    ``cited`` the works that the methods cite; ``byline`` names the program and the configuration.
    """

    title: str
    byline: str
    sections: tuple[Section, ...]
    tables: list[TableModel]
    cited: list[Reference]


def assembled(
    inputs: ReportInputs, settings: Settings, contributors: Sequence[Contributor]
) -> Report:
    """Return the report of a results folder.

    Parameters
    ----------
    inputs
        What was read from the results folder.
    settings
        The settings the results were made with.
    contributors
        What adds to the report, in the order of the tables' and figures' numbers.
    """
    printer = Printer.of(settings)
    added = [contributor(inputs, settings, printer) for contributor in contributors]
    pages = participant_pages(inputs, added, settings.levels)
    methods = all_methods(added)
    works = known_works(work for part in added for work in part.works)
    cited = cited_works((text for _, text in methods), works)
    listed = numbered(
        [
            *first_sections(inputs, settings, pages, added, works, printer=printer),
            *chain.from_iterable(part.sections for part in added),
            *last_sections(inputs, settings, pages, added, cited, printer=printer),
        ]
    )
    names, mark = names_of(listed), printer.report.decimal_mark
    printed = [
        replace(section, blocks=tuple(_printed(block, names, mark) for block in section.blocks))
        for section in listed
        if section.is_printed
    ]
    return Report(
        printer.report.title, _byline(inputs), _nested(printed), tables_of(printed), cited
    )


def _printed(block: Block, names: Mapping[str, str], mark: str) -> Block:
    """Return a block with the study's decimal mark and the names that its references have."""
    if isinstance(block, Part) and not block.is_text:
        return block
    printed: Block = with_references(with_decimal_mark(block, mark), names)
    return printed


def _nested(sections: Sequence[Section], parent: str = "") -> tuple[Section, ...]:
    """Return the sections within another, each with its own."""
    return tuple(
        replace(section, subsections=_nested(sections, section.anchor))
        for section in sections
        if section.parent == parent
    )


def _byline(inputs: ReportInputs) -> str:
    versions = dict(main_versions(inputs.run))
    digest = versions["configuration digest"][:12]
    return f"Written by bonecohort {versions['bonecohort']}; configuration {digest}"
