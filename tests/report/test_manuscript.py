"""The Word file is a draft of the paper: its sections, citations, captions, figures and fonts."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from docx import Document
from docx.oxml.ns import qn
from PIL import Image

from bonecohort.report.export.word import write_word
from bonecohort.report.page.assemble import assembled
from bonecohort.report.page.illustration import Illustration
from bonecohort.report.page.manuscript import Manuscript, ManuscriptSection, manuscript_sections
from bonecohort.report.page.manuscript_texts import findings_text
from bonecohort.report.page.section import (
    Contribution,
    Heading,
    Paragraph,
    Part,
    Section,
)
from bonecohort.report.tables.table_model import Cell, TableModel
from bonecohort.report.text.citations import cited_keys, with_numbers
from bonecohort.report.text.references import REFERENCES
from bonecohort.study.settings import ReportSettings, Settings

from .conftest import without_endplates, write_results
from .reports import CONTRIBUTORS, build_report, read_inputs
from .test_assemble import OF_OSTEOPOROSIS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docx.document import Document as WordDocument

MM_IN_EMU = 36_000
TEXT_WIDTH_MM = 170


def png(width: int, height: int, dpi: int = 300) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "grey").save(written, "PNG", dpi=(dpi, dpi))
    return written.getvalue()


def table(key: str, series: str = "", n_rows: int = 1, *, wide: bool = False) -> TableModel:
    rows = ((Cell("1"),),) * n_rows
    return TableModel(key, "T", ((Cell("a"),),), rows, (), ("left",), wide, series=series)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def drawn_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return results with two figures as PNG, a wide one and a tall one, and Chinese names."""
    results = write_results(tmp_path_factory.mktemp("drawn") / "results", 24)
    (results / "figures/figure3_prevalence.png").write_bytes(png(1003, 1464))
    (results / "figures/figure4_regression.png").write_bytes(png(4000, 900))
    build_report(results, chinese(Settings()))
    return results


def chinese(settings: Settings) -> Settings:
    age = replace(settings.variables["age_years"], label="年龄", unit="岁")
    report = replace(settings.report, title="骨质疏松与终板缺损 in 24 participants")
    return replace(settings, variables={**settings.variables, "age_years": age}, report=report)


@pytest.fixture(scope="module")
def draft(drawn_results: Path) -> WordDocument:
    return Document(str(drawn_results / "report.docx"))


def headings(document: WordDocument, level: int) -> list[str]:
    return [one.text for one in document.paragraphs if one.style.name == f"Heading {level}"]


def section_texts(document: WordDocument, title: str) -> list[str]:
    """Return the paragraphs of a section of the first level."""
    texts = [(one.style.name == "Heading 1", one.text) for one in document.paragraphs]
    start = texts.index((True, title)) + 1
    end = next((at for at in range(start, len(texts)) if texts[at][0]), len(texts))
    return [text for _, text in texts[start:end]]


def test_sections_stand_in_the_order_of_a_paper(draft: WordDocument) -> None:
    assert draft.paragraphs[0].style.name == "Title"
    assert draft.paragraphs[1].text.startswith("Written by bonecohort 0.1.0; configuration 012")
    assert headings(draft, 1) == [
        "Methods", "Results", "Limitations", "References", "Versions", "Supplement",
    ]  # fmt: skip
    second = headings(draft, 2)
    in_order = ["Statistical analysis", "Software and reporting", "Participants", "Characteristics",
                "Distribution of defects", "Size of defects", "Associated factors",
                "Supplementary results", "STROBE checklist"]  # fmt: skip
    assert [title for title in second if title in in_order] == in_order


def test_methods_and_sentences_are_those_of_the_page(drawn_results: Path) -> None:
    settings = chinese(Settings())
    report = assembled(read_inputs(drawn_results), settings, CONTRIBUTORS)
    document = Document(str(drawn_results / "report.docx"))
    on_page = {section.anchor: section for section in flat(report.sections)}
    words = section_texts(document, "Methods")
    methods = on_page["methods"].blocks[0].values["methods"]
    assert len(methods) > 3
    for heading, paragraph in methods:
        assert without_citations(paragraph) == without_citations(words[words.index(heading) + 1])
    results = section_texts(document, "Results")
    sentences = [
        block.text
        for section in on_page.values()
        for block in section.blocks
        if isinstance(block, Paragraph)
    ]
    assert len(sentences) > 8
    assert [text for text in results if text in sentences] == sentences
    assert (
        section_texts(document, "Limitations")
        == on_page["limitations"].blocks[0].values["limitations"]
    )


def flat(sections: tuple[Section, ...]) -> Iterator[Section]:
    for section in sections:
        yield section
        yield from flat(section.subsections)


