"""A participant's VBQ, which scores are analysed together, settings, and the part of the report."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.computed import OfOthers
from bonecohort.measures.measurement import Measurement
from bonecohort.report.page.assemble import assembled
from bonecohort.report.printing.flag_words import flag_words
from bonecohort.report.printing.printer import Printer
from bonecohort.report.results.inputs import read_inputs
from bonecohort.study.settings import Settings
from bonecohort.techniques.vbq.computed import add_computed
from bonecohort.techniques.vbq.flags import FLAGS
from bonecohort.techniques.vbq.methods import WORDS
from bonecohort.techniques.vbq.pooling import left_out
from bonecohort.techniques.vbq.report import contribution
from bonecohort.techniques.vbq.section import WORKS, methods_text
from bonecohort.techniques.vbq.settings import VbqSettings

SCORES = {"L1": 2.00, "L2": 2.73, "L3": 2.40, "L4": 3.43, "L5": 9.0}


def computed(tmp_path, scores, method="vbq.auto.v1", reader="auto"):
    rows = [
        Measurement(level, "mr", "vbq_level", score, "1", method, reader)
        for level, score in scores.items()
    ]
    rows.append(Measurement("L1.superior", "mr", "ebq", 99.0, "1", "ebq.csf.v1", reader))
    into = Collected()
    add_computed(OfOthers("P1", tmp_path, rows, tuple(SCORES), Settings()), into)
    return into


def test_the_vbq_is_the_median_of_l1_to_l4(tmp_path):
    ((name, row),) = computed(tmp_path, SCORES).measurements
    assert (name, row.site, row.modality, row.measure) == ("P1", "L1-L4", "mr", "vbq")
    assert row.value == pytest.approx((2.40 + 2.73) / 2)
    assert (row.unit, row.method, row.reader) == ("1", "vbq.auto.v1", "auto")


def test_the_ebq_of_a_disc_is_the_mean_of_its_two_endplates(tmp_path):
    """L5 has no lower neighbour, and of L2 and L3 one endplate is missing."""
    ends = {
        "L1.inferior": 2.0, "L2.superior": 3.0, "L2.inferior": 9.0, "L3.inferior": 1.5,
        "L4.superior": 1.7, "L4.inferior": 2.2, "L5.superior": 2.8, "L5.inferior": 7.0,
    }  # fmt: skip
    rows = [
        Measurement(site, "mr", "ebq", value, "1", "ebq.csf.v1", "auto")
        for site, value in ends.items()
    ]
    into = Collected()
    add_computed(OfOthers("P1", tmp_path, rows, tuple(SCORES), Settings()), into)
    found = {row.site: row.value for _, row in into.measurements}
    assert found == pytest.approx({"L1-L2": 2.5, "L3-L4": 1.6, "L4-L5": 2.5})
    assert {row.method for _, row in into.measurements} == {"ebq.csf.v1"}


def test_of_three_levels_the_vbq_is_flagged(tmp_path):
    three = {level: SCORES[level] for level in ("L1", "L3", "L4")}
    into = computed(tmp_path, three)
    assert into.measurements[0][1].value == 2.40
    assert [(one.level, one.stage, one.text) for one in into.flags] == [
        ("L1-L4", "vbq", "levels_missing: L2")
    ]


def test_of_two_levels_there_is_a_reason_and_no_value(tmp_path):
    into = computed(tmp_path, {"L1": 2.0, "L3": 2.4, "L5": 3.0})
    assert into.measurements == []
    ((one),) = into.exclusions
    assert (one.level, one.stage) == ("L1-L4", "vbq")
    assert one.reason == "The VBQ needs 3 of L1, L2, L3, L4; measured are L1, L3."


def test_of_no_level_the_records_have_told_already(tmp_path):
    into = computed(tmp_path, {})
    assert (into.measurements, dict(into.exclusions), into.flags) == ([], {}, [])


@pytest.mark.parametrize(("score", "is_flagged"), [(0.9, True), (1.1, False), (6.1, True)])
def test_a_vbq_out_of_its_range_is_flagged(tmp_path, score, is_flagged):
    into = computed(tmp_path, dict.fromkeys(SCORES, score))
    assert [one.text.split(":")[0] for one in into.flags] == ["unusual_vbq"] * is_flagged


def rows_of(*rows):
    columns = ["participant_id", "site", "modality", "measure", "value", "method", "reader"]
    return pd.DataFrame(rows, columns=columns).assign(unit="1")


TABLE = rows_of(
    ("P1", "L1", "mr", "vbq_level", 2.0, "vbq.auto.v1", "auto"),
    ("P1", "L1.superior", "mr", "ebq", 2.5, "ebq.csf.v1", "auto"),
    ("P1", "L1-L4", "mr", "vbq", 2.1, "vbq.auto.v1", "auto"),
    ("P2", "L1", "mr", "vbq_level", 2.0, "vbq.reader.v1", "A"),
    ("P2", "L1", "mr", "vbq_level", 4.0, "vbq.reader.v1", "B"),
    ("P2", "L1", "mr", "vbq_level", 3.0, "vbq.reader.v1", "mean"),
    ("P3", "L1", "mr", "vbq_level", 5.0, "vbq.gre.v1", "auto"),
    ("P3", "L1", "mr", "t2", 80.0, "t2.mono.v1", "auto"),
)


def test_gradient_echo_does_not_stand_with_spin_echo():
    assert np.flatnonzero(left_out(TABLE, pool_methods=False)).tolist() == [6]
    assert not left_out(TABLE, pool_methods=True).any()
    many = TABLE.assign(method=TABLE["method"].replace("vbq.reader.v1", "vbq.gre.v1"))
    assert np.flatnonzero(left_out(many, pool_methods=False)).tolist() == [0, 1, 2]


def test_settings_out_of_their_range_are_told():
    bad = VbqSettings(
        levels=("L1", "L1"), min_levels=3, erosion_mm=-1, min_voxels=1, max_csf_cv=0,
        max_outlier_fraction=2, band_width=0,
    )  # fmt: skip
    told = " ".join(bad.problems())
    for key in ("levels", "min_levels", "erosion_mm", "min_voxels", "max_csf_cv",
                "max_outlier_fraction", "band_width"):  # fmt: skip
        assert key in told
    assert list(VbqSettings().problems()) == []


def test_every_flag_has_words():
    for code in ("csf_level", "endplate_apart", "levels_missing", "unusual_vbq"):
        assert "{detail}" not in flag_words(f"{code}: L2", FLAGS).sentence
    assert all(words.sentence.endswith(".") for words in FLAGS.values())


def test_the_methods_describe_only_what_was_done():
    auto = methods_text(VbqSettings(), {"vbq.auto.v1": 8}, {})
    assert f"{WORDS['vbq.auto.v1']} (8 vertebrae)" in auto
    assert "gradient echo" not in auto
    of_reader = methods_text(VbqSettings(), {"vbq.reader.v1": 1}, {"L2": 2})
    assert "Endplate" not in of_reader
    assert "its level was L2 in 2 participants" in of_reader
    both = methods_text(VbqSettings(), {"vbq.auto.v1": 8, "vbq.gre.v1": 2}, {})
    assert "were not analysed together" in both
    assert "N4" not in both
    corrected = methods_text(VbqSettings(n4=True), {"vbq.auto.v1": 8}, {})
    assert set(re.findall(r"@(\w+)", corrected)) == {work.key for work in WORKS}


def test_the_report_has_a_section_with_what_was_measured(tmp_path):
    inputs = read_inputs(tmp_path)
    assert contribution(inputs, Settings(), Printer.of(Settings())).sections == ()
    flags = pd.DataFrame(
        [("P1", "L1", "vbq", "csf_level: L2"), ("P1", "L2", "vbq", "csf_level: L2")],
        columns=["participant_id", "level", "stage", "text"],
    )
    frames = {**inputs.frames, "tables/measurements.csv": TABLE, "tables/flags.csv": flags}
    report = assembled(replace(inputs, frames=frames), Settings(), [contribution])
    table = next(one for one in report.tables if one.key == "vbq")
    assert [cell.text for cell in table.rows[0]] == ["L1", "2", "2.50 ± 0.71", "2.50", "–"]
    assert [cell.text for cell in table.rows[-1]] == ["L1-L4", "1", "2.10", "–", "–"]
    (heading, text), *_ = next(
        section.blocks[0].values["methods"]
        for section in report.sections
        if section.anchor == "methods"
    )
    assert heading == "Bone quality scores"
    assert "L2 in 1 participant" in text
    assert "Ehresman et al. 2020" in text
    assert Printer.of(Settings()).label_with_unit("mr_vbq") == "VBQ"
