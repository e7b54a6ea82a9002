"""Runs that are killed, crossed or damaged: a plain run afterwards has the undisturbed results."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import (
    AGGREGATES,
    OF_RECORDS,
    REPOSITORY,
    assert_same_results,
    results_of,
    run_workflow,
    workflow_command,
)

MEASURED = "results/tables/vertebrae.csv"
N_SERIES = 4
"""CT and T2 of two participants."""


@pytest.fixture
def unmeasured(two_levels_study, tmp_path) -> Path:
    """Return the study of which nothing is done yet."""
    leave = shutil.ignore_patterns("results", ".snakemake")
    return shutil.copytree(two_levels_study, tmp_path / "study", ignore=leave)


@pytest.fixture
def finished(two_levels_study, tmp_path) -> Path:
    """Return a copy of the finished study, to damage."""
    return shutil.copytree(two_levels_study, tmp_path / "study")


def start(study: Path, *options: str) -> subprocess.Popen[str]:
    """Start a run as a process group of its own, as a terminal does.

    Ctrl-C reaches it though the tests may have been started where it does not reach them.
    """
    with (study / "run.log").open("w") as log:
        return subprocess.Popen(
            workflow_command(study, *options), stdout=log, stderr=log, text=True,
            cwd=REPOSITORY, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )  # fmt: skip


def wait_for(condition, run: subprocess.Popen[str]) -> None:
    while not condition():
        assert run.poll() is None
        time.sleep(0.05)


def kill_group(run: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def at_work(study: Path) -> bool:
    return (study / ".snakemake/bonecohort/run.json").is_file()


@pytest.mark.slow
def test_a_run_killed_at_once_with_its_jobs_is_gone_on_with_by_the_next(
    unmeasured, two_levels_study, held
):
    hold, go_on = held
    hold("records.log")
    run = start(unmeasured, MEASURED)
    wait_for(lambda: any(unmeasured.rglob("hounsfield/*.json")), run)
    kill_group(run)
    go_on()
    assert list((unmeasured / ".snakemake/locks").iterdir())

    again = run_workflow(unmeasured, MEASURED)

    assert again.code == 0, again.output
    assert "was cut off; this one continues where it stopped." in again.output
    assert again.jobs.get("convert_series", 0) < N_SERIES
    undisturbed = results_of(two_levels_study)
    assert {name: undisturbed[name] for name in results_of(unmeasured)} == results_of(unmeasured)
    assert not list(unmeasured.rglob("*.part"))
    assert not at_work(unmeasured)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_runs_killed_at_random_moments_end_with_the_undisturbed_results(
    unmeasured, two_levels_study, seed
):
    moments = random.Random(seed)
    for _ in range(3):
        run = start(unmeasured)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(timeout=moments.uniform(3, 25))
        kill_group(run)
    last = run_workflow(unmeasured)
    assert last.code == 0, last.output
    assert_same_results(unmeasured, two_levels_study)
    assert "Nothing to be done" in run_workflow(unmeasured, "--dry-run").output


def jobs_at_work(study: Path) -> list[int]:
    """Return the processes that do a job of the study, by the lock that each holds."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            is_there = (entry / "cwd").resolve() == study
            if is_there and any(f.resolve().name == "jobs.lock" for f in (entry / "fd").iterdir()):
                found.append(int(entry.name))
    return found


def stopped_job(study: Path) -> int | None:
    """Stop a process in the midst of a job of the study; None where there is none."""
    for process in jobs_at_work(study):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
            if process in jobs_at_work(study):
                return process
            os.kill(process, signal.SIGCONT)  # its job had ended
    return None


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_jobs_killed_at_random_moments_fail_and_are_done_by_the_next_run(
    unmeasured, two_levels_study, seed
):
    moments = random.Random(seed)
    run = start(unmeasured)
    killed = 0
    while run.poll() is None:
        time.sleep(moments.uniform(0.5, 4) if killed else 0.05)
        process = stopped_job(unmeasured)
        if process:
            os.kill(process, signal.SIGKILL)
            killed += 1
    assert killed
    assert run.returncode == 1
    assert "bonecohort: some jobs failed" in (unmeasured / "run.log").read_text()
    last = run_workflow(unmeasured)
    assert last.code == 0, last.output
    assert_same_results(unmeasured, two_levels_study)


