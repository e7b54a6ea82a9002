"""Ctrl-C: one line and its own exit code, wherever it strikes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from bonecohort import cli
from bonecohort.monitoring import interruption

BEFORE = """
import os, signal
from bonecohort.monitoring.interruption import is_interrupted, listen
listen()
assert not is_interrupted()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    assert is_interrupted()
    raise
"""
DEAF = """
import os, signal
from bonecohort.monitoring.interruption import is_interrupted, listen
signal.signal(signal.SIGINT, signal.SIG_IGN)
listen()
os.kill(os.getpid(), signal.SIGINT)
assert not is_interrupted()
"""


def ended(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def test_a_start_that_is_interrupted_says_so_in_one_line():
    done = ended(BEFORE)
    assert done.stderr.split("\n") == ["", "bonecohort: interrupted before any job began.", ""]
    assert done.returncode in (-signal.SIGINT, 130)  # of a shell, both are 130


@pytest.mark.parametrize(("words", "cut_off"), [("", True), ("Traceback", False)])
def test_a_job_that_it_ends_is_cut_off_though_the_news_of_the_job_comes_first(
    tmp_path, monkeypatch, words, cut_off
):
    log = tmp_path / "job.log"
    log.write_text(words)
    monkeypatch.setattr(interruption, "_interrupted", threading.Event())
    news = threading.Timer(0.2, interruption._interrupted.set)
    news.start()
    assert interruption.is_cut_off([str(log)]) is cut_off
    news.join()


def test_a_process_that_is_to_ignore_it_does():
    assert ended(DEAF).returncode == 0


def test_a_command_ends_with_its_exit_code(tmp_path, monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("bonecohort.study.study.read_config", interrupted)
    assert cli.main(["check", str(tmp_path)]) == 130
    assert capsys.readouterr().err.strip() == "bonecohort: interrupted."


def test_a_job_is_left_to_whoever_started_it(monkeypatch):
    """The process that serves jobs ends by it; a word in the job's log would mean a failure."""

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("bonecohort.cli.command_line.run_job", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cli.main(["job", "report", "{}", "results"])


@pytest.mark.parametrize(("raised", "code"), [("KeyboardInterrupt", 130), ("SystemExit(3)", 3)])
def test_a_job_of_its_own_process_ends_by_it_without_a_word(raised, code):
    done = ended(
        "import runpy, sys\n"
        "import bonecohort.cli.command_line as command_line\n"
        f"def interrupted(_): raise {raised}\n"
        "command_line.run_job = interrupted\n"
        "sys.argv = ['bonecohort', 'job', 'report', '{}', 'results']\n"
        "runpy.run_module('bonecohort', run_name='__main__', alter_sys=True)\n"
    )
    assert (done.returncode, done.stderr) == (code, "")
