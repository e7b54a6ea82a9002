"""Flags are told in words, and those that only inform do not drown the others."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.flag_labels import flag_words, in_few_words, is_noteworthy
from bonecohort.report.results.exclusions_and_flags import remarks
from bonecohort.study.settings import Settings
from bonecohort.techniques import hounsfield

CODES = (
    "planes_moved", "plane_spread", "high_sd_upper", "metal_middle", "went_round_island_lower",
    "lumbar_count_6", "lumbar_count_4", "transitional_t13", "hounsfield_scale_unproven",
    "monoenergetic", "unread_files: a b.xlsx", "unread_rows: hu.csv, row 3",
    "skipped_files: .DS-Store",
)  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_words_without_an_underscore(code: str) -> None:
    meant = flag_words(code)
    assert meant is not None
    for text in (meant.short, meant.sentence, meant.subject):
        assert "_" not in text
        assert "{" not in text
    assert meant.sentence.endswith(".")


def test_the_codes_are_those_that_are_raised() -> None:
    folder = Path(str(hounsfield.__file__)).parent
    measuring = {*folder.glob("*.py")} - {folder / "settings.py", folder / "technique.py"}
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(measuring))
    flags = re.findall(
        r'(?:append\(|\[|f)"((?:plane|lumbar|transitional|high_sd|went|metal)\w*)', source
    )
    assert set(flags) >= {"planes_moved", "plane_spread", "high_sd_", "metal_", "lumbar_count_6"}
    for flag in flags:
        assert flag_words(f"{flag}upper" if flag.endswith("_") else flag), flag


def test_a_plane_is_named_and_a_sentence_stays_as_it_is() -> None:
    assert in_few_words(["planes_moved", "high_sd_lower", "Ends 12 mm apart."]) == [
        "high SD in lower plane", "Ends 12 mm apart.", "planes moved inwards",
    ]  # fmt: skip
    assert flag_words("measured on more than one sagittal slice (4.0 mm apart)") is None
    named = flag_words("unread_files: L2_{x}.mps, b")
    assert named is not None
    assert "(L2_{x}.mps, b)" in named.sentence
    assert is_noteworthy("unread_files: a")
    assert not is_noteworthy("skipped_files: a")
    assert is_noteworthy("metal_upper")
    assert not is_noteworthy("planes_moved")


def test_levels_that_say_the_same_share_a_remark() -> None:
    rows = [("P1", level, "hounsfield", "planes_moved") for level in ("L1", "L2", "L3")]
    rows += [("P1", "L2", "hounsfield", "plane_spread"), ("P2", "", "convert_ct", "no kernel")]
    frame = pd.DataFrame(rows, columns=["participant_id", "level", "stage", "text"])
    found = remarks(frame, "text")
    assert [(remark.participant_id, remark.level) for remark in found] == [
        ("P1", "L1–L3"), ("P1", "L2"), ("P2", ""),
    ]  # fmt: skip
    assert [remark.noteworthy for remark in found] == [False, True, True]
    assert found[2].text == "No kernel."


def test_levels_are_printed_as_a_span_only_where_they_follow() -> None:
    assert fmt.span(["L1", "L2", "L3", "L4", "L5"]) == "L1–L5"
    assert fmt.span(["L1", "L3", "L3"]) == "L1, L3"
    assert fmt.span(["L4", "L5"]) == "L4, L5"
    assert fmt.span(["T12", "L1", "L2"]) == "T12, L1, L2"
    assert fmt.span([""]) == ""


def test_warnings_name_variables_as_they_are_printed() -> None:
    text = labels.warning_sentence("separated by alcohol[yes] and total_spine_hu", Settings())
    assert text == "Separated by alcohol use (yes) and total spine HU."
    assert labels.warning_text("expected count below 5", Settings()) == "expected count below 5"
