"""What results keep of participants who are no longer included: listed, and removed on demand."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from bonecohort.cli import main
from bonecohort.study.provenance import provenance_path, recording_provenance
from bonecohort.study.writing import whole_file

TABLE = "participant_id\tinclude\texclusion_reason\nA\tyes\t\n"
LEFT_OUT = "B\tno\tlumbar surgery\n"
OF_ONE = ("ct.nii.gz", "ct.json", "qc/hounsfield.png")


def write_results(name):
    """Write results as jobs do, in the working folder."""
    with recording_provenance("convert", {"participant_id": name, "kind": "ct"}):
        for file in OF_ONE:
            with whole_file(Path("results/participants") / name / file) as unfinished:
                unfinished.write_text(f"{name} {file}")
    log = Path(f"results/logs/{name}/convert_ct.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")


@pytest.fixture
def study(tmp_path):
    """A, who is included; B, who is left out; C, who was deleted from the table."""
    folder = tmp_path / "study"
    (folder / "config").mkdir(parents=True)
    (folder / "config/participants.tsv").write_text(TABLE + LEFT_OUT)
    (folder / "config/series.tsv").write_text("participant_id\tkind\tpath\nA\tct\tdata\n")
    with chdir(folder):
        for name in "ABC":
            write_results(name)
    (folder / ".snakemake/bonecohort").mkdir(parents=True)
    (folder / ".snakemake/bonecohort/run.lock").write_text("")
    return folder


def files_of(study):
    return {path.relative_to(study).as_posix() for path in study.rglob("*") if path.is_file()}


def everything_of(name):
    return {f"results/participants/{name}/{file}" for file in OF_ONE} | {
        f"results/logs/{name}/convert_ct.log", str(provenance_path(name))
    }  # fmt: skip


def test_status_names_whose_files_are_kept(study, capsys):
    assert main(["status", str(study), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] == [
        {"participant_id": "B", "is_listed": True, "n_files": 5},
        {"participant_id": "C", "is_listed": False, "n_files": 5},
    ]
    assert main(["status", str(study)]) == 0
    told = capsys.readouterr().out
    assert "2 participants no longer included have images" in told
    assert (
        f"B, C. The tables and the report are made without them; `bonecohort clean {study}`" in told
    )


def test_clean_lists_and_touches_nothing_without_yes(study, capsys):
    before = files_of(study)
    assert main(["clean", str(study)]) == 0
    told = capsys.readouterr().out
    assert files_of(study) == before
    for path in everything_of("B") | everything_of("C"):
        assert path in told
    assert "results/participants/A" not in told
    assert "--yes does it" in told


def test_clean_takes_away_what_jobs_wrote_of_them_and_nothing_else(study, capsys):
    before = files_of(study)
    assert main(["clean", str(study), "--yes"]) == 0
    assert files_of(study) == before - everything_of("B") - everything_of("C")
    assert not (study / "results/participants/B").exists()
    assert main(["status", str(study), "--json"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told[told.index("{") :])["removed"] == []
    assert main(["clean", str(study), "--yes"]) == 0
    assert "Nothing to take away" in capsys.readouterr().out


def test_a_file_that_a_user_made_or_changed_stays_and_is_named(study, tmp_path, capsys):
    folder = study / "results/participants/B"
    (folder / "my notes.txt").write_text("of the reader")
    (folder / "hounsfield").mkdir()
    (folder / "hounsfield/L9.json").write_text("{}")
    (folder / "ct.json").write_text("corrected by hand")
    private = tmp_path / "private.nii.gz"
    private.write_text("elsewhere")
    (folder / "link.nii.gz").symlink_to(private)
    (folder / "ct.nii.gz").unlink()
    (folder / "ct.nii.gz").symlink_to(private)
    assert main(["clean", str(study), "--yes"]) == 0
    told = capsys.readouterr().out
    left = {"my notes.txt", "hounsfield/L9.json", "ct.json", "link.nii.gz", "ct.nii.gz"}
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} == left  # fmt: skip  # noqa: E501
    for name in left:
        assert f"stays, for no job wrote it as it stands: results/participants/B/{name}" in told
    assert private.read_text() == "elsewhere"
    assert (folder / "ct.json").read_text() == "corrected by hand"


def test_a_linked_folder_is_left_alone(study, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (study / "results/participants/C").rename(elsewhere)
    (study / "results/participants/C").symlink_to(elsewhere)
    assert main(["clean", str(study), "--yes"]) == 0
    assert sorted(path.name for path in elsewhere.iterdir()) == ["ct.json", "ct.nii.gz", "qc"]
    assert (study / "results/participants/C").is_symlink()


def test_what_a_killed_job_left_goes_too(study):
    folder = study / "results/participants/B"
    for path in (folder / "crops/L1.npz", folder / "qc/.hounsfield.png.4711.part"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert main(["clean", str(study), "--yes"]) == 0
    assert not folder.exists()


def test_clean_waits_for_no_run_and_disturbs_none(study):
    before = files_of(study)
    with (study / ".snakemake/bonecohort/run.lock").open("a") as lock:
        # The system's locks are of a process: another must ask.
        fcntl.lockf(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, "-m", "bonecohort", "clean", str(study), "--yes"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "Another run is at work" in done.stderr
    assert files_of(study) == before


def test_clean_refuses_after_a_run_that_was_cut_off(study, capsys):
    about = {"host": "elsewhere", "machine": "1", "process": 1, "began": "now", "submits": False}
    (study / ".snakemake/bonecohort/run.json").write_text(json.dumps(about))
    assert main(["clean", str(study), "--yes"]) == 1
    assert "was cut off, or is at work elsewhere" in capsys.readouterr().err
    assert everything_of("B") <= files_of(study)


def test_a_users_file_among_the_logs_stays_and_is_named(study, capsys):
    notes = ("results/logs/B/my notes.txt", "results/logs/B/kept/convert_ct.log")
    for name in notes:
        (study / name).parent.mkdir(exist_ok=True)
        (study / name).write_text("of the reader")
    before = files_of(study)
    assert main(["clean", str(study), "--yes"]) == 0
    told = capsys.readouterr().out
    assert files_of(study) == before - everything_of("B") - everything_of("C")
    for name in notes:
        assert f"stays, for no job wrote it as it stands: {name}" in told
