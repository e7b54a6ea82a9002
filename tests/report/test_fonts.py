"""Words in any script are drawn with a font that has them; else a message names those without."""

from __future__ import annotations

import json
import shutil
import subprocess
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from matplotlib import font_manager
from matplotlib.text import Text

from bonecohort.report.figures import fonts, style
from bonecohort.report.figures.svg_text import HALO
from bonecohort.report.page import summary_box
from bonecohort.report.pictures.sheet import Sheet, save_picture, write_on
from bonecohort.study.layout import MISSING_SUFFIX, missing_characters
from bonecohort.study.summary import closing_words

LABELS = "高血压 骨质疏松 ねこ 한국어"
SVG = "http://www.w3.org/2000/svg"
NOWHERE = "\U000f0000"  # of the area for private use
needs_font = pytest.mark.skipif(
    bool(fonts.fonts_for(fonts.lacking_in_first(LABELS))[1]),
    reason="no installed font has Chinese, Japanese and Korean characters",
)


def drawn(label):
    with style.journal_style():
        figure = style.new_figure(85, 60)
        axes = figure.subplots()
        axes.bar([0, 1], [1, 2], label=label)
        axes.set_xticks([0, 1], [label, "other"])
        axes.set_title(label, fontweight="bold")
        axes.legend()
    return figure


def texts_of(svg):
    """Return each text of a drawing with its style."""
    root = ElementTree.parse(svg).getroot()
    return [(text.text, text.get("style")) for text in root.iter(f"{{{SVG}}}text")]


def save(figure, folder):
    with style.journal_style():
        style.save_figure(figure, folder, "f")


@pytest.fixture
def no_fonts(monkeypatch):
    """Leave only the font that matplotlib brings."""
    fonts.fonts_for.cache_clear()
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    yield
    fonts.fonts_for.cache_clear()


@needs_font
def test_every_text_of_a_figure_has_a_font_with_its_characters(tmp_path):
    figure = drawn(LABELS)
    save(figure, tmp_path)  # a glyph that is missing is a warning, and a warning fails
    texts = [text for text in figure.findobj(Text) if text.get_text() == LABELS]
    assert len(texts) >= 3  # tick, title, legend
    for text in texts:
        assert len(text.get_fontfamily()) > 1
    assert not (tmp_path / f"f{MISSING_SUFFIX}").exists()


@needs_font
def test_the_svg_names_a_font_that_has_the_characters_and_one_for_other_computers(tmp_path):
    save(drawn(LABELS), tmp_path)
    styles = {style for text, style in texts_of(tmp_path / "f.svg") if text == LABELS}
    assert styles
    families, _ = fonts.fonts_for(fonts.lacking_in_first(LABELS))
    named = ", ".join(f"'{family}'" for family in (fonts.FIRST_FAMILY, *families))
    assert all(f"font-family: {named}, Verdana, sans-serif" in style for style in styles)


def test_a_label_that_looks_like_a_style_stays_as_it_is(tmp_path):
    label = '<text style="font-family: \'x\'"> & <g id="halo_0">'
    save(drawn(label), tmp_path)
    assert label in {text for text, _ in texts_of(tmp_path / "f.svg")}


def test_text_on_a_picture_is_text_with_its_stroke(tmp_path):
    sheet = Sheet(200, 100)
    axes = sheet.figure.add_axes((0, 0, 1, 1))
    write_on(axes, (0.5, 0.5), "L3", 14, align=("left", "top"))
    effects = axes.texts[0].get_path_effects()
    save(sheet.figure, tmp_path)
    root = ElementTree.parse(tmp_path / "f.svg").getroot()
    (group,) = (one for one in root.iter(f"{{{SVG}}}g") if one.get("paint-order") == "stroke")
    assert (group.get("stroke"), group.get("stroke-width")) == ("#000000", "2.5")
    assert group.find(f"{{{SVG}}}text").text == "L3"
    assert axes.texts[0].get_path_effects() == effects == [HALO]


@needs_font
@pytest.mark.skipif(not shutil.which("pdftotext"), reason="no pdftotext on this machine")
def test_the_pdf_holds_the_characters_as_text(tmp_path):
    save(drawn("高血压"), tmp_path)
    told = subprocess.run(
        ["pdftotext", tmp_path / "f.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert told.count("高血压") >= 3


@needs_font
def test_a_picture_of_a_participant_has_them_too(tmp_path):
    sheet = Sheet(200, 100)
    sheet.text((5, 5), LABELS, 20)
    save_picture(sheet.figure, tmp_path / "p.png")


@pytest.mark.usefixtures("no_fonts")
def test_characters_that_no_font_has_are_reported(tmp_path):
    (tmp_path / "figures").mkdir()
    save(drawn("高血 HU"), tmp_path / "figures")
    assert (tmp_path / "figures/f.png").is_file()
    assert missing_characters(tmp_path) == "".join(sorted("高血"))
    save(drawn("HU, kg/m²"), tmp_path / "figures")  # and no more when it is mended
    assert missing_characters(tmp_path) == ""


def test_the_run_and_the_report_says_the_missing_characters(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / f"forest{MISSING_SUFFIX}").write_text("压高", encoding="utf-8")
    (tmp_path / "report.html").touch()
    keys = ("analysed", "included", "vertebrae_measured_hu", "vertebrae_read_endplates",
            "defect_vertebrae", "excluded_by_fault")  # fmt: skip
    (tmp_path / "run.json").write_text(json.dumps({"counts": dict.fromkeys(keys, 0)}))
    assert "Warning: no installed font has 压高; boxes stand for them" in closing_words(tmp_path)
    inputs = SimpleNamespace(results=tmp_path)
    (item,) = summary_box._missing_character_items(inputs)
    assert "No font of the computer that drew the figures has 压高" in item.text
    (tmp_path / "figures" / f"forest{MISSING_SUFFIX}").unlink()
    assert summary_box._missing_character_items(inputs) == []


def test_a_character_of_no_font_at_all_is_reported(tmp_path):
    (tmp_path / "figures").mkdir()
    save(drawn(f"x{NOWHERE}"), tmp_path / "figures")
    # in a private area some font may have it after all
    assert missing_characters(tmp_path) in ("", NOWHERE)


def test_the_first_font_alone_is_asked_for_what_it_has(monkeypatch):
    monkeypatch.setattr(fonts, "fonts_for", lambda _: pytest.fail("looked for"))
    with fonts.readable(drawn("Größe ≤ 3 µm², κ")) as missing:
        assert missing == ""


@pytest.mark.parametrize("label", ["$x$", "$\\a$", "\\frac{1}", "cost $5", "a $ b $ c_{"])
def test_a_dollar_is_a_dollar(tmp_path, label):
    figure = drawn(label)
    save(figure, tmp_path)
    for text in figure.findobj(Text):
        assert not text.get_parse_math()
    assert label in {text for text, _ in texts_of(tmp_path / "f.svg")}
