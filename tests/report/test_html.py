"""The web page: self-contained, whole, safe, and light enough."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from PIL import Image

from bonecohort.report.figures.flow_diagram import flow_diagram
from bonecohort.report.figures.flow_drawing import flow_svg
from bonecohort.report.page.participant_pages import participant_pages, status
from bonecohort.report.pictures.embedding import embedded_picture, page_copy, with_own_identifiers
from bonecohort.report.printing.printer import Printer
from bonecohort.report.printing.split_labels import split_words
from bonecohort.study.settings import LUMBAR_LEVELS, Settings
from bonecohort.techniques.hounsfield.participant_values import of_participants

from .conftest import SCRIPT, without_endplates, without_hu, write_results
from .reports import CONTRIBUTORS, build_report, read_inputs

if TYPE_CHECKING:
    from pathlib import Path

SPLIT = split_words("endplate_defect", Printer.of(Settings()))
VOID = {"meta", "link", "img", "input", "br", "path", "rect"}
LARGEST_BYTES = 30_000_000


class Page(HTMLParser):
    """Collects what the tests ask about, and checks that elements close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.references: list[tuple[str, str]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if given.get("id"):
            self.anchors.append(str(given["id"]))
        for name in ("href", "src", "xlink:href"):
            if given.get(name):
                self.references.append((tag, str(given[name])))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)


