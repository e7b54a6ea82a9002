"""Figure files named by number: those of the report, each as it was drawn."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bonecohort.report.figures.flow_diagram import flow_diagram
from bonecohort.report.figures.flow_drawing import flow_figure
from bonecohort.report.figures.style import PRINT_DPI, journal_style
from bonecohort.report.printing.printer import Printer
from bonecohort.report.printing.split_labels import split_words
from bonecohort.study.settings import Settings

from .conftest import write_results
from .reports import build_report

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = {
    "listed": 1234, "not_included": 200,
    "not_included_reasons": {"earlier surgery of the lumbar spine with hardware": 2},
    "included": 1034, "excluded_by_fault": 12, "analysed": 1022, "left_out": 3, "failed": 4,
    "vertebrae": 5110, "vertebrae_measured_hu": 5000, "vertebrae_read_endplates": 5010,
    "defect_vertebrae": 900, "defect_endplates": 1200,
}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results with a main figure, a supplementary one, and one without anything to show."""
    folder = write_results(tmp_path_factory.mktemp("study") / "results", 8, truth=False)
    drawing = (folder / "figures/figure4_regression.svg").read_bytes()
    for stem, width in (("figure3_prevalence", 40), ("hu_by_level", 60)):
        Image.new("RGB", (width, 20)).save(folder / f"figures/{stem}.png")
        for suffix in ("svg", "pdf"):
            (folder / f"figures/{stem}.{suffix}").write_bytes(drawing + stem.encode())
    build_report(folder, Settings())
    return folder


def captions(results: Path) -> list[str]:
    page = (results / "report.html").read_text(encoding="utf-8")
    return re.findall(r"<figcaption><b>(Figure \w+)\.</b> (?!Not shown)", page)


def texts_of(drawing: str) -> set[str]:
    return {unescape(text) for text in re.findall(r"<text[^>]*>([^<]+)</text>", drawing)}


def test_each_figure_of_the_report_has_files_with_its_number_and_no_other_has(
    results: Path,
) -> None:
    stems = {name.lower().replace(" ", "_") for name in captions(results)}
    assert len(stems) == 4
    assert {path.stem for path in (results / "report_figures").iterdir()} == stems


def test_the_files_are_those_that_were_drawn(results: Path) -> None:
    page = (results / "report.html").read_text(encoding="utf-8")
    for stem, caption in (
        ("figure3_prevalence", "Vertebrae with endplate defects by level and type"),
        ("hu_by_level", "HU of the vertebrae by level and endplate defect"),
    ):
        number = re.search(rf"<figcaption><b>Figure (\w+)\.</b> {caption}", page)[1]
        for suffix in ("png", "svg", "pdf"):
            copy = results / f"report_figures/figure_{number.lower()}.{suffix}"
            assert copy.read_bytes() == (results / f"figures/{stem}.{suffix}").read_bytes()


def test_the_draft_of_the_paper_has_the_same_flow_diagram(results: Path) -> None:
    page = (results / "report.html").read_text(encoding="utf-8")
    number = re.search(r"<figcaption><b>Figure (\w+)\.</b> Flow of participants", page)[1]
    with zipfile.ZipFile(results / "report.docx") as draft:
        pictures = [draft.read(name) for name in draft.namelist() if "/media/" in name]
    assert (results / f"report_figures/figure_{number}.png").read_bytes() in pictures


def test_the_flow_diagram_is_a_figure_for_print(results: Path) -> None:
    page = (results / "report.html").read_text(encoding="utf-8")
    number = re.search(r"<figcaption><b>Figure (\w+)\.</b> Flow of participants", page)[1]
    files = sorted((results / "report_figures").glob(f"figure_{number}.*"))
    assert [path.suffix for path in files] == [".pdf", ".png", ".svg"]
    with Image.open(files[1]) as picture:
        assert picture.width == pytest.approx(175 / 25.4 * PRINT_DPI, abs=1.5)
    shown = re.search(r'<svg class="flow".*?</svg>', page, re.DOTALL)[0]
    assert texts_of(files[2].read_text(encoding="utf-8")) == texts_of(shown)


@pytest.mark.parametrize("n_in_part", [0, 9])
def test_the_text_of_each_box_stays_inside(n_in_part: int) -> None:
    split = split_words("endplate_defect", Printer.of(Settings()))
    flow = flow_diagram(COUNTS, (400, 500), split, n_in_part)
    with journal_style():
        figure = flow_figure(flow)
        figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [patch.get_window_extent() for patch in axes.patches]
    texts = [text for text in axes.texts if text.get_text()]
    assert len(boxes) == len(flow.boxes)
    assert len(texts) == sum(len(box.lines) for box in flow.boxes)
    for text in texts:
        inner = text.get_window_extent()
        assert any(
            box.x0 < inner.x0 and inner.x1 < box.x1 and box.y0 < inner.y0 and inner.y1 < box.y1
            for box in boxes
        ), text.get_text()
