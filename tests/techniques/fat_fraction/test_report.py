"""What people see of the technique: the picture, the words of flags, the methods, the table."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Picture

from bonecohort.images.volume import Volume
from bonecohort.measures.mr.region import measured_region
from bonecohort.report.page.assemble import assembled
from bonecohort.report.pictures.body_regions import middle_of
from bonecohort.report.pictures.sheet import save_picture
from bonecohort.report.pictures.views import sagittal_view
from bonecohort.report.printing.flag_words import flag_words, in_few_words
from bonecohort.report.printing.printer import Printer
from bonecohort.report.results.inputs import read_inputs
from bonecohort.study.settings import Settings
from bonecohort.techniques.fat_fraction.facts import ImageFacts
from bonecohort.techniques.fat_fraction.flags import FLAGS
from bonecohort.techniques.fat_fraction.measure import RefusedBody
from bonecohort.techniques.fat_fraction.methods import PDFF_METHODS, R2STAR_MAP
from bonecohort.techniques.fat_fraction.picture import draw_fat_fraction_qc
from bonecohort.techniques.fat_fraction.record import to_record
from bonecohort.techniques.fat_fraction.report import contribution
from bonecohort.techniques.fat_fraction.section import WORKS, level_rows, methods_text
from bonecohort.techniques.fat_fraction.settings import MrFatSettings
from bonecohort.techniques.fat_fraction.sources import Image, from_map, r2star_values
from tests.techniques.fat_fraction.conftest import LEVELS, PDFF, PLACES

SETTINGS = MrFatSettings()


@pytest.fixture(scope="module")
def measured(spine):
    return from_map(spine.image(), spine.bodies, SETTINGS)


@pytest.fixture(scope="module")
def regions(spine):
    return {
        level: measured_region(spine.percent, body, 3.0) for level, body in spine.bodies.items()
    }


@pytest.fixture(scope="module")
def records(spine, measured):
    r2star = r2star_values(Image(spine.r2star, ImageFacts()), "r2star", spine.bodies, SETTINGS)
    return [
        to_record(
            "P001", level, outcome, r2star[level], method=measured.method, r2star_method=R2STAR_MAP
        )
        for level, outcome in measured.outcomes.items()
    ]


def texts(figure):
    drawn = [text.get_text() for text in figure.texts]
    return drawn + [text.get_text() for axes in figure.axes for text in axes.texts]


def test_a_record_holds_rows_and_region(records):
    record = records[2]
    assert (record["level"], record["status"], record["flags"]) == ("L3", "measured", [])
    rows = {row["measure"]: row["value"] for row in record["measurements"]}
    assert list(rows) == ["pdff", "pdff_median", "pdff_sd", "r2star", "t2star"]
    assert rows["pdff"] == pytest.approx(PDFF["L3"], abs=0.3)
    assert rows["t2star"] == pytest.approx(10.0, abs=0.1)
    assert record["regions"]["fat_fraction"]["volume_cm3"] == pytest.approx(
        record["regions"]["fat_fraction"]["n_voxels"] * 0.016
    )


def test_a_record_of_nothing_measured_has_the_reason_and_no_value(measured):
    refused = RefusedBody("L3", "No vertebral body was found in the label.", ("few_voxels",))
    record = to_record("P001", "L3", refused, refused, method="", r2star_method="")
    assert record["status"] == "excluded"
    assert record["reason"] == "No vertebral body was found in the label."
    assert record["flags"] == ["few_voxels"]
    assert record["measurements"] == []
    part = to_record(
        "P001", "L3", measured.outcomes["L3"], refused, method=measured.method, r2star_method=""
    )
    assert part["flags"] == [
        "few_voxels", "not_measured: No vertebral body was found in the label."
    ]  # fmt: skip


def test_the_picture_shows_every_value(spine, regions, records):
    shown = texts(draw_fat_fraction_qc(spine.percent, regions, records, "P001"))
    assert "P001" in shown
    for level, record in zip(LEVELS, records, strict=True):
        value = record["measurements"][0]["value"]
        assert f"{level}  {value:.1f}%" in shown
        assert any(
            f"{record['regions']['fat_fraction']['n_voxels']} voxels" in text for text in shown
        )


def test_the_picture_says_why_there_is_no_value(spine, regions, records):
    refused = to_record(
        "P001", "L3", RefusedBody("L3", "Because of this."), None, method="", r2star_method=""
    )
    shown = texts(draw_fat_fraction_qc(spine.percent, regions, [records[0], refused], "P001"))
    assert "L3  not measured" in shown
    assert "Because of this." in shown


def test_the_picture_is_drawn_without_any_region(spine, records):
    refused = to_record(
        "P001", "L3", RefusedBody("L3", "No label."), None, method="", r2star_method=""
    )
    assert "L3  not measured" in texts(draw_fat_fraction_qc(spine.percent, {}, [refused], "P001"))


def test_regions_lie_where_the_bodies_are(regions):
    for level, region in regions.items():
        y, z, _ = PLACES[level]
        assert middle_of(region) == pytest.approx([0, y, z], abs=1.5)


def test_outlines_follow_the_regions(spine, regions, records):
    """The outline in the sagittal view encloses L2's region: its corners in the view's mm."""
    figure = draw_fat_fraction_qc(spine.percent, regions, records, "P001")
    sagittal = figure.axes[0]
    segments = [
        path.vertices for one in sagittal.collections for path in one.get_paths() if len(path)
    ]
    centre = np.mean([middle_of(region) for region in regions.values()], axis=0)
    view = sagittal_view(centre, 1, 1)
    spans = sorted((float(np.ptp(one[:, 0])), float(np.ptp(one[:, 1]))) for one in segments)
    assert len(segments) == len(LEVELS)
    for width, height in spans:  # of 34 × 27 mm, 3 mm inside, leaning
        assert 26 < width < 34
        assert 19 < height < 32
    heights = np.diff(sorted(float(one[:, 1].mean()) for one in segments))
    apart = np.diff(sorted(view.project([0, y, z])[1] for y, z, _ in PLACES.values()))
    assert heights == pytest.approx(apart, abs=2)


def test_pictures_are_small_and_repeatable(spine, regions, records, tmp_path):
    contents = []
    for name in ("a.png", "b.png"):
        figure = draw_fat_fraction_qc(spine.percent, regions, records, "P001")
        save_picture(figure, tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    assert len(contents[0]) < 150_000
    with Picture.open(tmp_path / "a.png") as picture:
        assert picture.size == (860, 48 + 5 * 156)
        assert not picture.info.keys() & {"Software", "date"}


def test_every_flag_has_words():
    raised = ["scale_unproven", "two_sources_differ: -4.0 percentage points", "a sentence"]
    assert in_few_words(raised, FLAGS) == ["scale unproven", "two sources differ", "a sentence"]
    assert "(-4.0 percentage points)" in flag_words(raised[1], FLAGS).sentence
    assert flag_words("a sentence", FLAGS) is None
    for words in FLAGS.values():
        assert words.sentence.endswith(".")


def test_the_methods_says_only_what_was_done():
    of_maps = methods_text(SETTINGS, {"pdff.vendor_map.v1": 24}, LEVELS)
    assert "L1–L5 was measured" in of_maps
    assert "the PDFF map of the scanner (24 vertebrae)" in of_maps
    assert "mean of L1–L4 where at least 3" in of_maps
    assert "signals" not in of_maps
    assert "R2*" not in of_maps
    both = methods_text(
        MrFatSettings(levels=("L2", "L3"), min_levels=1, erosion_mm=2.5),
        {"sff.water_fat.v1": 1, "r2star.vendor_map.v1": 2},
        LEVELS,
    )
    assert "not shown to be quantitative, 1 vertebra)" in both
    assert "R2* of 2 vertebrae" in both
    assert "2.5 mm inside its surface" in both
    assert "mean of L2, L3 where at least 1" in both


def test_the_methods_name_the_fit_of_echoes_where_it_was_used():
    fitted = methods_text(SETTINGS, {"pdff.complex.v1": 5, "r2star.complex.v1": 5}, LEVELS)
    assert "fitted to complex echoes (5 vertebrae)" in fitted
    assert "six peaks [@hamilton2011]" in fitted
    assert "R2* of 5 vertebrae is the mean of the map fitted" in fitted
    assert "variable projection" not in methods_text(SETTINGS, {"pdff.vendor_map.v1": 1}, LEVELS)


def test_what_the_methods_cite_is_listed():
    counts = dict.fromkeys((*PDFF_METHODS, "sff.water_fat.v1", "r2star.vendor_map.v1"), 1)
    cited = set(re.findall(r"@(\w+)", methods_text(SETTINGS, counts, LEVELS)))
    assert cited == {work.key for work in WORKS}


def test_the_table_has_a_line_a_level():
    columns = ["participant_id", "site", "modality", "measure", "value"]
    rows = [
        ("P1", "L1", "mr_fat", "pdff", 40.0),
        ("P2", "L1", "mr_fat", "pdff", 50.0),
        ("P1", "L1", "mr_fat", "r2star", 99.6),
        ("P1", "L1", "mr_fat", "pdff_sd", 1.0),
        ("P1", "L2", "CT", "hu", 120.0),
        ("P3", "L2", "mr_fat", "pdff_sd", 1.0),
    ]
    table = level_rows(pd.DataFrame(rows, columns=columns), ["L1", "L2"])
    assert [(row.level, row.n, row.values) for row in table] == [
        ("L1", 2, ("45.0 ± 7.1", "–", "100 (n\u00a0=\u00a01)")),
        ("L2", 0, ("–", "–", "–")),
    ]


def rows_of(*rows: tuple[str, str, str, float, str]) -> pd.DataFrame:
    columns = ["participant_id", "site", "measure", "value", "method"]
    return pd.DataFrame(rows, columns=columns).assign(modality="mr_fat", reader="auto")


def test_the_report_has_a_section_with_what_was_measured(tmp_path):
    inputs = read_inputs(tmp_path)
    assert contribution(inputs, Settings(), Printer.of(Settings())).sections == ()
    own = rows_of(
        ("P1", "L1", "pdff", 40.0, "pdff.vendor_map.v1"),
        ("P1", "L1", "pdff_sd", 4.0, "pdff.vendor_map.v1"),
        ("P2", "L1", "pdff", 50.0, "pdff.vendor_map.v1"),
        ("P2", "L1-L4", "pdff", 50.0, "pdff.vendor_map.v1"),
    )
    frames = {**inputs.frames, "tables/measurements.csv": own}
    report = assembled(replace(inputs, frames=frames), Settings(), [contribution])
    (table, _) = [one for one in report.tables if one.series == "S"]
    assert table.name == "Table S1"
    assert [cell.text for cell in table.header[0]] == ["Level", "Vertebrae", "PDFF, %"]
    assert [cell.text for cell in table.rows[0]] == ["L1", "2", "45.0 ± 7.1"]
    assert {"reeder2012", "hernando2017"} <= {work.key for work in report.cited}
    (heading, text), *_ = next(
        section.blocks[0].values["methods"]
        for section in report.sections
        if section.anchor == "methods"
    )
    assert heading == "Fat fraction"
    assert "(2 vertebrae)" in text
    assert "Reeder et al. 2012" in text


def test_a_map_of_another_orientation_gives_the_same_picture_places(spine, regions):
    """Stored from left to right instead: the middles stay."""
    array = spine.percent.array[:, :, ::-1]
    affine = spine.percent.affine_lps @ np.diag([1.0, 1.0, -1.0, 1.0])
    affine[:3, 3] = spine.percent.to_lps(np.array([0, 0, array.shape[2] - 1.0]))
    turned = measured_region(Volume(array, affine), spine.bodies["L4"], 3.0)
    assert middle_of(turned) == pytest.approx(middle_of(regions["L4"]))
