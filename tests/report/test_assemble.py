"""The report is put together of sections: numbers, references, and what a study does not have."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bonecohort.report.page.assemble import assembled
from bonecohort.report.page.illustration import Illustration
from bonecohort.report.page.numbering import names_of, numbered, tables_of
from bonecohort.report.page.section import Contribution, Paragraph, Section
from bonecohort.report.page.standard_sections import software
from bonecohort.report.printing.cross_references import with_references
from bonecohort.report.tables.table_model import Cell, TableModel
from bonecohort.study.settings import AnalysisSettings, ReportSettings, Settings

from .conftest import without_endplates, write_results
from .reports import build_report, read_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs

OF_OSTEOPOROSIS = AnalysisSettings(
    table1_grouping="osteoporosis",
    outcome="osteoporosis",
    univariate_terms=("age_years", "sex"),
    multivariable_terms=("age_years", "sex"),
)


def table(key: str, series: str = "", text: str = "1") -> TableModel:
    return TableModel(key, "T", ((Cell("a"),),), ((Cell(text),),), (), ("left",), series=series)  # type: ignore[arg-type]


def test_tables_and_figures_are_numbered_in_the_order_of_the_sections() -> None:
    sections = numbered(
        [
            Section("a", "A", (table("one"), table("two", "S"), Illustration("drawn", "F"))),
            Section("b", "B", (table("three"), table("four", "A"), table("five", "S"))),
        ]
    )
    assert names_of(sections) == {
        "one": "Table 1", "two": "Table S1", "drawn": "Figure 1", "three": "Table 2",
        "four": "Table A1", "five": "Table S2",
    }  # fmt: skip
    assert [item.key for item in tables_of(sections)] == ["one", "three", "two", "five", "four"]
    assert tables_of(sections)[3].anchor == "table-s2"
    assert tables_of(sections)[3].file_stem == "table_s2"


def test_references_are_printed_as_names_numbers_and_anchors() -> None:
    names = {"roc": "Table S11", "figure_roc": "Figure S4"}
    text = "Tables [#roc:number], [#figure_roc] (#[#roc:anchor]); [#nothing] and [@roc] stay"
    assert with_references([text], names) == [
        "Tables S11, Figure S4 (#table-s11); [#nothing] and [@roc] stay"
    ]


def of_two(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    cited = Section("more", "More", (Paragraph("As [#second] shows, p is 0.05."),))
    within = Section("sub", "Sub", (table("second", text="see [#first]"),), parent="more")
    hidden = Section("none", "None", (table("first"),), is_printed=False)
    last = Section("end", "End", (Paragraph("Last."),))
    return Contribution(
        sections=(last, hidden, cited, within),
        methods=(("How", "By Holm’s method [@holm1979]."),),
        summary=("Found in [#second].",),
        limitations=("It is small.",),
        checklist={"2": ("Known before.", "[#second]")},
    )


@pytest.fixture(scope="module")
def inputs(small_results: Path) -> ReportInputs:
    return read_inputs(small_results)


def test_what_is_contributed_finds_its_places(inputs: ReportInputs) -> None:
    settings = replace(Settings(), report=ReportSettings(decimal_mark=","))
    report = assembled(inputs, settings, [of_two, software])
    anchors = [section.anchor for section in report.sections]
    assert anchors[:5] == ["summary", "quality-control", "methods", "results", "end"]
    more = report.sections[5]
    assert more.blocks == (Paragraph("As Table 2 shows, p is 0,05."),)
    assert [section.anchor for section in more.subsections] == ["sub"]
    names = [item.name for item in report.tables]
    assert names == ["Table 2", "Table S1"]  # Table 1 is not printed
    assert report.tables[0].rows[0][0].text == "see Table 1"
    assert {"holm1979", "molder2021"} <= {work.key for work in report.cited}
    checklist = {row[0].text: row for row in report.tables[1].rows}
    assert [cell.text for cell in checklist["2"][3:]] == ["Known before.", "Table 2"]
    assert checklist["19"][3].text.startswith("It is small.")


def test_a_report_of_nothing_has_the_sections_of_every_report(tmp_path: Path) -> None:
    report = assembled(read_inputs(tmp_path), Settings(), [])
    assert [section.anchor for section in report.sections] == [
        "summary", "quality-control", "methods", "results", "limitations", "cohort",
        "exclusions", "flags", "scans", "quality", "strobe", "references", "versions",
    ]  # fmt: skip
    opened = [one.anchor for one in report.sections if not one.is_folded]
    assert opened == ["summary", "quality-control", "results"]
    assert [one.anchor for one in report.sections[3].subsections] == ["participants-flow"]


def test_a_study_that_asks_nothing_of_endplates_has_no_section_on_them(tmp_path: Path) -> None:
    results = without_endplates(write_results(tmp_path / "results", 24, truth=False))
    build_report(results, replace(Settings(), analysis=OF_OSTEOPOROSIS))
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "[#" not in page
    for anchor in ("distribution", "sizes", "defect-vertebrae", "truth", "table-2", "table-s5"):
        assert f'id="{anchor}"' not in page
    methods = page.partition('<section id="methods"')[2].partition("</section>")[0]
    assert "Endplate" not in methods
    assert "The p values of Tables 1 and 3 are not corrected" in page
    numbers = re.findall(r'class="table-block[^"]*" id="table-([as]?\d+)"', page)
    assert numbers[:2] == ["1", "3"]  # a table has one number in every study of the preset
