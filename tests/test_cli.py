"""The command line: what it prints, and its exit codes."""

from __future__ import annotations

import warnings

from bonecohort.cli import main
from bonecohort.demo.cohort import draw_participant
from bonecohort.demo.study import write_participant


def test_check_says_a_sound_study_and_every_problem_of_another(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 1
    assert "The study has 2 problems" in capsys.readouterr().err
    (tmp_path / "config").mkdir()
    (tmp_path / "config/participants.tsv").write_text("participant_id\nA\n")
    (tmp_path / "config/series.tsv").write_text("participant_id\tkind\tpath\nA\tct\tct\n")
    assert main(["check", str(tmp_path)]) == 0
    assert "1 participants listed (1 included)" in capsys.readouterr().out


def test_init_proposes_a_study_that_check_accepts(tmp_path, capsys):
    write_participant(tmp_path / "export", draw_participant(1, seed=1), seed=1)
    study = tmp_path / "work" / "study"
    assert main(["init", str(tmp_path / "export"), str(study), "--jobs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "1 participants (1 new), 2 rows added" in printed
    assert "keep it private" in printed
    assert main(["check", str(study)]) == 0
    assert "DEMO" not in "".join(path.read_text() for path in (study / "config").iterdir())


def test_a_warning_of_a_job_is_logged_without_its_text(monkeypatch, capsys):
    """pydicom's warnings quote the value they are about, a birth date as well."""
    from bonecohort.jobs import convert

    def warn(_task, _results):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("Invalid value for VR DA: '1941.02.03'.", UserWarning, stacklevel=1)

    monkeypatch.setattr(convert, "run", warn)
    assert main(["job", "convert", "{}", "results"]) == 0
    logged = capsys.readouterr().err
    assert "test_cli.py" in logged
    assert "UserWarning" in logged
    assert "1941" not in logged
