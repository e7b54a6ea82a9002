"""Ctrl-C: one line and its own exit code, wherever it strikes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from bonecohort import cli

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

    monkeypatch.setattr(cli, "_run_job", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cli.main(["job", "report", "{}", "results"])
