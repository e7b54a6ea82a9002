"""One run at a time. A run that was cut off hinders nobody, and one that may live is left alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from bonecohort.monitoring.run_lock import (
    ABOUT,
    RunLocked,
    acquire_run_lock,
    check_nobody_is_at_work,
    last_run_words,
)
from bonecohort.monitoring.snakemake_surface.records import INCOMPLETE, LOCKS, METADATA

HOLD = """
import sys
from bonecohort.monitoring.run_lock import acquire_run_lock
run_lock = acquire_run_lock(print)
print("taken", flush=True)
sys.stdin.read()
"""


STATE = """
import sys
from pathlib import Path
from bonecohort.monitoring.run_lock import last_run_words
print(last_run_words(Path(sys.argv[1])).words)
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    LOCKS.mkdir(parents=True)
    (LOCKS / "0.output.lock").write_text("results/run.json\n")
    return tmp_path


@pytest.fixture
def other(study):
    """Another process that has the run_lock."""
    with subprocess.Popen([sys.executable, "-c", HOLD], cwd=study, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout.readline() == "taken\n"
        yield process
        process.kill()


def taken_and_ended(told):
    acquire_run_lock(told.append).end()


def test_while_another_process_has_the_turn_nothing_is_touched(other, study):
    with pytest.raises(RunLocked, match=rf"process {other.pid}\)\. Nothing was done"):
        acquire_run_lock(print)
    assert (study / LOCKS / "0.output.lock").exists()
    assert json.loads((study / ABOUT).read_text())["process"] == other.pid


def test_whether_somebody_is_at_work_is_seen_without_taking_the_lock(other, study):
    with pytest.raises(RunLocked, match=rf"process {other.pid}\), so there is no plan"):
        check_nobody_is_at_work()
    other.kill()
    other.wait()
    check_nobody_is_at_work()
    assert (study / ABOUT).exists()


def test_a_killed_process_leaves_no_lock_behind(other, study):
    other.kill()
    other.wait()
    told = []
    taken_and_ended(told)
    (words,) = told
    assert re.fullmatch(
        rf"The last run on this study \(begun .*, process {other.pid}\) was cut off; this one "
        r"continues where it stopped\.", words,
    )  # fmt: skip
    assert not list((study / LOCKS).iterdir())
    assert not (study / ABOUT).exists()
    again = []
    taken_and_ended(again)
    assert again == []


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("host", "elsewhere", "it was begun on another machine, elsewhere"),
        ("machine", "0", "it was begun on another machine"),
        ("submits", True, "it gave jobs to a cluster"),
    ],
)
def test_a_run_that_may_be_at_work_elsewhere_is_not_unlocked(other, study, key, value, why):
    other.kill()
    other.wait()
    about = json.loads((study / ABOUT).read_text())
    (study / ABOUT).write_text(json.dumps(about | {key: value}))
    with pytest.raises(RunLocked, match=why):
        acquire_run_lock(print)
    lock = study / LOCKS / "0.output.lock"
    assert lock.exists()
    lock.unlink()  # as --unlock does
    taken_and_ended([])


@pytest.mark.parametrize(
    "content", ["", "\0\0\0", '{"host": "here", "pro', "{}", "[]", "5", "[" * 10**5]
)
def test_a_note_of_a_run_that_a_power_cut_tore_hinders_nobody(study, content):
    (study / ABOUT).parent.mkdir(parents=True)
    (study / ABOUT).write_text(content)
    told = []
    taken_and_ended(told)
    assert told == ["The last run on this study was cut off; this one continues where it stopped."]
    assert not list((study / LOCKS).iterdir())
    assert not (study / ABOUT).exists()


def test_a_lock_of_which_nothing_is_known_is_left_to_snakemake(study):
    taken_and_ended([])
    assert (study / LOCKS / "0.output.lock").exists()


def test_records_of_snakemakes_that_did_not_reach_the_disk_are_doubted(other, study):
    for name, text in (("whole", "{}"), ("empty", ""), ("@deep/zeros", "\0\0"), ("cut", '{"a":')):
        (METADATA / name).parent.mkdir(parents=True, exist_ok=True)
        (METADATA / name).write_text(text)
    other.kill()
    other.wait()
    taken_and_ended([])
    marked = {path.name for path in INCOMPLETE.rglob("*") if path.is_file()}
    assert marked == {"empty", "zeros", "cut"}


def test_what_became_of_the_last_run_is_reported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert last_run_words(tmp_path).words == ""
    lock = acquire_run_lock(lambda _: None)
    with subprocess.Popen(
        [sys.executable, "-c", STATE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.communicate()[0].startswith("A run is at work (begun ")
    lock.was_interrupted()
    lock.end()
    assert last_run_words(tmp_path).words.endswith(" was interrupted.")
    again = acquire_run_lock(lambda _: None)
    again._lock.close()  # as the system does of a process that is killed
    assert " was cut off, or is at work on another machine." in last_run_words(tmp_path).words
    acquire_run_lock(lambda _: None).end()
    assert last_run_words(tmp_path).words == ""