@pytest.fixture(scope="module")
def source(small_results: Path) -> str:
    return (small_results / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_elements_are_balanced_and_identifiers_unique(page: Page) -> None:
    assert page.open == []
    assert len(page.anchors) == len(set(page.anchors))


def test_nothing_is_loaded_from_elsewhere(page: Page, source: str) -> None:
    for tag, reference in page.references:
        assert reference.startswith(("#", "data:")), (tag, reference)
    style = source.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "<metadata" not in source
    assert not re.search(r"\b(fetch|XMLHttpRequest|import)\b\s*\(", source)


def test_every_inner_link_has_its_target(page: Page) -> None:
    targets = {reference[1:] for _, reference in page.references if reference.startswith("#")}
    assert targets - set(page.anchors) == set()
    assert {"qc-P001", "exclusions", "participants-table", "table-1"} <= targets


def test_every_participant_has_a_page_that_is_linked(page: Page, small_results: Path) -> None:
    linked = [reference for _, reference in page.references]
    for name in (*(f"P{i:03d}" for i in range(1, 25)), "X01", "X02"):
        assert f"qc-{name}" in page.anchors
        assert f"#qc-{name}" in linked


def test_user_text_is_escaped_everywhere(page: Page, source: str) -> None:
    assert "<script>alert" not in source
    assert sum(tag == "script" for tag, _ in page.elements) == 1
    assert SCRIPT in "".join(page.text)


def test_pictures_and_drawings_have_descriptions(page: Page) -> None:
    images = [given for tag, given in page.elements if tag == "img"]
    assert len(images) == 48
    assert all(given["alt"] and given["loading"] == "lazy" for given in images)
    drawings = [given for tag, given in page.elements if tag == "svg"]
    assert all(given.get("aria-label") for given in drawings)


def test_the_page_is_accessible_in_structure(page: Page) -> None:
    assert ("html", {"lang": "en"}) in page.elements
    assert sum(tag == "h1" for tag, _ in page.elements) == 1
    assert ("a", {"class": "skip", "href": "#main"}) in page.elements
    tables = sum(tag == "table" for tag, _ in page.elements)
    assert sum(tag == "th" and "scope" in given for tag, given in page.elements) > tables
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_page_says_what_needs_attention(page: Page) -> None:
    text = " ".join("".join(page.text).split())
    assert "1 participant excluded for a fault in the data: X02." in text
    assert "Flags raised (measuring HU): P003." in text
    assert "Variables absent from the participants’ table: T-score." in text
    assert "is called “conventional”" in text
    assert "as published" not in text.lower()
    assert "treats vertebrae as independent" in text


def test_the_truth_is_reported_only_where_it_is_known(source: str, tmp_path: Path) -> None:
    assert '<section id="truth" class="folded"' in source
    results = write_results(tmp_path / "results", 6, truth=False)
    build_report(results, Settings())
    assert 'id="truth"' not in (results / "report.html").read_text(encoding="utf-8")
    assert not list(results.glob(".report*"))


def test_an_empty_results_folder_says_what_is_not_recorded(tmp_path: Path) -> None:
    build_report(tmp_path, Settings())
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert Page(text).open == []
    assert "not recorded" in text
    assert "Figure 1.</b> Not shown" in text


def test_the_same_results_give_the_same_page(small_results: Path, source: str) -> None:
    build_report(small_results, Settings())
    assert (small_results / "report.html").read_text(encoding="utf-8") == source


def test_199_participants_with_pictures_stay_below_30_megabytes(tmp_path: Path) -> None:
    results = write_results(tmp_path / "results", 199, 115_000)
    given = sum(path.stat().st_size for path in results.rglob("qc/*.png"))
    assert given > 22_000_000
    build_report(results, Settings())
    assert (results / "report.html").stat().st_size < LARGEST_BYTES


def test_a_picture_above_its_budget_is_made_smaller(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.effect_noise((1400, 1000), 60).save(path)
    assert path.stat().st_size > 1_000_000
    picture = embedded_picture(path, "noise", 60_000)
    assert picture.source.startswith("data:image/jpeg;base64,")
    assert len(picture.source) < 1.4 * 60_000
    assert (picture.width, picture.height) == (1400, 1000)


def test_a_picture_above_its_budget_is_shown_by_the_jpeg_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.effect_noise((700, 500), 60).save(path)
    page_copy(path).write_bytes(b"small")
    assert embedded_picture(path, "noise", 60_000).source == "data:image/jpeg;base64,c21hbGw="
    within = embedded_picture(path, "noise", path.stat().st_size)
    assert within.source.startswith("data:image/png;base64,")


def test_drawings_keep_links_and_get_identifiers_of_their_own(source: str) -> None:
    assert 'id="figure3_prevalence-clip"' in source
    assert "url(#figure4_regression-clip)" in source
    svg = '<g id="a"/><use href="#a"/><a href="#qc-P001"/><g clip-path="url(#a)"/>'
    assert with_own_identifiers(svg, "f-") == (
        '<g id="f-a"/><use href="#f-a"/><a href="#qc-P001"/><g clip-path="url(#f-a)"/>'
    )


def test_the_flow_diagram_wraps_long_reasons_and_shows_the_unread() -> None:
    counts = {"listed": 12, "not_included": 2, "not_included_reasons": {"long " * 40: 2},
              "included": 10, "excluded_by_fault": 0, "analysed": 10}  # fmt: skip
    drawing = flow_svg(flow_diagram(counts, (4, 5), SPLIT))
    assert "Endplates not read: 1" in drawing
    assert drawing.count("long long") >= 4
    lines = re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
    assert max(map(len, lines)) < 100
    assert "not recorded" in drawing


def test_status_says_never_included_from_excluded_and_partly_analysed(
    small_results: Path,
) -> None:
    inputs, settings = read_inputs(small_results), Settings()
    added = [contributor(inputs, settings, Printer.of(settings)) for contributor in CONTRIBUTORS]
    pages = {
        page.participant_id: page for page in participant_pages(inputs, added, settings.levels)
    }
    assert pages["P001"].status == "analysed"
    assert pages["P002"].status == "analysed in part"
    assert pages["X01"].status == "not included"
    assert pages["X02"].status == "excluded"
    assert status([], is_measured=False) == "analysed"
    (regions,) = pages["P001"].tables
    assert regions.title == "Regions of interest"
    assert regions.rows[0] == ("L1", "middle", "101.3", "30.0", "100.0", "812", "402", "3.1")
    assert pages["X01"].values is None


def test_whose_values_are_not_analysed_with_the_others_is_not_excluded(small_results: Path) -> None:
    inputs = read_inputs(small_results)
    measured = pd.DataFrame(
        [("X02", "L1", "mr_fat", "pdff", 50.0, "pdff.complex.v1", "auto")],
        columns=["participant_id", "site", "modality", "measure", "value", "method", "reader"],
    )
    inputs = replace(inputs, frames={**inputs.frames, "tables/measurements.csv": measured})
    pages = {page.participant_id: page for page in participant_pages(inputs, [], LUMBAR_LEVELS)}
    assert pages["X02"].status == "analysed in part"


def test_hu_have_the_decimals_of_the_tables_on_a_participants_page(small_results: Path) -> None:
    inputs, settings = read_inputs(small_results), Settings()
    printer = Printer.of(settings)
    shown = of_participants(inputs)["P001"]
    row = inputs.frame("tables/vertebrae.csv").query("participant_id == 'P001'").iloc[0]
    assert printer.decimals("hu") == printer.decimals("total_spine_hu") == 2
    assert shown.values[row["level"]][3] == f"{row['hu']:.2f}"
    assert shown.values[row["level"]][0] == f"{row['hu_upper']:.1f}"
    total = inputs.frame("tables/participants.csv").set_index("participant_id")["total_spine_hu"]
    assert shown.summary == (f"total spine HU {total['P001']:.2f}",)


def test_a_study_without_endplates_compares_nothing_and_says_so(tmp_path: Path) -> None:
    results = without_endplates(write_results(tmp_path / "results", 8, truth=False))
    build_report(results, Settings())
    text = " ".join("".join(Page((results / "report.html").read_text("utf-8")).text).split())
    assert "No endplates were read, so no groups were compared and no model was fitted." in text
    for name in ("Table 2.", "Table 3.", "Table S1.", "Table S2."):
        assert re.search(rf"{name} [^.]+\. Not shown: no endplates were read\.", text), name
    assert "Characteristics of the participants Characteristic Total (n = 8)" in text
    assert "Endplates not read: 8" in text
    for misleading in (
        "Endplate defects:",
        "differed from those",
        "Student",
        "Figure 3. Vertebrae",
        "–%",
    ):
        assert misleading not in text


def test_a_study_without_hu_says_so(tmp_path: Path) -> None:
    results = without_hu(write_results(tmp_path / "results", 8, truth=False))
    build_report(results, Settings())
    text = " ".join("".join(Page((results / "report.html").read_text("utf-8")).text).split())
    assert "The study holds no HU." in text
    assert "No participant has a total spine HU." in text
    assert "Figure 4. Not shown: no vertebra has both endplates read and an HU." in text
    assert re.search(r"Table S2\. [^.]+\. Not shown: no vertebra has both", text)
    assert "HU of the vertebra Low HU" not in text
    assert "has no column" not in text.partition("What needs attention")[2].partition("Methods")[0]
    assert "Trabecular attenuation was measured" not in text
    assert "Osteoporosis is defined here" not in text


def test_the_flow_says_who_was_analysed_in_part_and_links_only_to_reasons() -> None:
    counts = {"listed": 3, "not_included": 0, "included": 3, "excluded_by_fault": 1, "analysed": 2,
              "vertebrae": 10, "vertebrae_measured_hu": 5}  # fmt: skip
    drawing = flow_svg(flow_diagram(counts, (1, 1), SPLIT, n_in_part=1))
    links = re.findall(r'<a href="#exclusions">(.*?)</a>', drawing)
    assert len(links) == 2
    assert "Excluded for a fault in the data: 1" in links[0]
    assert "Analysed in part, for a fault: 1" in links[1]
    assert "HU measured in 5 (not in 5)" in drawing
    assert "in part" not in flow_svg(flow_diagram(counts, (1, 1), SPLIT))


def test_the_flow_says_what_reviewers_left_out_apart_from_faults() -> None:
    counts = {"listed": 4, "not_included": 0, "included": 4, "excluded_by_fault": 0, "analysed": 3,
              "left_out": 1, "left_out_in_part": 1, "vertebrae": 10,
              "vertebrae_measured_hu": 5}  # fmt: skip
    drawing = flow_svg(flow_diagram(counts, (1, 2), SPLIT, n_in_part=2))
    assert "Left out by reviewers: 1" in drawing
    assert "Analysed in part, for a fault: 1" in drawing
    assert "Analysed in part, left out by reviewers: 1" in drawing
    nothing = counts | {"left_out": 0, "left_out_in_part": 0}
    assert "reviewers" not in flow_svg(flow_diagram(nothing, (1, 2), SPLIT))


def test_the_flow_says_of_what_was_found_alone_where_the_paper_is_not_asked_for() -> None:
    counts = {"vertebrae": 10, "vertebrae_measured_hu": 5, "vertebrae_read_endplates": 0,
              "defect_vertebrae": 0, "defect_endplates": 0}  # fmt: skip
    assert "endplates read in 0 (not in 10)" in flow_svg(flow_diagram(counts, (), None))
    drawing = flow_svg(flow_diagram(counts, (), None, of_all=False))
    assert "HU measured in 5 (not in 5)<" in drawing
    assert "endplates" not in drawing
    assert "defect" not in drawing


def test_the_flow_says_failed_jobs_apart_from_faults_in_the_data() -> None:
    counts = {"listed": 4, "not_included": 0, "included": 4, "excluded_by_fault": 0, "analysed": 3,
              "failed": 2, "excluded_by_failure": 1, "vertebrae": 10,
              "vertebrae_measured_hu": 5}  # fmt: skip
    drawing = flow_svg(flow_diagram(counts, (1, 2), SPLIT, n_in_part=2))
    assert "Excluded for a fault in the data: 0" in drawing
    assert "Lacking, for a job failed: 1" in drawing
    assert "Analysed in part, for a fault: 1" in drawing
    assert "Analysed in part, for a job failed: 1" in drawing