def without_citations(text: str) -> str:
    """Return a text without ``(Holm 1979)`` or ``[9]``."""
    return re.sub(r" \[[\d, ]+\]| \((?:[^()]+ \d{4}(?:; )?)+\)", "", text)


def test_works_are_numbered_as_they_are_cited_and_listed(draft: WordDocument) -> None:
    methods = " ".join(section_texts(draft, "Methods"))
    numbers = [int(n) for found in re.findall(r"\[([\d, ]+)\]", methods) for n in found.split(",")]
    first = list(dict.fromkeys(numbers))
    assert first == list(range(1, len(first) + 1))
    listed = section_texts(draft, "References")
    assert [int(entry.partition(".")[0]) for entry in listed] == first
    printed = {work.printed for work in REFERENCES.values()}
    assert {entry.partition("\t")[2] for entry in listed} <= printed
    assert f"Holm’s method [{number_of(listed, 'Holm, Sture')}]" in methods
    assert not any(re.search(r"\[[@#]|\(Holm 1979\)", text) for text in all_texts(draft))


def number_of(listed: list[str], author: str) -> str:
    return next(entry.partition(".")[0] for entry in listed if f"\t{author}" in entry)


def all_texts(document: WordDocument) -> list[str]:
    cells = [cell.text for one in document.tables for row in one.rows for cell in row.cells]
    return [*(paragraph.text for paragraph in document.paragraphs), *cells]


def test_numbers_of_one_citation_are_in_order() -> None:
    text = "GEE [@liang1986; @cameron2015], Holm [@holm1979], not [@nobody1900]"
    assert cited_keys([text, text]) == ["liang1986", "cameron2015", "holm1979", "nobody1900"]
    numbers = {"liang1986": 3, "cameron2015": 1, "holm1979": 2}
    assert with_numbers(text, numbers) == "GEE [1, 3], Holm [2], not [@nobody1900]"


def test_figures_fit_the_page_with_caption_and_text_for_screen_readers(
    draft: WordDocument,
) -> None:
    body = list(draft.paragraphs)
    shapes = draft.inline_shapes
    holding = [at for at, one in enumerate(body) if one._p.findall(f".//{qn('wp:inline')}")]
    captions = [body[at + 1] for at in holding]
    assert {one.style.name for one in captions} == {"Caption"}
    names = [one.text.partition(".")[0] for one in captions]
    assert names == ["Figure 2", "Figure 3", "Figure 4"]  # the flow of participants is drawn here
    for shape, caption, name in zip(shapes, captions, names, strict=True):
        properties = shape._inline.docPr
        assert properties.get("title") == name
        assert f"{name}. {properties.get('descr')}" == caption.text
    widths = [round(shape.width / MM_IN_EMU, 1) for shape in shapes]
    assert widths == [TEXT_WIDTH_MM, 84.9, TEXT_WIDTH_MM]  # 1003 pixels of 300 dpi fit as they are
    assert shapes[2].height / shapes[2].width == pytest.approx(900 / 4000, rel=1e-3)
    parts = [part for part in draft.part.package.iter_parts() if "image" in part.partname]
    assert {part.content_type for part in parts} == {"image/png"}


def test_a_figure_without_a_picture_says_so(small_results: Path) -> None:
    texts = [one.text for one in Document(str(small_results / "report.docx")).paragraphs]
    assert "Figure 3. Not shown: the figure was not drawn." in texts


def test_a_tall_figure_leaves_room_for_its_caption(tmp_path: Path) -> None:
    tall = Illustration("tall", "Caption.", number="1", png=png(1800, 6000))
    write_word(tmp_path / "t.docx", Manuscript("T", "", (ManuscriptSection("A", (tall,)),)))
    (shape,) = Document(str(tmp_path / "t.docx")).inline_shapes
    assert shape.height / MM_IN_EMU <= 0.75 * (297 - 40)
    assert shape.height / shape.width == pytest.approx(6000 / 1800, rel=1e-3)


def fonts(document: WordDocument, style_name: str) -> dict[str, str]:
    """Return the fonts of a style, or of the style that it is based on."""
    style = document.styles[style_name]
    while style is not None:
        properties = style.element.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
        if properties is not None:
            return {name.rpartition("}")[2]: font for name, font in properties.attrib.items()}
        style = style.base_style
    return {}


