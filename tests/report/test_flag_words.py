"""Flags are printed in words, and those that only inform do not drown the others."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from bonecohort.measures import vertebra
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.flag_words import flag_words, in_few_words, is_noteworthy
from bonecohort.report.printing.printer import Printer
from bonecohort.report.results.exclusions_and_flags import exclusions, flags, words_of_flags
from bonecohort.study.settings import Settings
from bonecohort.techniques import hounsfield
from bonecohort.techniques.hounsfield.flags import FLAGS

CODES = (
    "planes_moved", "plane_spread: 72.3 HU (limit 25)", "high_sd_upper: 61.0 HU (limit 60)",
    "metal_middle: 3000 HU (limit 2000)", "went_round_island_lower",
    "lumbar_count_6", "lumbar_count_4", "transitional_t13", "hounsfield_scale_unproven",
    "monoenergetic", "unread_files: a b.xlsx", "unread_rows: hu.csv, row 3",
    "skipped_files: .DS-Store",
)  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_words_without_an_underscore(code: str) -> None:
    meant = flag_words(code, FLAGS)
    assert meant is not None
    for text in (meant.short, meant.sentence, meant.subject):
        assert "_" not in text
        assert "{" not in text
        assert "( " not in text
    assert meant.sentence.endswith(".")


def test_the_codes_are_those_that_are_raised() -> None:
    folder = Path(str(hounsfield.__file__)).parent
    of_words = ("settings.py", "technique.py", "flags.py", "picture.py", "report.py")
    labels = Path(str(vertebra.__file__)).parent
    measuring = {*folder.glob("*.py"), *labels.glob("*.py")} - {folder / name for name in of_words}
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(measuring))
    flags = re.findall(
        r'(?:append\(|\[|f)"((?:plane|lumbar|transitional|high_sd|went|metal)\w*)', source
    )
    assert set(flags) >= {"planes_moved", "plane_spread", "high_sd_", "metal_", "lumbar_count_6"}
    for flag in flags:
        assert flag_words(f"{flag}upper" if flag.endswith("_") else flag, FLAGS), flag


def test_a_flag_says_its_number_and_its_limit() -> None:
    meant = flag_words("plane_spread: 72.3 HU (limit 25)", FLAGS)
    assert meant is not None
    assert meant.sentence.startswith("HU differs by 72.3 HU (limit 25) between the planes")
    assert meant.short == "planes differ in HU"
    metal = flag_words("metal_upper: 3000 HU (limit 2000)", FLAGS)
    assert metal is not None
    assert metal.sentence.startswith("The upper region holds 3000 HU (limit 2000)")


def test_a_plane_is_named_and_a_sentence_stays_as_it_is() -> None:
    assert in_few_words(["planes_moved", "high_sd_lower", "Ends 12 mm apart."], FLAGS) == [
        "high SD in lower plane", "Ends 12 mm apart.", "planes moved inwards",
    ]  # fmt: skip
    assert flag_words("measured on more than one sagittal slice (4.0 mm apart)", FLAGS) is None
    named = flag_words("unread_files: L2_{x}.mps, b", {})
    assert named is not None
    assert "(L2_{x}.mps, b)" in named.sentence
    assert is_noteworthy("unread_files: a", FLAGS)
    assert not is_noteworthy("skipped_files: a", FLAGS)
    assert is_noteworthy("metal_upper", FLAGS)
    assert not is_noteworthy("planes_moved", FLAGS)


def test_levels_that_say_the_same_share_a_remark() -> None:
    rows = [("P1", level, "hounsfield", "planes_moved") for level in ("L1", "L2", "L3")]
    rows += [("P1", "L2", "hounsfield", "plane_spread"), ("P2", "", "convert_ct", "no kernel")]
    frame = pd.DataFrame(rows, columns=["participant_id", "level", "stage", "text"])
    found = flags(frame)
    assert [(remark.participant_id, remark.level) for remark in found] == [
        ("P1", "L1–L3"), ("P1", "L2"), ("P2", ""),
    ]  # fmt: skip
    assert [remark.noteworthy for remark in found] == [False, True, True]
    assert found[2].text == "No kernel."
    assert found[2].stage == "reading the CT"


def test_a_code_has_the_words_of_the_technique_that_raised_it() -> None:
    rows = [
        ("P1", "L1", "hounsfield", "high_sd_upper"),
        ("P1", "L1", "fat_fraction", "high_sd"),
        ("P1", "L2", "fat_fraction", "two_sources_differ: 4.0 percentage points"),
        ("P1", "L3", "fat_fraction", "unread_files: a.mps"),
        ("P1", "L4", "endplates", "high_sd"),
    ]
    frame = pd.DataFrame(rows, columns=["participant_id", "level", "stage", "text"])
    of_hu, of_fat, differing, unread, unknown = flags(frame)
    assert of_hu.text.startswith("The SD within the upper region")
    assert of_fat.text.startswith("The SD of the fat fraction")
    assert "(4.0 percentage points)" in differing.text
    assert unread.text.startswith("Files of the reading could not be read")
    assert (unknown.text, unknown.words) == ("High_sd.", None)
    assert of_fat.stage == "measuring the fat fraction"


def test_every_technique_s_flags_are_printable() -> None:
    assert {"hounsfield", "fat_fraction"} <= words_of_flags().keys()
    for words in words_of_flags().values():
        for code, meant in words.items():
            assert not re.search(r"[ :]", code), code
            assert meant.of("a detail").sentence.endswith("."), code
            assert "{" not in "".join((meant.short, meant.of("").sentence, meant.subject)), code


def test_exclusions_say_what_was_being_done() -> None:
    rows = [
        ("P1", "", "eligibility", "no consent"),
        ("P1", "L1", "convert_t2_sagittal", "a gap"),
        ("P1", "L2", "convert_t2_sagittal", "a gap"),
        ("P1", "", "convert_fat_fraction", "a gap"),
        ("P1", "L1", "hounsfield", "no bone"),
    ]
    frame = pd.DataFrame(rows, columns=["participant_id", "level", "stage", "reason"])
    assert [(remark.level, remark.stage) for remark in exclusions(frame)] == [
        ("", "eligibility"), ("L1, L2", "reading the T2-weighted MR"),
        ("", "reading the fat fraction map"), ("L1", "measuring HU"),
    ]  # fmt: skip


def test_levels_are_printed_as_a_span_only_where_they_follow() -> None:
    assert fmt.span(["L1", "L2", "L3", "L4", "L5"]) == "L1–L5"
    assert fmt.span(["L1", "L3", "L3"]) == "L1, L3"
    assert fmt.span(["L4", "L5"]) == "L4, L5"
    assert fmt.span(["T12", "L1", "L2"]) == "T12, L1, L2"
    assert fmt.span([""]) == ""


def test_warnings_name_variables_as_they_are_printed() -> None:
    text = Printer.of(Settings()).warning_sentence("separated by alcohol[yes] and total_spine_hu")
    assert text == "Separated by alcohol use (yes) and total spine HU."
    assert Printer.of(Settings()).warning_text("expected count below 5") == "expected count below 5"
