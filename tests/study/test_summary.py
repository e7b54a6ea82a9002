"""The words a run ends with."""

from __future__ import annotations

import json

import pytest

from bonecohort.study.summary import closing_words, settings_of_run


@pytest.mark.parametrize(
    "content",
    ["", "[1]", '{"counts": {}}', '{"counts": {"analysed": 1}}', "[" * 10**5],
    ids=["empty", "list", "no count", "one count", "deep"],
)
def test_a_run_json_of_another_form_is_no_traceback(tmp_path, content):
    (tmp_path / "report.html").touch()
    (tmp_path / "run.json").write_text(content)
    assert closing_words(tmp_path) == "bonecohort: the jobs asked for are done."
    assert settings_of_run(tmp_path) == {}


def words(folder, **counts):
    (folder / "report.html").touch()
    of_all = {
        "analysed": 59, "included": 59, "vertebrae_measured_hu": 0, "defect_vertebrae": 0,
        "vertebrae_read_endplates": 0, "excluded_by_fault": 0,
    }  # fmt: skip
    record = {"counts": of_all | counts, "settings": {"analyses": []}}
    (folder / "run.json").write_text(json.dumps(record))
    return closing_words(folder).splitlines()


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({}, "bonecohort: 59 of 59 participants analysed."),
        (
            {"incomplete_by_fault": 2, "left_out_in_part": 1},
            "bonecohort: 59 of 59 participants analysed, 3 of them in part.",
        ),
        (
            {"incomplete_by_fault": 59},
            "bonecohort: 0 of 59 participants analysed in full, 59 in part.",
        ),
        (
            {"analysed": 40, "incomplete_by_fault": 40, "excluded_by_fault": 19},
            "bonecohort: 0 of 59 participants analysed in full, 40 in part.",
        ),
        (
            {"analysed": 0, "excluded_by_fault": 59},
            "bonecohort: 0 of 59 participants analysed.",
        ),
    ],
)
def test_who_lacks_something_does_not_count_as_analysed_in_full(tmp_path, counts, told):
    first, *lines = words(tmp_path, **counts)
    assert first == told
    faults = counts.get("incomplete_by_fault")
    assert (f"  {faults} incomplete: `bonecohort status`" in "".join(lines)) == bool(faults)
