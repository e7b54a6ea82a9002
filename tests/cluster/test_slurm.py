"""The workflow on a real SLURM: the same results, a lost node, too little memory, a bug."""

from __future__ import annotations

import subprocess

import pytest

from tests.workflow.conftest import REPOSITORY
from tests.workflow.test_failures import failing
from tests.workflow.test_faults import rows_of, table

from .conftest import (
    PARTICIPANTS,
    TABLES,
    command_over_slurm,
    run_over_slurm,
    tables_of,
)
from .slurm import wait_for

RUNNING_S = 600.0
REQUEUED_S = 1200.0  # SLURM waits two minutes, and the plugin asks ever less often
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
from bonecohort.monitoring.snakemake_surface.run import SnakemakeRun
RUN = SnakemakeRun(workflow)
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


@pytest.fixture
def failing_conversion(tmp_path, monkeypatch):
    failing(tmp_path, monkeypatch, "P001/convert_ct.log")


def submissions(slurm, study, form):
    """Return one row a submission of the runs on one study, in their order."""
    rows = sorted(slurm.jobs(f"%i %Z {form}"), key=lambda row: int(row[0]))
    return [rest for _, folder, *rest in rows if folder == str(study)]


@pytest.mark.slow
def test_a_run_over_slurm_gives_the_same_tables_with_one_submission_a_participant(
    slurm, plugin_python, study, local_study
):
    run = run_over_slurm(slurm, plugin_python, study, TABLES)
    assert run.code == 0, run.output
    assert tables_of(study) == tables_of(local_study)
    asked = submissions(slurm, study, "%T %C %m")
    assert asked == [["COMPLETED", "1", "2000M"]] * PARTICIPANTS


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--slurm-no-requeue"], id="tried_again_by_snakemake"),
        pytest.param([], id="requeued_by_slurm"),
    ],
)
@pytest.mark.long
def test_a_node_lost_in_mid_run_changes_no_table(  # noqa: PLR0917 - fixtures
    slurm, plugin_python, study, local_study, options, held
):
    hold, go_on = held
    begun = hold("P001/hounsfield_L3.log")
    with (study / "run.log").open("wb") as log:
        run = subprocess.Popen(
            command_over_slurm(plugin_python, study, *options, TABLES),
            env=slurm.environment, cwd=REPOSITORY, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(begun.exists, slurm, RUNNING_S)
        [[lost]] = [
            [node] for node, comment in slurm.jobs("%N %k", "--states=running") if "P001" in comment
        ]
        slurm.fail_node(lost)
        go_on()
        code = run.wait(timeout=REQUEUED_S)
    finally:
        run.kill()
        slurm.start_node(lost)
    assert code == 0, (study / "run.log").read_text()
    assert tables_of(study) == tables_of(local_study)
    asked = submissions(slurm, study, "%T %C %m")
    assert asked.count(["COMPLETED", "1", "2000M"]) == PARTICIPANTS
    n_lost = len(asked) - PARTICIPANTS
    assert asked.count(["NODE_FAIL", "1", "2000M"]) == n_lost
    assert (n_lost > 0) == bool(options), "SLURM runs a requeued submission under its old number"


@pytest.mark.long
def test_memory_grows_after_it_ran_out_and_a_bug_is_not_run_again(slurm, plugin_python, tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "job.py").write_text(HUNGRY)
    run = run_over_slurm(
        slurm, plugin_python, tmp_path, "--snakefile", str(tmp_path / "Snakefile"), "--retries", "1"
    )
    assert run.code == 1, run.output
    assert (tmp_path / "results/hungry.txt").read_text() == "done"
    runs = (tmp_path / "runs.txt").read_text().split()
    assert sorted(runs) == ["buggy", "hungry", "hungry"]
    asked = submissions(slurm, tmp_path, "%k %m")
    memory = {
        name: [size for comment, size in asked if name in comment] for name in ("hungry", "buggy")
    }
    assert memory == {"hungry": ["400M", "800M"], "buggy": ["400M", "400M"]}


@pytest.mark.long
@pytest.mark.usefixtures("failing_conversion")
def test_a_job_that_fails_leaves_the_others_their_tables(slurm, plugin_python, study, local_study):
    run = run_over_slurm(slurm, plugin_python, study, TABLES)
    assert run.code == 1, run.output
    assert rows_of(study, "vertebrae", ["P002"]) == rows_of(local_study, "vertebrae", ["P002"])
    reasons = table(study, "exclusions").set_index("participant_id").reason
    assert set(reasons[["P001"]]) == {"failed: see the log results/logs/P001/convert_ct.log"}


@pytest.mark.long
def test_one_allocation_gives_the_same_tables(slurm, study, local_study):
    script = REPOSITORY / "profiles/slurm-node/bonecohort.sbatch"
    slurm.call(
        "sbatch", "--wait", "--cpus-per-task=2", f"--output={study}/run.log", str(script),
        str(study), TABLES, cwd=REPOSITORY,
    )  # fmt: skip
    assert tables_of(study) == tables_of(local_study)
