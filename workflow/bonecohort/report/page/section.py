"""What a report is made of: sections, and what a paper, a technique or an analysis contributes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bonecohort.report.page.illustration import Illustration
from bonecohort.report.pictures.embedding import PAGE_BYTES
from bonecohort.report.tables.table_model import TableModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bonecohort.report.page.participant_values import OfParticipant
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.text.references import Reference
    from bonecohort.study.settings import Settings

    Contributor = Callable[[ReportInputs, Settings, Printer], "Contribution"]

LINKS_SHOWN = 12
RESULTS = "results"
"""Anchor of the section whose subsections hold the results."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A heading of the manuscript between the blocks of a section."""

    text: str


@dataclass(frozen=True)
class Listing:
    """A list of the manuscript: an entry a line, numbered or with bullets."""

    texts: tuple[str, ...]
    is_numbered: bool = False


ManuscriptBlock = Heading | Paragraph | Listing | TableModel | Illustration


@dataclass(frozen=True)
class Part:
    """A part of the page with a template of its own, and the values that it prints.

    ``is_text`` says whether the values are the report's own text, with its decimal mark. Other
    values are printed as they are: digests, settings, versions. ``in_manuscript`` holds what the
    manuscript prints in its place: nothing of what only the page shows.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    is_text: bool = True
    in_manuscript: tuple[ManuscriptBlock, ...] = ()


Block = Paragraph | TableModel | Illustration | Part


@dataclass(frozen=True)
class Section:
    """A section of the page: its title, and its blocks in reading order.

    ``parent`` is the anchor of the section that it is part of. One without ``has_heading`` is a
    group of blocks within another. One that ``is_folded`` shows its title alone until a reader
    opens it: the depth behind the main pages.
    One that is not ``is_printed`` only keeps the numbers of its tables and figures, so that they
    have one number in every study of the same analysis. The report fills ``subsections`` in.
    """

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    parent: str = ""
    is_folded: bool = False
    has_heading: bool = True
    is_printed: bool = True
    subsections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class PagePicture:
    """What a participant's picture shows, and how many bytes of it the page holds at most."""

    shows: str
    most_bytes: int = PAGE_BYTES


@dataclass(frozen=True)
class AttentionItem:
    """One thing to look at before using the numbers, with the participants it concerns.

    ``is_of_statistics`` marks a statistic's warning, which tables repeat in their footnotes.
    """

    text: str
    participant_ids: tuple[str, ...] = ()
    href: str = ""
    is_of_statistics: bool = False

    @property
    def linked(self) -> tuple[str, ...]:
        """The participants that are named."""
        return self.participant_ids[:LINKS_SHOWN]

    @property
    def n_more(self) -> int:
        """How many are not named."""
        return max(len(self.participant_ids) - LINKS_SHOWN, 0)


@dataclass(frozen=True)
class Contribution:
    """What one source adds to a report: a paper, a technique, an analysis.

    Its texts refer to tables and figures by their keys (``[#roc]``) and cite works by theirs
    (``[@youden1950]``).

    Parameters
    ----------
    sections
        In reading order, which is the order of the tables' and figures' numbers.
    measuring
        Headings and paragraphs of the methods, on how something was measured; they come first.
    methods
        Headings and paragraphs of the methods, on how the study was analysed and reported.
    methods_figures
        Figures printed below the methods.
    answer
        What answers the study's own question, at the head of the summary.
    summary
        Sentences of the summary.
    attention
        What the quality control asks to look at.
    limitations
        What a reader must know before using the numbers.
    checklist
        Answers to items of the STROBE checklist, and where the report holds them.
    quality
        What quality control begins with.
    pictures
        A participant's pictures, by the names of their files below ``qc``.
    of_participants
        What its pages show of each participant.
    works
        Works that its texts cite beside those that every report knows.
    """

    sections: tuple[Section, ...] = ()
    measuring: tuple[tuple[str, str], ...] = ()
    methods: tuple[tuple[str, str], ...] = ()
    methods_figures: tuple[Illustration, ...] = ()
    answer: tuple[Part, ...] = ()
    summary: tuple[str, ...] = ()
    attention: tuple[AttentionItem, ...] = ()
    limitations: tuple[str, ...] = ()
    checklist: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    quality: tuple[Block, ...] = ()
    pictures: Mapping[str, PagePicture] = field(default_factory=dict)
    of_participants: Mapping[str, OfParticipant] = field(default_factory=dict)
    works: tuple[Reference, ...] = ()
