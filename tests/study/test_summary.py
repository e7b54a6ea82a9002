"""The words a run ends with."""

from __future__ import annotations

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
