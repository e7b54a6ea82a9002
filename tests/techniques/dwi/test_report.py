"""The technique's part of the report: picture, table, methods with citations, words of flags."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bonecohort.images.volume import Volume
from bonecohort.measures.mr.outcome import RefusedBody
from bonecohort.measures.mr.region import measured_region
from bonecohort.report.page.assemble import assembled
from bonecohort.report.pictures.sheet import save_picture
from bonecohort.report.printing.flag_words import flag_words, in_few_words
from bonecohort.report.printing.printer import Printer
from bonecohort.report.results.inputs import read_inputs
from bonecohort.study.settings import Settings
from bonecohort.techniques.dwi.flags import FLAGS
from bonecohort.techniques.dwi.measure import measure_signals
from bonecohort.techniques.dwi.picture import draw_dwi_qc
from bonecohort.techniques.dwi.record import to_record
from bonecohort.techniques.dwi.report import contribution, vertebrae
from bonecohort.techniques.dwi.section import WORKS, level_rows, methods_text
from bonecohort.techniques.dwi.settings import DwiSettings
from tests.techniques.dwi.conftest import LEVELS
from tests.techniques.fat_fraction.test_report import texts

SETTINGS = DwiSettings()
WLS, OTHER, VENDOR = "adc.wls.b0-400-800.v1", "adc.wls.b0-1000.v1", "adc.vendor.v1"
IVIM, KURTOSIS = "ivim.segmented_nlls.b0-10-50.v1", "dki.scalar.b0-500-1000.v1"


@pytest.fixture(scope="module")
def measured(spine):
    return measure_signals(spine.signals(), spine.bodies, SETTINGS)


@pytest.fixture(scope="module")
def records(measured):
    return [to_record("P1", level, {"dwi": one}) for level, one in measured.outcomes.items()]


@pytest.fixture(scope="module")
def regions(spine):
    return {
        level: measured_region(spine.adc, body, SETTINGS.erosion_mm)
        for level, body in spine.bodies.items()
    }


def test_the_picture_shows_every_value(measured, regions, records, tmp_path):
    figure = draw_dwi_qc(measured.adc, regions, records, "P1")
    shown = texts(figure)
    for level, record in zip(LEVELS, records, strict=True):
        assert f"{level}  ADC {record['measurements'][0]['value']:.2f}" in shown
        n_voxels = record["sources"]["dwi"]["n_voxels"]
        assert any(f"{n_voxels} voxels" in text and "at b 800" in text for text in shown)
    save_picture(figure, tmp_path / "dwi.png")
    assert (tmp_path / "dwi.png").stat().st_size < 150_000


def test_the_picture_shows_why_there_is_no_value(measured, regions, records):
    refused = to_record("P1", "L3", {"dwi": RefusedBody("Because of this.", ("noise_floor",))})
    shown = texts(draw_dwi_qc(measured.adc, regions, [records[0], refused], "P1"))
    assert "L3  not measured" in shown
    assert "Because of this." in shown


def test_a_picture_of_a_map_without_values_is_drawn(measured, records):
    empty = Volume(np.full_like(measured.adc.array, np.nan), measured.adc.affine_lps)
    assert "P1" in texts(draw_dwi_qc(empty, {}, records, "P1"))


def test_every_flag_has_words():
    raised = ["noise_floor: 4.2 at b 800 (limit 5)", "fat_not_suppressed", "a sentence"]
    assert in_few_words(raised, FLAGS) == ["near the noise", "fat not suppressed", "a sentence"]
    assert "4.2 at b 800" in flag_words(raised[0], FLAGS).sentence
    for words in FLAGS.values():
        assert words.sentence.endswith(".")


def test_the_methods_describe_only_what_was_done():
    text = methods_text(SETTINGS, {WLS: 24}, {}, LEVELS)
    assert "(b 0, 400 and 800 s/mm², 24 vertebrae)" in text
    assert "mean of L1–L4 where at least 3" in text
    for word in ("IVIM", "kurtosis", "Perfusion", "scanner", "suppress", "Only the method"):
        assert word not in text
    of_map = methods_text(SETTINGS, {VENDOR: 1}, {"fat_not_suppressed": 2}, LEVELS)
    assert "the ADC map of the scanner (b values not known, 1 vertebra)" in of_map
    assert "A line was fitted" not in of_map
    assert "in 2 participants its suppression was not shown" in of_map
    several = methods_text(DwiSettings(b_min=50), {WLS: 3, OTHER: 2}, {}, LEVELS)
    assert "from b 50 s/mm²" in several
    assert "Only the method that measured most vertebrae was analysed" in several


def test_what_the_methods_cite_is_listed():
    counts = dict.fromkeys((WLS, VENDOR, IVIM, KURTOSIS), 1)
    cited = set(re.findall(r"@(\w+)", methods_text(SETTINGS, counts, {}, LEVELS)))
    assert cited == {work.key for work in WORKS}


def rows_of(*rows):
    columns = ["participant_id", "site", "modality", "measure", "value", "method"]
    return pd.DataFrame(rows, columns=columns).assign(reader="auto", unit="")


def test_the_table_has_the_fat_fraction_beside_the_adc():
    table = rows_of(
        ("P1", "L1", "dwi", "adc", 0.40, WLS),
        ("P2", "L1", "dwi", "adc", 0.50, WLS),
        ("P1", "L1", "mr_fat", "pdff", 40.0, "pdff.vendor_map.v1"),
        ("P2", "L1", "mr_fat", "pdff", 60.0, "pdff.vendor_map.v1"),
        ("P3", "L1", "mr_fat", "pdff", 99.0, "pdff.vendor_map.v1"),  # no ADC of it
        ("P1", "L2", "dwi", "ivim_f", 14.5, IVIM),
    )
    found = [(row.level, row.n, row.values) for row in level_rows(table, ["L1", "L2"])]
    assert found == [
        ("L1", 2, ("0.45 ± 0.07", "–", "–", "–", "–", "–", "50.0 ± 14.1")),
        ("L2", 0, ("–", "–", "14.5 (n\u00a0=\u00a01)", "–", "–", "–", "–")),
    ]


def test_means_over_levels_are_no_vertebrae():
    table = rows_of(
        ("P1", "L1", "dwi", "adc", 0.4, WLS), ("P1", "L1", "dwi", "snr_bmax", 20.0, WLS),
        ("P1", "L1-L4", "dwi", "adc", 0.4, WLS), ("P1", "L1", "mr_fat", "pdff", 4.0, "x"),
    )  # fmt: skip
    assert vertebrae(table, LEVELS) == {WLS: 1}


def test_the_report_has_a_section_with_what_was_measured(tmp_path):
    inputs = read_inputs(tmp_path)
    assert contribution(inputs, Settings(), Printer.of(Settings())).sections == ()
    own = rows_of(
        ("P1", "L1", "dwi", "adc", 0.40, WLS),
        ("P2", "L1", "dwi", "adc", 0.50, WLS),
        ("P3", "L1", "dwi", "adc", 1.50, OTHER),
    )
    flags = pd.DataFrame(
        [("P1", "L1", "dwi", "fat_not_suppressed"), ("P1", "L2", "dwi", "fat_not_suppressed")],
        columns=["participant_id", "level", "stage", "text"],
    )
    frames = {**inputs.frames, "tables/measurements.csv": own, "tables/flags.csv": flags}
    report = assembled(replace(inputs, frames=frames), Settings(), [contribution])
    (table, _) = [one for one in report.tables if one.series == "S"]
    assert [cell.text for cell in table.header[0]] == ["Level", "Vertebrae", "ADC, 10⁻³ mm²/s"]
    assert [cell.text for cell in table.rows[0]] == ["L1", "2", "0.45 ± 0.07"]
    (heading, text), *_ = next(
        section.blocks[0].values["methods"]
        for section in report.sections
        if section.anchor == "methods"
    )
    assert heading == "Diffusion"
    assert "in 1 participant its suppression was not shown" in text
    assert "Veraart et al. 2013" in text
