"""The workflow on a real SLURM: the same results, a lost node, too little memory, a bug."""

from __future__ import annotations

import subprocess

import pytest

from tests.workflow.conftest import REPOSITORY

from .conftest import (
    PARTICIPANTS,
    TABLES,
    command_over_slurm,
    run_over_slurm,
    tables_of,
)
from .slurm import wait_for

RUNNING_S = 120.0
FEW_MEMORY_MB = 400
HUNGRY = """
import sys, time
participant, output = sys.argv[1:]
with open("runs.txt", "a") as runs:
    runs.write(participant + "\\n")
if participant == "buggy":
    raise ValueError("a bug")
memory = b"1" * 500_000_000
time.sleep(4)
open(output, "w").write("done")
"""
SNAKEFILE = f"""
import sys
sys.path.insert(0, "{REPOSITORY}/workflow")
from snakemake.exceptions import WorkflowError
include: "{REPOSITORY}/workflow/rules/resources.smk"
rule all:
    input: "results/hungry.txt", "results/buggy.txt"
    default_target: True
    localrule: True
rule measure_hounsfield:
    output: "results/{{participant}}.txt"
    resources: mem_mb=memory({FEW_MEMORY_MB}), runtime=5
    shell: "{{sys.executable}} job.py {{wildcards.participant}} {{output}}"
"""


def submissions(slurm, study, form):
    """Return one row a submission of the runs on one study, in their order."""
    rows = sorted(slurm.jobs(f"%i %Z {form}"), key=lambda row: int(row[0]))
    return [rest for _, folder, *rest in rows if folder == str(study)]


@pytest.mark.slow
def test_a_run_over_slurm_gives_the_same_tables_with_one_submission_a_participant(
    slurm, study, local_study
):
    run = run_over_slurm(slurm, study, TABLES)
    assert run.code == 0, run.output
    assert tables_of(study) == tables_of(local_study)
    asked = submissions(slurm, study, "%T %C %m")
    assert asked == [["COMPLETED", "1", "2000M"]] * PARTICIPANTS


@pytest.mark.slow
def test_a_node_lost_in_mid_run_costs_nothing_but_time(slurm, study, local_study):
    with (study / "run.log").open("wb") as log:
        run = subprocess.Popen(
            command_over_slurm(study, TABLES),
            env=slurm.environment, cwd=REPOSITORY, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(lambda: any((study / "results/participants").rglob("ct.json")), slurm, RUNNING_S)
        lost = next(node for state, node in submissions(slurm, study, "%T %N"))
        slurm.fail_node(lost)
        code = run.wait(timeout=2 * RUNNING_S)
    finally:
        run.kill()
        slurm.start_node(lost)
    assert code == 0, (study / "run.log").read_text()
    assert tables_of(study) == tables_of(local_study)
    assert f"Nodes {lost} not responding" in (slurm.folder / "slurmctld.log").read_text()


@pytest.mark.slow
def test_memory_grows_after_it_ran_out_and_a_bug_is_not_run_again(slurm, tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "job.py").write_text(HUNGRY)
    run = run_over_slurm(slurm, tmp_path, "--snakefile", str(tmp_path / "Snakefile"))
    assert run.code == 1, run.output
    assert (tmp_path / "results/hungry.txt").read_text() == "done"
    runs = (tmp_path / "runs.txt").read_text().split()
    assert sorted(runs) == ["buggy", "hungry", "hungry"]
    asked = submissions(slurm, tmp_path, "%k %m")
    memory = {
        name: [size for comment, size in asked if name in comment] for name in ("hungry", "buggy")
    }
    assert memory == {"hungry": ["400M", "800M"], "buggy": ["400M"] * 3}


@pytest.mark.slow
def test_one_allocation_gives_the_same_tables(slurm, study, local_study):
    script = REPOSITORY / "profiles/slurm-node/bonecohort.sbatch"
    slurm.call(
        "sbatch", "--wait", "--cpus-per-task=2", f"--output={study}/run.log", str(script),
        str(study), TABLES, cwd=REPOSITORY,
    )  # fmt: skip
    assert tables_of(study) == tables_of(local_study)
