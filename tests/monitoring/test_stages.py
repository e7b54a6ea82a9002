"""The words of the stages: every rule has them."""

from __future__ import annotations

import re

from bonecohort.monitoring.stages import is_recorded, some, stage_words
from bonecohort.study.job_table import rule_words
from tests.conftest import REPOSITORY

NO_RECORD = ("crop_", "show_", "list_", "assemble_", "analyse_", "draw_", "build_", "do_")
"""How rules begin that leave no record of what could not be done."""


def test_every_rule_of_the_workflow_has_its_words():
    texts = [path.read_text() for path in (REPOSITORY / "workflow/rules").glob("*.smk")]
    rules = {name for text in texts for name in re.findall(r"^rule (\w+):", text, re.MULTILINE)}
    assert rules == set(rule_words())
    recorded = {rule for rule in rules if is_recorded(rule)}
    assert recorded > {"convert_series", "segment_vertebrae", "measure_hounsfield"}
    assert recorded == {rule for rule in rules if not rule.startswith(NO_RECORD)}


def test_few_vertebrae_are_named_and_many_are_counted():
    assert stage_words("measure_hounsfield", sites=["L3", "L4"]) == "measure HU of L3 and L4"
    assert stage_words("measure_hounsfield", sites=["L1", "L2", "L3"]).endswith("of 3 vertebrae")
    assert stage_words("convert_series", kinds=["ct"]) == "convert the CT"


def test_a_long_list_of_names_is_cut_with_a_sign():
    assert some(["A", "B"]) == "A, B"
    assert some(["A", "B", "C"], limit=2) == "A, B, …"
