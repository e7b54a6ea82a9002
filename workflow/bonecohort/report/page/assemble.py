"""Put a report together: the sections that every report has, and what is contributed to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from bonecohort.report.page.manuscript import Manuscript, manuscript_sections
from bonecohort.report.page.manuscript_texts import findings_text
from bonecohort.report.page.numbering import figures_of, names_of, numbered, tables_of
from bonecohort.report.page.participant_pages import participant_pages
from bonecohort.report.page.section import Block, ManuscriptBlock, Part, Section
from bonecohort.report.page.standard_sections import (
    all_methods,
    first_sections,
    last_sections,
    main_versions,
)
from bonecohort.report.printing.cross_references import with_references
from bonecohort.report.printing.decimal_mark import NOT_PRINTED, with_decimal_mark
from bonecohort.report.printing.printed_texts import with_texts
from bonecohort.report.printing.printer import Printer
from bonecohort.report.text.citations import (
    cited_keys,
    cited_works,
    known_works,
    with_citations,
    with_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bonecohort.report.page.illustration import Illustration
    from bonecohort.report.page.section import Contributor
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.tables.table_model import TableModel
    from bonecohort.report.text.references import Reference
    from bonecohort.study.settings import Settings

TextBlock = TypeVar("TextBlock", bound=ManuscriptBlock)


@dataclass(frozen=True)
class Report:
    """A report ready to be written.

    ``sections`` are those of the page in reading order, ``tables`` all tables in printing order,
    ``figures`` those that are shown, ``cited`` the works that the methods cite. ``byline`` names
    the program and the configuration. ``manuscript`` is the draft of the paper.
    """

    title: str
    byline: str
    sections: tuple[Section, ...]
    tables: list[TableModel]
    figures: list[Illustration]
    cited: list[Reference]
    manuscript: Manuscript


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
    in_order = [works[key] for key in cited_keys(text for _, text in methods)]
    listed = numbered(
        [
            *first_sections(inputs, settings, pages, added, works, printer=printer),
            *chain.from_iterable(part.sections for part in added),
            *last_sections(inputs, settings, pages, added, cited, printer=printer),
        ]
    )
    names, mark = names_of(listed), printer.report.decimal_mark
    of_page = partial(_printed, names=names, mark=mark, cited=partial(with_citations, works=works))
    printed = [
        replace(section, blocks=tuple(map(of_page, section.blocks)))
        for section in listed
        if section.is_printed
    ]
    numbers = {work.key: number for number, work in enumerate(in_order, start=1)}
    numbered_works = partial(with_numbers, numbers=numbers)

    def of_manuscript(block: ManuscriptBlock) -> ManuscriptBlock:
        return _text_block(block, names, mark, numbered_works)

    findings = findings_text(inputs.run.get("counts") or {}, added)
    in_paper = manuscript_sections(listed, findings, in_order, of_manuscript)
    title, byline = printer.report.title, _byline(inputs)
    return Report(
        title,
        byline,
        _nested(printed),
        tables_of(printed),
        figures_of(printed),
        cited,
        Manuscript(title, byline, in_paper),
    )


def _printed(
    block: Block, names: Mapping[str, str], mark: str, cited: Callable[[str], str]
) -> Block:
    """Return a block of the page; a part cites nothing by a key."""
    if not isinstance(block, Part):
        return _text_block(block, names, mark, cited)
    if not block.is_text:
        return block
    printed: Part = with_references(with_decimal_mark(block, mark), names)
    return printed


def _text_block(
    block: TextBlock, names: Mapping[str, str], mark: str, cited: Callable[[str], str]
) -> TextBlock:
    """Return a block with the study's decimal mark, and its references and citations printed."""
    referring = with_references(with_decimal_mark(block, mark), names)
    printed: TextBlock = with_texts(referring, cited, NOT_PRINTED)
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
