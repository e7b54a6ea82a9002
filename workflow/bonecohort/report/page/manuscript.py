"""The draft of the paper: what the page shows, in the order in which a paper prints it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bonecohort.report.page.illustration import NOT_DRAWN, Illustration
from bonecohort.report.page.section import RESULTS, Listing, Part
from bonecohort.report.tables.strobe import CHECKLIST, without_places
from bonecohort.report.tables.table_model import TableModel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from bonecohort.report.page.section import ManuscriptBlock, Section
    from bonecohort.report.text.references import Reference

OPENING = "summary"
"""Anchor of the section whose text stands in the results, before their subsections."""
APART = ("methods", "limitations", "versions")
"""Anchors of the sections that a paper prints outside of its results."""
REFERENCES = "references"
"""Anchor of the section that the manuscript lists by number."""
SUPPLEMENTS = ("S", "A")
"""Series of the tables and figures in the supplement, in printing order."""


@dataclass(frozen=True)
class ManuscriptSection:
    """A section: its title, blocks and subsections.

    Without a title its blocks belong under the heading before them.
    """

    title: str
    blocks: tuple[ManuscriptBlock, ...] = ()
    subsections: tuple[ManuscriptSection, ...] = ()
    starts_page: bool = False


@dataclass(frozen=True)
class Manuscript:
    """A draft of the paper: title, what made it, and sections."""

    title: str
    byline: str
    sections: tuple[ManuscriptSection, ...]


def manuscript_sections(
    listed: Sequence[Section],
    findings: Sequence[ManuscriptBlock],
    works: Sequence[Reference],
    printed: Callable[[ManuscriptBlock], ManuscriptBlock],
) -> tuple[ManuscriptSection, ...]:
    """Return the sections: methods, results, limitations, references, versions, supplement.

    Sentences and the main tables and figures stand in the results, under the headings of their
    sections. Supplementary tables and figures follow in the supplement. What holds nothing is
    left out: a section, or a heading.

    Parameters
    ----------
    listed
        The page's sections in reading order, with their numbers.
    findings
        What opens the results.
    works
        The works cited, in the order of their numbers.
    printed
        Returns a block as the manuscript prints it: decimal mark, references, citations.
    """
    blocks = {section.anchor: _blocks(section, printed) for section in listed if section.is_printed}
    of_paper = [
        section for section in listed if section.anchor in blocks and section.anchor != RESULTS
    ]
    others = [section for section in of_paper if section.anchor not in (*APART, OPENING)]
    of_page_alone = {
        section.title
        for section in of_paper
        if not blocks[section.anchor] and section.anchor != REFERENCES
    }
    opening = (*map(printed, findings), *blocks.get(OPENING, ()))

    def subsections(*series: str) -> tuple[ManuscriptSection, ...]:
        return tuple(
            ManuscriptSection(section.title if section.has_heading else "", chosen)
            for each in series
            for section in others
            if (chosen := _of_series(blocks[section.anchor], each, of_page_alone))
        )

    references = Listing(tuple(work.printed for work in works), is_numbered=True)
    sections = (
        ManuscriptSection("Methods", blocks.get("methods", ())),
        ManuscriptSection("Results", opening, subsections("")),
        ManuscriptSection("Limitations", blocks.get("limitations", ())),
        ManuscriptSection("References", (references,) if works else ()),
        ManuscriptSection("Versions", blocks.get("versions", ())),
        ManuscriptSection("Supplement", (), subsections(*SUPPLEMENTS), starts_page=True),
    )
    return tuple(section for section in sections if section.blocks or section.subsections)


def _blocks(
    section: Section, printed: Callable[[ManuscriptBlock], ManuscriptBlock]
) -> tuple[ManuscriptBlock, ...]:
    """Return what the manuscript prints of a section; nothing where all of it is absent."""
    blocks: list[ManuscriptBlock] = []
    for block in section.blocks:
        if not isinstance(block, Part):
            blocks += [_with_reason(printed(block))] if _has_place(block) else []
        elif block.is_text:
            blocks += map(printed, block.in_manuscript)
        else:
            blocks += block.in_manuscript
    return () if all(map(_is_absent, blocks)) else tuple(blocks)


def _has_place(block: ManuscriptBlock) -> bool:
    return not isinstance(block, Illustration) or bool(block.png) or not block.only_if_drawn


def _with_reason(block: ManuscriptBlock) -> ManuscriptBlock:
    """Return a figure without a PNG with the reason why it is absent."""
    if isinstance(block, Illustration) and not block.png and not block.absent_because:
        return replace(block, absent_because=NOT_DRAWN)
    return block


def _is_absent(block: ManuscriptBlock) -> bool:
    if isinstance(block, TableModel):
        return block.is_absent
    return isinstance(block, Illustration) and not block.png


def _of_series(
    blocks: Iterable[ManuscriptBlock], series: str, of_page_alone: Collection[str]
) -> tuple[ManuscriptBlock, ...]:
    """Return the tables and figures of a series; all else belongs to the main ones.

    The checklist names no section that the page alone has.
    """
    return tuple(
        without_places(block, of_page_alone)
        if isinstance(block, TableModel) and block.key == CHECKLIST
        else block
        for block in blocks
        if (block.series if isinstance(block, TableModel | Illustration) else "") == series
    )
