"""The styles of the Word file, each with a Latin and an East Asian font."""

from __future__ import annotations

from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

LATIN_FONT, CHINESE_FONT = "Times New Roman", "SimSun"
CHINESE = "zh-CN"
TABLE_STYLE, WIDE_TABLE_STYLE, NOTE_STYLE = "Table text", "Wide table text", "Table note"
FIGURE_STYLE, REFERENCE_STYLE = "Figure", "Bibliography"
STYLE_POINTS = {
    "Normal": 11, "Title": 18, "Subtitle": 10, "Heading 1": 15, "Heading 2": 12.5, "Heading 3": 11,
    "Caption": 10, "List Bullet": 11, TABLE_STYLE: 9, WIDE_TABLE_STYLE: 8, NOTE_STYLE: 8,
    FIGURE_STYLE: 11, REFERENCE_STYLE: 10,
}  # fmt: skip
SPACE_POINTS = {
    "Normal": (0, 6), "Title": (0, 4), "Subtitle": (0, 12), "Heading 1": (18, 6),
    "Heading 2": (12, 4), "Heading 3": (10, 2), "Caption": (6, 4), "List Bullet": (0, 3),
    TABLE_STYLE: (1.5, 1.5), WIDE_TABLE_STYLE: (1.5, 1.5), NOTE_STYLE: (0, 0),
    FIGURE_STYLE: (10, 0), REFERENCE_STYLE: (0, 3),
}  # fmt: skip
"""Before and after a paragraph."""
PLAIN = ("Subtitle", "Caption")
"""Styles that python-docx's own file makes bold or italic."""
HANGING_MM = 9
THEME_FONTS = ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme")


def set_styles(document: Any) -> None:
    """Give a new python-docx document the styles of the manuscript."""
    styles = document.styles
    for name, points in STYLE_POINTS.items():
        if name not in styles:
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
        _set_style(styles[name], points, *SPACE_POINTS[name])
    for name in PLAIN:
        styles[name].font.bold = styles[name].font.italic = False
    for heading in ("Heading 1", "Heading 2", "Heading 3"):
        styles[heading].font.bold, styles[heading].font.italic = True, False
        styles[heading].paragraph_format.keep_with_next = True
    figure = styles[FIGURE_STYLE].paragraph_format
    figure.keep_with_next, figure.alignment = True, WD_ALIGN_PARAGRAPH.CENTER
    reference = styles[REFERENCE_STYLE].paragraph_format
    reference.left_indent, reference.first_line_indent = Mm(HANGING_MM), Mm(-HANGING_MM)
    reference.tab_stops.add_tab_stop(Mm(HANGING_MM))
    _set_defaults(styles)


def _set_style(style: Any, points: float, before: float, after: float) -> None:
    style.font.size = Pt(points)
    style.font.color.rgb = RGBColor(0, 0, 0)
    style.paragraph_format.space_before = Pt(before)
    style.paragraph_format.space_after = Pt(after)
    style.paragraph_format.line_spacing = 1.0 if points < STYLE_POINTS["Normal"] else 1.15
    _set_fonts(style.element.get_or_add_rPr())
    for drawn in style.element.xpath("w:pPr/w:pBdr | w:rPr/w:spacing | w:rPr/w:kern"):
        drawn.getparent().remove(drawn)


def _set_fonts(properties: Any) -> None:
    """Set Latin letters in the Latin font and Chinese ones in the Chinese font.

    Word takes the East Asian font for East Asian letters alone, whatever stands beside them.
    """
    fonts = properties.get_or_add_rFonts()
    for theme in THEME_FONTS:
        fonts.attrib.pop(qn(theme), None)
    for letters in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(letters), LATIN_FONT)
    fonts.set(qn("w:eastAsia"), CHINESE_FONT)


def _set_defaults(styles: Any) -> None:
    """Set the fonts and the East Asian language of whatever has no style of its own."""
    defaults = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    _set_fonts(defaults)
    defaults.find(qn("w:lang")).set(qn("w:eastAsia"), CHINESE)


def add_caption(document: Any, name: str, text: str) -> Any:
    """Add a caption, its name bold, and return its paragraph."""
    caption = document.add_paragraph(style="Caption")
    caption.add_run(f"{name}. ").bold = True
    caption.add_run(text)
    return caption
