"""What the next run will do, for whom and why: Snakemake's own plan in plain words."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.monitoring.incomplete_marks import why_marked
from bonecohort.monitoring.rerun_reasons import INPUTS, setting_changes, task_changes
from bonecohort.monitoring.stages import some, stage_words
from bonecohort.study.job_table import COHORT_JOBS, rule_words
from bonecohort.techniques.registry import stages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEW = "new: nothing of them is done yet"
NOT_DONE = "not done yet"
FAILED = "failed in the last run"
REMOVED = "a result was removed"
CUT_OFF = "the last run was cut off here, or a result is missing or not as it was written"
FORCED = "asked for on the command line"
RULE = "the rule of the workflow changed"
SOFTWARE = "the software environment changed"
NEWER = "a file it is made of is newer"
FOLLOWS = "follows from the above"
A_SETTING = "a setting changed"


@dataclass(frozen=True)
class PlannedJob:
    """One job of the next run; ``causes`` is empty when it only follows from another job."""

    rule: str
    participant_id: str
    kind: str
    site: str
    causes: tuple[str, ...]


@dataclass
class _Work:
    """What is planned for one participant, or for the cohort."""

    causes: dict[str, None] = field(default_factory=dict)
    parts: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)

    def add(self, job: PlannedJob) -> None:
        self.causes |= dict.fromkeys(job.causes)
        kinds, sites = self.parts.setdefault(job.rule, ([], []))
        kinds += [job.kind] if job.kind else []
        sites += [job.site] if job.site else []

    def words(self) -> str:
        order = sorted(self.parts, key=list(rule_words()).index)
        return ", ".join(stage_words(rule, *map(sorted, self.parts[rule])) for rule in order)


def planned_jobs(dag: Any, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[PlannedJob]:
    """Read the jobs of Snakemake's plan, each with its own causes.

    Parameters
    ----------
    dag
        Snakemake's graph of jobs, complete.
    before, now
        All settings at the last run (``results/run.json``; empty when there is none) and now:
        the jobs of the cohort keep only a digest of them.
    """
    told = tuple(setting_changes(before, now, "")) if before else ()
    planned = [job for job in dag.needrun_jobs() if job.rule.name in rule_words()]
    names = {str(job.wildcards.get("participant", "")) for job in planned}
    busy = set(planned)
    begun = {job.wildcards.get("participant", "") for job in dag.jobs if job not in busy} & names
    return [_planned(job, dag, told, begun) for job in planned]


def _planned(job: Any, dag: Any, told: tuple[str, ...], begun: set[str]) -> PlannedJob:
    participant = str(job.wildcards.get("participant", ""))
    causes = _causes(job, dag, told)
    if causes == (NOT_DONE,) and participant and participant not in begun:
        causes = (NEW,)
    wildcards = job.wildcards
    return PlannedJob(
        job.rule.name, participant, wildcards.get("kind", ""), wildcards.get("site", ""), causes
    )


def _causes(job: Any, dag: Any, told: tuple[str, ...]) -> tuple[str, ...]:
    """Return a job's own causes, also those that Snakemake had no need to look for.

    A job that runs because an earlier one does is not compared with its last run by Snakemake.
    """
    reason, memory = dag.reason(job), dag.workflow.persistence
    missing = [file for file in reason.missing_output if not file.flags.get("temp")]
    causes: dict[str, None] = {}
    if reason.forced:
        asked = dag.workflow.dag_settings
        is_asked_for = asked.forceall or asked.forcetargets or asked.forcerun
        causes |= dict.fromkeys([FORCED] if is_asked_for else _why_forced(job))
    if missing:
        causes[_why_missing(job, dag)] = None
    if reason.incomplete_output:
        causes |= dict.fromkeys(_why_forced(job))
    for words in _text_changes(job, memory.params_changed(job)):
        causes |= dict.fromkeys(told if words == A_SETTING and told else [words])
    for differs, words in (
        (any(memory.input_changed(job)), INPUTS),
        (reason.code_changed, RULE),
        (reason.software_stack_changed, SOFTWARE),
        (reason.updated_input - reason.updated_input_run, NEWER),
    ):
        if differs:
            causes[words] = None
    if told:
        causes.pop("config/config.yaml changed", None)
    return tuple(causes)


def _why_missing(job: Any, dag: Any) -> str:
    if any(Path(log).is_file() and Path(log).stat().st_size for log in job.log):
        return FAILED
    return REMOVED if dag.workflow.persistence.has_metadata(job) else NOT_DONE


def _why_forced(job: Any) -> list[str]:
    """Return why results of a job are marked to be made again."""
    whys = [why_marked(Path(str(output))) for output in job.output]
    return [why for why in whys if why] or [CUT_OFF]


def _text_changes(job: Any, change: Any) -> dict[str, None]:
    """Return what changed in a job's text; Snakemake keeps the old one as Python's repr."""
    found: dict[str, None] = {}
    for old in change.only_old:
        found |= task_changes(
            job.rule.name, json.loads(ast.literal_eval(old)), json.loads(job.params.task)
        )
    return found


def jobs_of(written: str) -> list[PlannedJob]:
    """Read the jobs that a dry run printed; it prints none when there is nothing to do."""
    return [
        PlannedJob(rule, name, kind, site, tuple(causes))
        for rule, name, kind, site, causes in json.loads(written or "[]")
    ]


def with_what_follows(jobs: Sequence[PlannedJob], cohort: Sequence[PlannedJob]) -> list[PlannedJob]:
    """Join the jobs of participants and of the cohort that were planned without each other.

    The cohort's inputs are then those that are there; that others will be is told by ``jobs``.
    """
    if not jobs:
        return list(cohort)
    own = {job.rule: job.causes for job in cohort}
    follow = {rule for job in jobs for rule in _following(job.rule)}
    joined = [
        PlannedJob(rule, "", "", "", tuple(one for one in own.get(rule, ()) if one != INPUTS))
        for rule in (job.rule for job in COHORT_JOBS)
        if rule in follow or rule in own
    ]
    return [*jobs, *joined]


def _following(rule: str) -> tuple[str, ...]:
    """Return which of the cohort's jobs follow from a participant's: from a picture, few."""
    shown_by = stages()[rule].stage.shown_by if rule in stages() else ()
    return shown_by or tuple(job.rule for job in COHORT_JOBS)


def plan_words(jobs: Sequence[PlannedJob], participants: int) -> str:
    """Return the plan as text: one paragraph for all participants of the same causes and work."""
    work: dict[str, _Work] = defaultdict(_Work)
    for job in jobs:
        work[job.participant_id].add(job)
    cohort = work.pop("", None)
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, planned in sorted(work.items()):
        groups["; ".join(sorted(planned.causes)) or FOLLOWS, planned.words()].append(name)
    lines = [f"The next run does {len(jobs)} job{'s' if len(jobs) != 1 else ''}."]
    for (causes, words), names in sorted(groups.items(), key=lambda group: -len(group[1])):
        who = names[0] if len(names) == 1 else f"{len(names)} participants ({some(names)})"
        lines += ["", f"{who}: {causes}", f"    {words}"]
    if cohort:
        told = {cause for planned in work.values() for cause in planned.causes}
        causes = "; ".join(cause for cause in sorted(cohort.causes) if cause not in told) or FOLLOWS
        lines += ["", f"The cohort: {causes}", f"    {cohort.words()}"]
    rest = participants - len(work)
    if rest:
        lines += ["", f"{rest} participant{'s' if rest != 1 else ''}: nothing to measure"]
    return "\n".join(lines)
