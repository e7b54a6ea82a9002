"""The command that runs one job loads what that job needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bonecohort.cli import jobs
from bonecohort.cli.job import job_options

LOADED = """
import sys
from bonecohort.cli import main
try:
    main(["job", "convert", '{"participant_id": "P1"}', sys.argv[1]])
except KeyError:  # the task names no kind
    print(*sorted(name for name in sys.modules if name.startswith("bonecohort.techniques.")))
"""


def test_a_conversion_loads_the_declarations_of_no_technique(tmp_path):
    command = [sys.executable, "-c", LOADED, str(tmp_path / "results")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split() == [
        "bonecohort.techniques.image",
        "bonecohort.techniques.job_modules",
    ]


AFTERWARDS = """
import sys
from bonecohort.cli import main
try:
    main(["job", "convert", '{"participant_id": "P1"}', sys.argv[1]])
except KeyError:  # the task names no kind
    loaded = [name in sys.modules for name in ("pydicom.examples", "urllib.request", "requests")]
    from urllib.request import urlopen
    from pydicom import examples
    print(*loaded, callable(urlopen), examples.ct.Modality)
"""


def test_what_was_kept_out_of_a_conversion_is_there_for_others(tmp_path):
    command = [sys.executable, "-c", AFTERWARDS, str(tmp_path / "results")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split() == ["False", "False", "False", "True", "CT"]


@pytest.mark.parametrize("name", jobs())
def test_every_job_is_known(name):
    assert job_options([name, "{}", "results"]).name == name


def test_an_unknown_job_is_refused_by_its_name(capsys):
    with pytest.raises(SystemExit) as ended:
        job_options(["konvert", "{}", "results"])
    assert ended.value.code == 2
    assert "no job is called 'konvert'" in capsys.readouterr().err
