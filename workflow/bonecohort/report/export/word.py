"""The draft of the paper as a Word file that its authors edit."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.shared import Emu, Mm

from bonecohort.report.export.office_files import without_times
from bonecohort.report.export.word_layout import (
    lay_out,
    new_section,
    number_pages,
    text_height_mm,
    text_width_mm,
)
from bonecohort.report.export.word_styles import (
    FIGURE_STYLE,
    REFERENCE_STYLE,
    add_caption,
    set_styles,
)
from bonecohort.report.export.word_tables import add_table, lies_sideways
from bonecohort.report.page.illustration import Illustration
from bonecohort.report.page.section import Heading, Listing, Paragraph
from bonecohort.report.tables.table_model import TableModel

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.page.manuscript import Manuscript, ManuscriptSection
    from bonecohort.report.page.section import ManuscriptBlock

CAPTION_SHARE = 0.25
"""Of a page's height, at least, that a figure leaves to its caption."""


def write_word(path: Path, draft: Manuscript) -> None:
    """Write the draft; each wide table lies on a page turned sideways."""
    document = Document()
    document.core_properties.title = draft.title
    document.core_properties.author = "bonecohort"
    document.core_properties.comments = ""
    set_styles(document)
    lay_out(document.sections[0], sideways=False)
    number_pages(document)
    document.add_paragraph(draft.title, style="Title")
    document.add_paragraph(draft.byline, style="Subtitle")
    pages = _Pages(document)
    for section in draft.sections:
        pages.add_section(section, level=1)
    saved = io.BytesIO()
    document.save(saved)
    without_times(saved, path)


@dataclass(frozen=True)
class _Waiting:
    """A heading that is yet to be printed."""

    text: str
    level: int
    starts_page: bool = False


class _Pages:
    """A document that is being written: which way its page lies, and headings yet to print.

    A heading waits for what follows it, so that both stand on the same page.
    """

    def __init__(self, document: Any) -> None:
        self.document = document
        self.sideways = False
        self.headings: list[_Waiting] = []

    def add_section(self, section: ManuscriptSection, level: int) -> None:
        if section.title:
            self.headings.append(_Waiting(section.title, level, section.starts_page))
        for block in section.blocks:
            if isinstance(block, Heading):
                self.headings.append(_Waiting(block.text, level + 1))
            else:
                self._turn(block)
                _add(self.document, block)
        for within in section.subsections:
            self.add_section(within, level + 1)

    def _turn(self, block: ManuscriptBlock) -> None:
        """Turn the page as the block needs it, and print the headings that wait."""
        sideways = isinstance(block, TableModel) and lies_sideways(block)
        is_line = isinstance(block, TableModel) and block.is_absent
        if sideways != self.sideways and not is_line:
            new_section(self.document, sideways=sideways)
            self.sideways = sideways
        for heading in self.headings:
            printed = self.document.add_heading(heading.text, heading.level)
            printed.paragraph_format.page_break_before = heading.starts_page or None
        self.headings.clear()


def _add(document: Any, block: ManuscriptBlock) -> None:
    match block:
        case Paragraph(text):
            document.add_paragraph(text)
        case Listing(texts, is_numbered=True):
            for number, text in enumerate(texts, start=1):
                document.add_paragraph(f"{number}.\t{text}", style=REFERENCE_STYLE)
        case Listing(texts):
            for text in texts:
                document.add_paragraph(text, style="List Bullet")
        case TableModel():
            add_table(document, block)
        case Illustration():
            _add_figure(document, block)


def _add_figure(document: Any, figure: Illustration) -> None:
    """Add a figure at its size in print, or smaller so that it fits the page, and its caption.

    The caption is also its alternative text.
    """
    if not figure.png:
        add_caption(document, figure.name, f"Not shown: {figure.absent_because}")
        return
    paragraph = document.add_paragraph(style=FIGURE_STYLE)
    shape = paragraph.add_run().add_picture(io.BytesIO(figure.png))
    most = Mm(text_width_mm()), Mm(text_height_mm() * (1 - CAPTION_SHARE))
    scale = min(1.0, most[0] / shape.width, most[1] / shape.height)
    shape.width, shape.height = Emu(round(shape.width * scale)), Emu(round(shape.height * scale))
    properties = shape._inline.docPr  # noqa: SLF001 - python-docx has no call for it
    properties.set("title", figure.name)
    properties.set("descr", figure.caption)
    add_caption(document, figure.name, figure.caption)
