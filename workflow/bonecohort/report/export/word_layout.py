"""Pages of the Word file: size, margins, upright or sideways, page numbers."""

from __future__ import annotations

from typing import Any

from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm

PAGE_MM = (210, 297)
MARGIN_MM = 20


def text_width_mm(*, sideways: bool = False) -> float:
    """Return the width of the text on a page."""
    return PAGE_MM[1 if sideways else 0] - 2 * MARGIN_MM


def text_height_mm() -> float:
    """Return the height of the text on an upright page."""
    return PAGE_MM[1] - 2 * MARGIN_MM


def new_section(document: Any, *, sideways: bool) -> None:
    """Begin a new page, upright or sideways."""
    lay_out(document.add_section(WD_SECTION.NEW_PAGE), sideways=sideways)


def lay_out(section: Any, *, sideways: bool) -> None:
    """Give a section its page."""
    width, height = reversed(PAGE_MM) if sideways else PAGE_MM
    section.orientation = WD_ORIENT.LANDSCAPE if sideways else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(MARGIN_MM)


def number_pages(document: Any) -> None:
    """Print the number of each page below it; later sections take this over."""
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001 - python-docx has no call for it
    run = paragraph.add_run("1")  # what stands there until Word counts
    field.append(run._r)  # noqa: SLF001
