"""What people see of the technique: the words of flags, the methods, the table."""

from __future__ import annotations

import re

import pandas as pd

from bonecohort.measures.calibration import Calibration
from bonecohort.report.printing.flag_words import flag_words
from bonecohort.study.settings import Settings
from bonecohort.techniques.qct.flags import FLAGS
from bonecohort.techniques.qct.means import density_means
from bonecohort.techniques.qct.pooling import left_out, scale_of
from bonecohort.techniques.qct.report import site_table
from bonecohort.techniques.qct.section import WORKS, methods_text
from bonecohort.techniques.qct.settings import CorrectionSettings, LineSettings, QctSettings
from bonecohort.techniques.qct.words import equation_words

MAIN = density_means(Settings())[0]
EVERY_METHOD = {
    "qct.rods.ha": 1, "qct.mindways.k2hpo4": 1, "qct.async.k2hpo4.cc": 1,
    "qct.internal.k2hpo4.afcm": 1, "hu2bmd.x.kvp": 1,
}  # fmt: skip
SETTINGS = QctSettings(
    hu_to_bmd=LineSettings("x", 0.9, -2.0, "K2HPO4", "Somebody 2020"),
    contrast={"portal_venous": CorrectionSettings(0.7, -11.0, "Somebody else 2012")},
    kvp_factors={100: 0.94},
)


def test_the_methods_tell_only_what_was_done():
    of_rods = methods_text(QctSettings(), {"qct.rods.k2hpo4": 24}, MAIN, 0)
    assert "A phantom with rods of K2HPO4 was scanned with 24 participants" in of_rods
    assert "mean of L1, L2 where at least 2" in of_rods
    for word in ("Mindways", "internal", "published", "classed", "corrected", "hydroxyapatite"):
        assert word not in of_rods


def test_the_methods_tell_every_source():
    told = methods_text(SETTINGS, EVERY_METHOD, MAIN, 3)
    assert "rods of hydroxyapatite was scanned with 1 participant:" in told
    assert "Mindways" in told
    assert "by samples of air, adipose, bone and muscle" in told
    assert "density is 0.9 × HU − 2 mg K2HPO4/cm³ (Somebody 2020)" in told
    assert "portal venous (Somebody else 2012)" in told
    assert "HU were multiplied by 0.94 at 100 kV" in told
    assert "osteoporosis below 80 mg/cm³" in told


def test_what_the_methods_cite_is_listed():
    cited = set(re.findall(r"@(\w+)", methods_text(SETTINGS, EVERY_METHOD, MAIN, 3)))
    assert cited == {work.key for work in WORKS}


def test_a_calibration_is_told_in_words():
    line = Calibration("x", "HA", 0.81984, -6.041)
    assert equation_words(line) == "0.8198 HU − 6.04"
    curve = Calibration("x", "HA", 0.4647, 34.7, 4.02e-4)
    assert equation_words(curve) == "0.4647 HU + 34.70 + 0.000402 HU²"


def rows(*given):
    columns = ["participant_id", "site", "modality", "measure", "value", "method", "reader"]
    return pd.DataFrame(given, columns=columns)


def test_the_table_has_a_line_a_method_and_site():
    own = rows(
        ("P1", "L1", "qct", "vbmd", 90.0, "qct.rods.ha", "1"),
        ("P1", "L1", "qct", "vbmd", 110.0, "qct.rods.ha", "2"),
        ("P1", "L1", "qct", "vbmd", 100.0, "qct.rods.ha", "mean"),
        ("P2", "L1", "qct", "vbmd", 120.0, "qct.rods.ha", "1"),
        ("P3", "L1-L2", "qct", "vbmd", 80.0, "hu2bmd.x", "1"),
        ("P1", "scan", "qct", "calibration_slope", 0.8, "qct.rods.ha", "auto"),
    )
    table = site_table(own, 1)
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["hu2bmd.x", "L1-L2", "1", "80.0"],
        ["qct.rods.ha", "L1", "2", "110.0 ± 14.1"],
    ]
    assert "The densities of 1 participant were" in table.footnotes[1].text


def test_densities_of_one_scale_are_analysed_together():
    given = rows(
        ("P1", "L1", "qct", "vbmd", 90.0, "qct.rods.k2hpo4", "1"),
        ("P2", "L1", "qct", "vbmd", 90.0, "qct.async.k2hpo4.cc", "1"),
        ("P2", "scan", "qct", "calibration_slope", 0.8, "qct.async.k2hpo4.cc", "auto"),
        ("P3", "L1", "qct", "vbmd", 90.0, "qct.rods.ha", "1"),
        ("P3", "L1", "CT", "hu", 90.0, "pacs.table", "1"),
        ("P4", "L1", "qct", "vbmd", 90.0, "qct.internal.k2hpo4.afbcm", "1"),
    )
    assert left_out(given, pool_methods=True).tolist() == [False, False, False, True, False, True]
    assert left_out(given[1:], pool_methods=False).sum() == 2  # the first of three in the alphabet
    assert not left_out(given[4:5], pool_methods=False).any()
    assert scale_of("hu2bmd.x", pool_methods=True) == "hu2bmd.x"


def test_every_flag_has_words():
    assert "(rod B by +6.7 mg/cm³)" in flag_words(
        "rod_off_the_line: rod B by +6.7 mg/cm³", FLAGS
    ).sentence  # fmt: skip
    for words in FLAGS.values():
        assert words.sentence.endswith(".")
        assert "{detail}" not in words.subject
