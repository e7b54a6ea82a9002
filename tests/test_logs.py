"""A job's log says what happened and where, and quotes no value of a header."""

from __future__ import annotations

import subprocess
import sys

TOKEN = "ZQXSECRET"
PROGRAM = """
import logging, warnings
from bonecohort.logs import redacted_logging
with redacted_logging():
    warnings.warn("PatientBirthDate is ZQX" + "SECRET")
    logging.getLogger("anything").error("PatientName is ZQX" + "SECRET")
    try:
        int("ZQX" + "SECRET")
    except ValueError as error:
        raise KeyError("ZQX" + "SECRET") from error
"""


def stderr_of(environment):
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    return done.stderr


def test_a_log_names_kind_and_place_and_quotes_nothing():
    text = stderr_of({})
    assert TOKEN not in text
    assert ":5: UserWarning (message withheld" in text
    assert text.index("ValueError (message withheld") < text.index("KeyError (message withheld")
    assert "line 10, in <module>" in text


def test_messages_are_shown_to_who_asks_for_them():
    assert TOKEN in stderr_of({"BONECOHORT_SHOW_MESSAGES": "1"})


def test_an_error_of_the_system_is_reported_in_the_systems_words_without_the_file():
    program = """
import errno, os
from bonecohort.logs import redacted_logging
with redacted_logging():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "ZQXSECRET/file")
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "OSError: No space left on device (message withheld" in done.stderr
    assert TOKEN not in done.stderr
