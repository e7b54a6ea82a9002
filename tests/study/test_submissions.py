"""Why a submission failed, read in the words of SLURM and of Snakemake."""

from __future__ import annotations

import re

import pytest
import yaml

from bonecohort.study.submissions import NOT_AGAIN, failed_on_its_own, group_of, memory_factor
from tests.conftest import REPOSITORY

BY_ACCOUNTING = "slurmstepd-n1: error: StepId=2.0 exceeded memory limit (64 > 41), being killed\n"
BY_CGROUP = (
    "slurmstepd: error: Detected 1 oom_kill event in StepId=12.0. Some of the step tasks have "
    "been OOM Killed.\n"
)
BY_OLD_CGROUP = (
    "slurmstepd: error: Detected 1 oom-kill event(s) in step 12.0 cgroup. Some of your processes "
    "may have been killed by the cgroup out-of-memory handler.\n"
)
JOB_FAILED = "Building DAG of jobs...\n[Sat Nov 21 2026]\nError in rule measure_hounsfield:\n"
LOST = "Building DAG of jobs...\nSelect jobs to execute...\n"


@pytest.fixture
def logs(tmp_path):
    def write(participant: str, **texts: str):
        for number, text in texts.items():
            folder = tmp_path / f"group_participant.{participant}._convert_series"
            folder.mkdir(exist_ok=True)
            (folder / f"{number.removeprefix('n')}.log").write_text(text)
        return tmp_path

    return write


@pytest.mark.parametrize("words", [BY_ACCOUNTING, BY_CGROUP, BY_OLD_CGROUP])
def test_memory_doubles_each_time_it_ran_out(logs, words):
    folder = logs("P1", n9=words + JOB_FAILED, n10=words)
    assert [memory_factor("P1", attempt, "", folder) for attempt in (1, 2, 3)] == [1, 2, 4]
    assert not failed_on_its_own("P1", "", folder)


@pytest.mark.parametrize("words", [LOST, JOB_FAILED, ""])
def test_no_other_failure_makes_memory_grow(logs, words):
    assert memory_factor("P1", 2, "", logs("P1", n9=words)) == 1


def test_a_node_lost_after_memory_ran_out_leaves_memory_where_it_was(logs):
    assert memory_factor("P1", 3, "", logs("P1", n9=BY_CGROUP, n10=LOST)) == 2


def test_only_the_tries_of_this_run_count(logs):
    assert memory_factor("P1", 2, "", logs("P1", n9=BY_CGROUP, n10=LOST)) == 1


def test_the_submission_that_asks_is_not_an_earlier_one(logs):
    folder = logs("P1", n9=BY_CGROUP, n10=JOB_FAILED)
    assert memory_factor("P1", 2, "10", folder) == 2
    assert not failed_on_its_own("P1", "10", folder)


def test_participants_whose_names_begin_alike_are_distinguished(logs):
    folder = logs("P1_convert", n9=BY_CGROUP)
    assert memory_factor("P1", 2, "", folder) == 1


@pytest.mark.parametrize("words", [JOB_FAILED, f"WorkflowError: P1: {NOT_AGAIN}"])
def test_a_jobs_own_error_is_one_and_so_is_the_refusal_to_try_again(logs, words):
    assert failed_on_its_own("P1", "", logs("P1", n9=BY_CGROUP, n10=words))


@pytest.mark.parametrize("words", [LOST, ""])
def test_a_lost_node_is_no_error_of_the_job(logs, words):
    assert not failed_on_its_own("P1", "", logs("P1", n9=words))


def test_without_any_log_there_is_nothing_to_go_by(tmp_path):
    assert memory_factor("P1", 2, "", tmp_path) == 1
    assert not failed_on_its_own("P1", "", tmp_path)


def test_the_profile_groups_exactly_the_rules_of_one_participant_and_each_asks_for_its_own():
    profile = yaml.safe_load((REPOSITORY / "profiles/slurm/config.yaml").read_text())
    grouped = dict(entry.split("=") for entry in profile["groups"])
    assert set(grouped.values()) == {group_of("{participant}")}
    assert profile["group-components"] == [f"{group_of('{participant}')}=1000"]
    of_participants = {}
    for path in (REPOSITORY / "workflow/rules").glob("*.smk"):
        for text in re.split(r"^rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            if "{PARTICIPANT}" in text:
                of_participants[text.partition(":")[0]] = text
    assert set(of_participants) == set(grouped)
    for text in of_participants.values():
        assert re.search(r"mem_mb=memory\(.+\),\n        runtime=\d+,", text)
