"""What people see of the technique: the words of flags, the methods, the table, the picture."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from bonecohort.report.printing.flag_words import flag_words
from bonecohort.study.layout import excluded_record
from bonecohort.techniques.fe.cuts import cuts_of
from bonecohort.techniques.fe.flags import FLAGS
from bonecohort.techniques.fe.picture import draw_fe_qc
from bonecohort.techniques.fe.record import ufe_record
from bonecohort.techniques.fe.section import WORKS, methods_text, site_table
from bonecohort.techniques.fe.settings import FeSettings
from tests.techniques.fe.bones import USUAL, measured, prism

UFE, VERTEBRA = "fe.ufe.pistoia.2pct.7000ue.E8748.v1", "fe.qct.k2hpo4.pmma.crawford0.0068.v1"


@pytest.mark.parametrize(
    "flag",
    ["islands_dropped: 1 of 7 voxels, in 1 parts", "unusual_stiffness: 1.2 kN/mm",
     "unusual_failure_load: 0.1 kN", "contrast"],
)  # fmt: skip
def test_every_flag_has_words_with_its_numbers(flag):
    words = flag_words(flag, FLAGS)
    assert words.sentence.endswith((".", "calibration."))
    assert flag.partition(": ")[2] in words.sentence


def test_the_methods_tell_what_was_done_and_no_more():
    vertebrae = methods_text(FeSettings(posterior="cut"), {VERTEBRA: 5})
    assert "without the posterior elements" in vertebrae
    assert "0.68%" in vertebrae
    assert "Segmented" not in vertebrae
    segmented = methods_text(FeSettings(materials={100: 6829.0, 127: 8748.0}), {UFE: 2})
    assert "6829 MPa (label 100) and 8748 MPa (label 127)" in segmented
    assert "compressed by 1% between ends that could not move sideways" in segmented
    assert "vertebra" not in segmented.lower()


def test_the_methods_tell_that_not_all_are_analysed():
    several = {UFE: 2, UFE.replace(".v1", ".nu0.2.v1"): 1}
    told = methods_text(FeSettings(), several | {VERTEBRA: 3})
    assert "Of the 2 methods of segmented bones, only that of most participants" in told
    assert "methods of vertebrae" not in told
    assert "only that of" not in methods_text(FeSettings(pool_methods=True), several)


@pytest.mark.parametrize(("nu", "ratio"), [("", 0.3), (".nu0.2", 0.2), (".nu0", 0.0)])
def test_a_poissons_ratio_of_the_participants_table_is_told(nu, ratio):
    method = UFE.replace(".v1", f"{nu}.v1")
    usual = methods_text(FeSettings(poisson=ratio), {method: 2})
    assert f"ratio of {ratio:g}. They" in usual
    other = methods_text(FeSettings(poisson=0.4), {method: 2})
    assert "ratio of 0.4, or that of the participants table. They" in other


def test_what_the_methods_cite_is_listed():
    cited = set(re.findall(r"@(\w+)", methods_text(FeSettings(), {VERTEBRA: 1, UFE: 1})))
    assert cited == {work.key for work in WORKS}


def test_the_table_has_a_line_a_site_and_none_for_means():
    columns = ["participant_id", "site", "measure", "value"]
    rows = [
        ("P1", "tibia", "failure_load", 400.0), ("P2", "tibia", "failure_load", 500.0),
        ("P1", "L3", "failure_load", 6000.0), ("P1", "L1-L5", "failure_load", 6000.0),
        ("P1", "tibia", "n_elements", 9.0), ("P2", "tibia", "n_elements", 9.0),
        ("P1", "L3", "n_elements", 9.0),
    ]  # fmt: skip
    table = site_table(pd.DataFrame(rows, columns=columns), ["L1", "L2", "L3"])
    printed = [[cell.text for cell in row] for row in table.rows]
    assert printed == [["L3", "1", "6000"], ["tibia", "2", "450 ± 71"]]


def test_the_picture_tells_loads_and_reasons():
    result = measured(prism(), effort=USUAL)
    records = [
        ufe_record("P1", "radius_distal_L", result, UFE),
        excluded_record("P1", "tibia_distal_R", "The model has no load path."),
    ]
    figure = draw_fe_qc({"radius_distal_L": cuts_of(result.model)}, records, "P1")
    texts = "\n".join(text.get_text() for text in figure.texts)
    assert f"radius_distal_L\nfailure load {result.failure_load_n:.0f} N" in texts
    assert "tibia_distal_R\nnot measured" in texts
    assert "no load path" in texts
    assert len(figure.axes) == 3


def test_every_word_of_the_picture_lies_on_its_sheet():
    reason = "The model has no load path: " + "its largest connected part lies elsewhere. " * 9
    records = [excluded_record("P1", "proximal_phalanx_of_the_left_index_finger", reason)]
    figure = draw_fe_qc({}, records, "P1")
    sheet = figure.bbox
    for text in figure.texts:
        box = text.get_window_extent()
        assert sheet.x0 <= box.x0 < box.x1 <= sheet.x1, text.get_text()
        assert sheet.y0 <= box.y0 < box.y1 <= sheet.y1, text.get_text()
