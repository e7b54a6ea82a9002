"""The report shows how readers agree, or why it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docx import Document

from bonecohort.cohort.frames import read_table
from bonecohort.papers.hao2025.report.agreement.figure import (
    agreement_lines,
    agreement_points,
    draw_agreement,
    figure_of_agreement,
)
from bonecohort.papers.hao2025.report.agreement.results import Agreement
from bonecohort.papers.hao2025.report.agreement.tables import agreement_tables
from bonecohort.papers.hao2025.report.agreement.text import agreement_methods, agreement_sentences
from bonecohort.study.settings import Settings
from tests.statistics.agreement.test_agreement import agreement_in, measurements_of

from .reports import build_report

READERS = Path(__file__).resolve().parents[1] / "statistics/fixtures/readers"


@pytest.fixture(scope="module")
def two() -> pd.DataFrame:
    return measurements_of(READERS / "two")


@pytest.fixture(scope="module")
def three() -> pd.DataFrame:
    return measurements_of(READERS / "three")


def compared(measurements: pd.DataFrame) -> Agreement:
    return Agreement.of(agreement_in(measurements, Settings()))


def by_hand(measurements: pd.DataFrame, measure: str) -> pd.Series:
    own = measurements[measurements["measure"] == measure]
    wide = own.pivot(index=["participant_id", "site"], columns="reader", values="value").dropna()
    return wide["1"] - wide["2"]


def test_the_table_prints_the_readers_differences(two):
    measures, findings = agreement_tables(compared(two))
    assert (measures.key, findings.key) == ("agreement_measures", "agreement_findings")
    hu = next(row for row in measures.rows if row[0].text == "Vertebra HU")
    found = agreement_in(two, Settings())
    is_meant = (found["measure"] == "hu") & (found["statistic"] == "icc_2_1_generalized")
    (generalized,) = found[is_meant].to_dict("records")
    assert hu[3].text == f"{generalized['ci_low']:.2f} to {generalized['ci_high']:.2f}"
    differences = by_hand(two, "hu")
    assert hu[1].text == str(len(differences))
    assert hu[7].text.startswith(f"{differences.mean():.1f} (".replace("-", "−"))
    low, high = (differences.mean() + side * 1.96 * differences.std() for side in (-1, 1))
    assert hu[8].text == f"{low:.1f} to {high:.1f}".replace("-", "−")
    assert "Readers: 1, 2." in measures.footnotes[0].text


def test_three_readers_have_a_row_together_and_one_a_pair(three):
    measures, findings = agreement_tables(compared(three))
    of_hu = [row[0] for row in measures.rows[:4]]
    assert [cell.text for cell in of_hu] == ["Vertebra HU", "1 − 2", "1 − 10", "2 − 10"]
    assert [cell.indent for cell in of_hu] == [False, True, True, True]
    assert any("Fleiss" in note.text for note in findings.footnotes)


def test_readers_of_whom_each_pair_shared_other_vertebrae_are_compared_by_pairs():
    values = [(101.0, 99.0), (88.0, 92.0), (120.0, 119.0), (75.0, 78.0)]
    rows = [
        (f"{pair}{number}", "L3", "CT", "hu", value, "HU", reader)
        for pair in (("1", "2"), ("1", "3"))
        for number, of_both in enumerate(values)
        for reader, value in zip(pair, of_both, strict=True)
    ]
    columns = ["participant_id", "site", "modality", "measure", "value", "unit", "reader"]
    agreement = compared(pd.DataFrame(rows, columns=columns))
    (measures,) = agreement_tables(agreement)
    shown = {row[0].text: (row[1].text, row[6].text) for row in measures.rows}
    assert shown["Vertebra HU"] == ("0", "")
    assert shown["1 − 2"][0] == shown["1 − 3"][0] == "4"
    assert shown["2 − 3"] == ("0", "")
    assert any("fewer than 3" in note.text for note in measures.footnotes)
    (sentence,) = agreement_sentences(agreement)
    assert "reader 1 − reader 3, mean difference −1.0 HU" in sentence


def test_sentences_and_methods_says_what_was_compared(two):
    agreement = compared(two)
    text = " ".join(agreement_sentences(agreement))
    assert "Vertebra HU (86 vertebrae of 18 participants): ICC(2,1) 0.99" in text
    assert "reader 1 − reader 2, mean difference −3.1 HU" in text
    assert "readers 1 and 2 agreed in 89.8% of 88 vertebrae, κ 0.79" in text
    ((heading, paragraph),) = agreement_methods(agreement)
    assert heading == "Agreement of readers"
    assert "Cohen’s κ" in paragraph


def test_one_reader_leaves_a_line_of_the_page_and_no_methods(small_results):
    one = compared(
        pd.DataFrame({
            "participant_id": ["P1", "P2"], "site": "L1", "modality": "CT", "measure": "hu",
            "value": [1.0, 2.0], "unit": "HU", "reader": "1",
        })
    )  # fmt: skip
    (table,) = agreement_tables(one)
    assert table.is_absent
    assert table.absent_because == "one reader; agreement needs two."
    assert agreement_methods(one) == []
    assert agreement_sentences(one) == []
    page = (small_results / "report.html").read_text(encoding="utf-8")
    assert 'id="agreement"' in page
    assert "Agreement of readers on what they measured. Not shown:" in page
    words = [
        paragraph.text for paragraph in Document(str(small_results / "report.docx")).paragraphs
    ]
    assert not any("Agreement of readers" in text for text in words)


def test_the_page_and_the_word_file_hold_the_section(two, tmp_path):
    statistics = tmp_path / "statistics"
    tables, figures = tmp_path / "tables", tmp_path / "figures"
    for folder in (statistics, tables, figures):
        folder.mkdir()
    two.to_csv(tables / "measurements.csv", index=False)
    agreement_in(two, Settings()).to_csv(statistics / "agreement.csv", index=False)
    draw_agreement(tables, statistics, figures, Settings())
    assert {path.suffix for path in figures.glob("agreement.*")} == {".png", ".svg", ".pdf", ".csv"}
    build_report(tmp_path, Settings())
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'href="#agreement"' in page
    assert 'id="figure-a1"' in page
    assert "likely too narrow. Those of total spine HU are not concerned" in page
    titles = [p.text for p in Document(str(tmp_path / "report.docx")).paragraphs]
    assert "Table A2. Agreement of readers on what they found, by vertebra" in titles


def test_what_else_two_readers_measured_is_compared_as_it_is_declared(two):
    values = [(41.0, 40.0), (35.5, 36.0), (52.0, 50.0), (47.0, 46.5)]
    rows = [
        (f"P{number}", site, "mr_fat", "pdff", value, "%", "pdff.vendor_map.v1", reader)
        for number, of_both in enumerate(values)
        for site in ("L1", "L1-L4")
        for reader, value in zip("12", of_both, strict=True)
    ]
    own = pd.DataFrame(rows, columns=[
        "participant_id", "site", "modality", "measure", "value", "unit", "method", "reader",
    ])  # fmt: skip
    agreement = compared(pd.concat([two, own], ignore_index=True))
    assert agreement.compared("hu").keys() == compared(two).compared("hu").keys()
    measures, _ = agreement_tables(agreement)
    last = measures.rows[-1]
    assert last[0].text == "PDFF, %"
    assert last[1].text == "4"  # the means of levels are no sites of their own
    assert last[7].text.startswith("0.75 (")


def test_points_and_lines_of_the_figure_are_the_readers_differences(two):
    points = agreement_points(two, Settings())
    hu = points[points["measure"] == "hu"]
    assert np.sort(hu["difference"]) == pytest.approx(np.sort(by_hand(two, "hu")))
    lines = agreement_lines(agreement_in(two, Settings()))
    mean = lines[(lines["measure"] == "hu") & (lines["statistic"] == "mean_difference")]
    assert mean["estimate"].item() == pytest.approx(hu["difference"].mean())
    assert (lines.set_index(["measure", "statistic"])["n"]["hu"] == len(hu)).all()
    figure = figure_of_agreement(points, lines)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[0] == f"Vertebra HU (n = {len(hu)})".replace("n = ", "n\u00a0=\u00a0")
    assert len(titles) == 6


def test_at_most_three_pairs_of_readers_are_drawn(three):
    fourth = three[three["reader"] == "2"].assign(reader="11")
    points = agreement_points(pd.concat([three, fourth]), Settings())
    assert points.groupby("measure")[["reader_1", "reader_2"]].apply(
        lambda pairs: len(pairs.drop_duplicates())
    ).eq(3).all()  # fmt: skip


def test_nothing_is_drawn_for_one_reader(two, tmp_path):
    for name in ("tables", "statistics", "figures"):
        (tmp_path / name).mkdir()
    one = two[two["reader"] == "1"]
    one.to_csv(tmp_path / "tables/measurements.csv", index=False)
    table = agreement_in(one, Settings())
    table.to_csv(tmp_path / "statistics/agreement.csv", index=False)
    assert read_table(tmp_path / "statistics/agreement.csv")["estimate"].isna().all()
    draw_agreement(tmp_path / "tables", tmp_path / "statistics", tmp_path / "figures", Settings())
    assert list((tmp_path / "figures").iterdir()) == []