def test_chinese_is_set_in_a_chinese_font_and_latin_in_the_font_of_the_text(
    draft: WordDocument,
) -> None:
    assert draft.paragraphs[0].text.startswith("骨质疏松")
    assert draft.tables[0].rows[1].cells[0].text == "年龄, 岁"
    cells = [c.paragraphs[0] for one in draft.tables for row in one.rows for c in row.cells]
    used = {paragraph.style.name for paragraph in [*draft.paragraphs, *cells]}
    assert {"Title", "Heading 1", "Heading 2", "Caption", "Normal", "Table text"} <= used
    for name in used:
        assert fonts(draft, name) == {
            "ascii": "Times New Roman", "hAnsi": "Times New Roman", "cs": "Times New Roman",
            "eastAsia": "SimSun",
        }  # fmt: skip
    assert not draft.element.body.findall(f".//{qn('w:rFonts')}")  # nor does a run change it
    defaults = draft.styles.element.find(qn("w:docDefaults"))
    assert defaults.find(f".//{qn('w:rFonts')}").get(qn("w:eastAsia")) == "SimSun"
    assert defaults.find(f".//{qn('w:lang')}").get(qn("w:eastAsia")) == "zh-CN"


def test_the_draft_names_no_participant_and_no_part_of_the_page(draft: WordDocument) -> None:
    texts = all_texts(draft)
    assert not [text for text in texts if re.search(r"\b[PX]\d{2,3}\b", text)]
    titles = {title for level in (1, 2, 3) for title in headings(draft, level)}
    assert not titles & {"Quality control", "Exclusions", "Flags", "Scans", "Summary",
                         "Participants, one by one", "Agreement of readers"}  # fmt: skip


def test_the_checklist_names_no_section_of_the_page_alone(draft: WordDocument) -> None:
    (checklist,) = [one for one in draft.tables if one.rows[0].cells[0].text == "Item"]
    places = {row.cells[0].text: row.cells[-1].text for row in checklist.rows}
    assert places["8"] == "Methods"  # on the page: Methods; Scans
    assert places["13b"] == "Figure 2"  # on the page: Figure 2; Exclusions
    assert places["19"] == "Limitations"


def test_the_same_results_give_the_same_bytes(drawn_results: Path) -> None:
    first = (drawn_results / "report.docx").read_bytes()
    build_report(drawn_results, chinese(Settings()))
    assert (drawn_results / "report.docx").read_bytes() == first


def test_nothing_is_reported_of_a_technique_that_the_study_does_not_have(tmp_path: Path) -> None:
    results = without_endplates(write_results(tmp_path / "results", 24, truth=False))
    report = ReportSettings(title="Study")
    build_report(results, replace(Settings(), analysis=OF_OSTEOPOROSIS, report=report))
    document = Document(str(results / "report.docx"))
    for title in ("Methods", "Results", "Limitations"):
        assert [text for text in section_texts(document, title) if "ndplate defect" in text] == []
    assert "Measured against true" not in headings(document, 2)


def sections_of(*listed: Section) -> tuple[ManuscriptSection, ...]:
    return manuscript_sections(listed, (), (), lambda block: block)


def test_supplementary_tables_follow_in_their_series_and_sentences_stay() -> None:
    told = Paragraph("Said.")
    methods, results, supplement = sections_of(
        Section("one", "One", (told, table("m"), table("s", "S"), table("a", "A"))),
        Section("two", "Two", (table("t", "S"), Part("of_page.html.j2"))),
        Section("methods", "Methods", (Part("m.html.j2", in_manuscript=(Heading("How"), told)),)),
    )
    assert methods.blocks == (Heading("How"), told)
    assert results.subsections == (ManuscriptSection("One", (told, table("m"))),)
    assert supplement.subsections == (
        ManuscriptSection("One", (table("s", "S"),)),
        ManuscriptSection("Two", (table("t", "S"),)),
        ManuscriptSection("One", (table("a", "A"),)),
    )
    assert supplement.starts_page


def test_a_section_of_absent_tables_alone_is_left_out() -> None:
    absent = table("none", n_rows=0)
    undrawn = Illustration("undrawn", "F", only_if_drawn=True)
    nothing = sections_of(
        Section("one", "One", (absent, Illustration("lost", "F"))),
        Section("two", "Two", (undrawn,)),
        Section("three", "Three", (table("hidden"),), is_printed=False),
    )
    assert nothing == ()
    _, results = sections_of(
        Section("methods", "Methods", (Paragraph("How."),)),
        Section("one", "One", (absent, Paragraph("Said."), undrawn)),
    )
    assert results.subsections[0].blocks == (absent, Paragraph("Said."))


def test_the_results_open_with_who_was_analysed_and_what_no_section_tells() -> None:
    section = Section("one", "One", (Paragraph("Said here. And more."),))
    part = Contribution(sections=(section,), summary=("Said here.", "Said in the summary."))
    counts = {"listed": 3, "included": 2, "analysed": 1}
    assert findings_text(counts, [part]) == (
        Paragraph(
            "Of 3 participants, 2 were included and 1 was analysed ([#figure_flow]). "
            "Said in the summary."
        ),
    )
    assert findings_text({"listed": 3}, []) == ()