@pytest.mark.slow
def test_a_second_run_is_refused_while_another_is_at_work_and_disturbs_nothing(
    unmeasured, two_levels_study, held
):
    hold, go_on = held
    begun = hold("records.log")
    run = start(unmeasured, MEASURED)
    wait_for(begun.exists, run)
    second = run_workflow(unmeasured, MEASURED)
    assert run.poll() is None
    assert second.code == 1
    assert f"process {run.pid})" in second.output
    assert "Another run is at work on this study (begun " in second.output
    assert "unlock" not in second.output
    plan = subprocess.run(
        [sys.executable, "-m", "bonecohort", "plan", unmeasured],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.poll() is None
    assert (plan.returncode, plan.stdout) == (1, "")
    assert "so there is no plan of the next one yet" in plan.stderr
    go_on()
    assert run.wait() == 0
    undisturbed = results_of(two_levels_study)
    assert {name: undisturbed[name] for name in results_of(unmeasured)} == results_of(unmeasured)
    assert run_workflow(unmeasured, MEASURED, "--dry-run").jobs == {}


@pytest.mark.slow
def test_jobs_that_outlive_their_run_are_waited_for(unmeasured):
    run = start(unmeasured, MEASURED)
    stopped: list[int | None] = []
    wait_for(lambda: stopped.append(stopped_job(unmeasured)) or stopped[-1], run)
    job = stopped[-1]
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    again = start(unmeasured, MEASURED)
    log = unmeasured / "run.log"
    wait_for(lambda: "Waiting for the last jobs of a run" in log.read_text(), again)
    os.kill(job, signal.SIGCONT)
    assert again.wait() == 0, log.read_text()


def emptied(content: bytes) -> bytes:
    return b""


def zeros(content: bytes) -> bytes:
    return bytes(len(content))


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def damage(study: Path, how, *names: str) -> None:
    """Damage results behind Snakemake's back: their times say that nothing older feeds them."""
    for name in names:
        path = study / "results" / name
        path.write_bytes(how(path.read_bytes()))


@pytest.mark.slow
def test_results_damaged_as_by_a_power_cut_are_made_again_and_nothing_else(
    finished, two_levels_study
):
    damage(finished, zeros, "participants/P001/endplates/L3.json")
    damage(finished, half, "participants/P002/qc/endplates.png")
    damage(finished, emptied, "participants/P002/endplates/L4.json")
    plan = run_workflow(finished, "--dry-run")
    assert plan.jobs == {"measure_endplates": 2, "show_endplates": 1} | OF_RECORDS
    assert "results/participants/P001/endplates/L3.json is not as it was written" in plan.output
    assert (finished / "results/participants/P002/endplates/L4.json").read_bytes() == b""

    run = run_workflow(finished)

    assert run.code == 0, run.output
    assert run.jobs == {"measure_endplates": 2, "show_endplates": 1} | OF_RECORDS
    assert_same_results(finished, two_levels_study)
    kept = finished / "results/participants/P001/endplates/L3.changed.json"
    assert not kept.read_bytes().strip(b"\0")
    assert kept.name in run.output
    assert run_workflow(finished, "--dry-run").jobs == {}


CONVERTED = {"convert_series": 1, "crop_vertebrae": 1, "measure_hounsfield": 2,
             "show_hounsfield": 1}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("how", [emptied, zeros, half])
@pytest.mark.parametrize(
    ("name", "jobs"),
    [
        ("participants/P001/ct.nii.gz", CONVERTED | OF_RECORDS),
        ("participants/P001/ct.json", CONVERTED | OF_RECORDS),
        ("participants/P001/hu_rois.mrk.json", {"show_hounsfield": 1, "draw_figures": 1,
                                                "build_review": 1, "build_report": 1}),
        ("tables/vertebrae.csv", AGGREGATES),
        ("run.json", AGGREGATES),
        ("statistics/models.csv", {"analyse_cohort": 1, "draw_figures": 1,
                                   "draw_model_figures": 1, "build_report": 1}),
        ("figures/figure4_regression.csv", {"draw_figures": 1, "build_report": 1}),
        ("figures/roc.svg", {"draw_model_figures": 1, "build_report": 1}),
        ("report.docx", {"build_report": 1}),
        ("report_tables/table_1.csv", {"build_report": 1}),
    ],
)  # fmt: skip
def test_each_kind_of_damaged_result_is_made_again(finished, two_levels_study, how, name, jobs):
    damage(finished, how, name)
    run = run_workflow(finished)
    assert run.code == 0, run.output
    assert run.jobs == jobs
    assert_same_results(finished, two_levels_study)


@pytest.mark.slow
def test_a_record_of_snakemakes_that_a_power_cut_took_is_not_taken_as_up_to_date(
    unmeasured, two_levels_study, held
):
    """An empty record would hide every later change: the result behind it is made again."""
    hold, go_on = held
    hold("records.log")
    run = start(unmeasured, MEASURED)
    wait_for(lambda: any(unmeasured.rglob("endplates/*.json")), run)
    wait_for(lambda: any(_records(unmeasured, "measure_endplates")), run)
    kill_group(run)
    go_on()
    lost = _records(unmeasured, "measure_endplates")[0]
    lost.write_bytes(b"")
    again = run_workflow(unmeasured, MEASURED)
    assert again.code == 0, again.output
    assert json.loads(lost.read_text())["rule"] == "measure_endplates"


def _records(study: Path, rule: str) -> list[Path]:
    found = []
    for path in (study / ".snakemake/metadata").rglob("*"):
        if path.is_file():
            with contextlib.suppress(json.JSONDecodeError):
                if json.loads(path.read_text())["rule"] == rule:
                    found.append(path)
    return found


@contextlib.contextmanager
def mounted(folder: Path, *commands: list[str]):
    """Mount something on a folder; skip where that is not allowed."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount")
    for command in commands:
        done = subprocess.run(["mount", *command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"mount is not allowed here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_results_on_a_read_only_disk_are_reported_before_any_job(finished, two_levels_study):
    results = finished / "results"
    (finished / "config/config.yaml").write_text("levels: [L3]\n")
    with mounted(
        results,
        ["--bind", str(results), str(results)],
        ["-o", "remount,bind,ro", str(results)],
    ):
        run = run_workflow(finished)
    assert run.code == 1
    assert f"{results} cannot be written to: it is read-only" in run.output
    assert run.jobs == {}
    assert_same_results(finished, two_levels_study)


@pytest.mark.long
def test_a_full_disk_fails_its_jobs_and_the_next_run_has_the_undisturbed_results(
    unmeasured, two_levels_study
):
    results = unmeasured / "results"
    results.mkdir()
    with mounted(results, ["-t", "tmpfs", "-o", "size=2m", "none", str(results)]):
        full = run_workflow(unmeasured)
        assert full.code == 1
        assert "No space left on device" in full.output
        assert not list(results.rglob("*.part"))
        subprocess.run(["mount", "-o", "remount,size=200m", str(results)], check=True)
        run = run_workflow(unmeasured)
        assert run.code == 0, run.output
        assert_same_results(unmeasured, two_levels_study)
