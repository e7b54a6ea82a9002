"""Checkouts and studies in folders whose names mean something to a shell or to Snakemake."""

from __future__ import annotations

import resource
import subprocess

import pytest

from .conftest import copy_checkout, workflow_command

ODD = "a $HOME 'q' \"d\" %s ;"


@pytest.fixture
def table_study(tmp_path):
    folder = tmp_path / f"{ODD} {{y}} {{{{z}}}}"
    (folder / "config").mkdir(parents=True)
    (folder / "config/participants.tsv").write_text("participant_id\tage_years\nP1\t50\n")
    (folder / "config/series.tsv").write_text("participant_id\tkind\tpath\nP1\thu_table\thu.csv\n")
    rows = [f"P1,L{at},{plane},100" for at in range(1, 6) for plane in ("upper", "middle", "lower")]
    (folder / "hu.csv").write_text("\n".join(["participant_id,level,plane,hu", *rows]))
    return folder


def run(study, checkout):
    command = workflow_command(study, "results/run.json", checkout=checkout)
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=checkout)


def cpu_of_children_s():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.slow
def test_a_study_with_braces_runs_from_a_checkout_in_an_odd_folder(tmp_path, table_study):
    done = run(table_study, copy_checkout(tmp_path / ODD))
    assert done.returncode == 0, done.stderr
    assert (table_study / "results/run.json").is_file()


@pytest.mark.slow
def test_a_checkout_with_braces_is_reported_at_once(tmp_path, table_study):
    checkout = copy_checkout(tmp_path / "a {x}")
    begun_s = cpu_of_children_s()
    done = run(table_study, checkout)
    assert done.returncode != 0
    assert "move the checkout (and its .venv) to a path without { and }" in done.stderr
    assert cpu_of_children_s() - begun_s < 30
