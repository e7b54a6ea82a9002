"""What the next run will do, for whom and why: Snakemake's own plan in plain words."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.monitoring.incomplete_marks import why_marked
from bonecohort.monitoring.rerun_reasons import INPUTS, setting_changes, task_changes
from bonecohort.monitoring.stages import some, stage_words
from bonecohort.study.job_table import cohort_jobs, rule_words, shown_by
from bonecohort.techniques.registry import stages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.monitoring.snakemake_surface import GraphJob, Reasons, SnakemakeRun
    from bonecohort.study.study import Study

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


def planned_jobs(
    run: SnakemakeRun, before: Mapping[str, Any], now: Mapping[str, Any]
) -> list[PlannedJob]:
    """Read the jobs of Snakemake's plan, each with its own causes.

    Parameters
    ----------
    run
        A dry run whose graph of jobs is complete.
    before, now
        All settings at the last run (``results/run.json``; empty when there is none) and now:
        the jobs of the cohort keep only a digest of them.
    """
    changes = tuple(setting_changes(before, now, "")) if before else ()
    begun = run.participants_begun()
    jobs = run.jobs_with_reasons()
    return [
        _planned(job, why, run, changes, begun) for job, why in jobs if job.rule in rule_words()
    ]


def _planned(
    job: GraphJob, why: Reasons, run: SnakemakeRun, changes: tuple[str, ...], begun: frozenset[str]
) -> PlannedJob:
    causes = _causes(job, why, changes, is_forced=run.is_forced)
    if causes == (NOT_DONE,) and job.participant_id and job.participant_id not in begun:
        causes = (NEW,)
    kind, site = (job.wildcards.get(name, "") for name in ("kind", "site"))
    return PlannedJob(job.rule, job.participant_id, kind, site, causes)


def _causes(
    job: GraphJob, why: Reasons, changes: tuple[str, ...], *, is_forced: bool
) -> tuple[str, ...]:
    """Return a job's own causes; ``changes`` are those of the settings, in words."""
    causes: dict[str, None] = {}
    if why.is_forced:
        causes |= dict.fromkeys([FORCED] if is_forced else _why_marked(job))
    if why.is_output_missing:
        causes[_why_missing(job, why)] = None
    if why.is_incomplete:
        causes |= dict.fromkeys(_why_marked(job))
    for words in _text_changes(job, why):
        causes |= dict.fromkeys(changes if words == A_SETTING and changes else [words])
    for differs, words in (
        (why.are_inputs_others, INPUTS),
        (why.is_rule_changed, RULE),
        (why.is_software_changed, SOFTWARE),
        (why.is_input_newer, NEWER),
    ):
        if differs:
            causes[words] = None
    if changes:
        causes.pop("config/config.yaml changed", None)
    return tuple(causes)


def _why_missing(job: GraphJob, why: Reasons) -> str:
    if any(Path(log).is_file() and Path(log).stat().st_size for log in job.logs):
        return FAILED
    return REMOVED if why.has_record else NOT_DONE


def _why_marked(job: GraphJob) -> list[str]:
    """Return why results of a job are marked to be made again."""
    whys = [why_marked(Path(output)) for output in job.outputs]
    return [why for why in whys if why] or [CUT_OFF]


def _text_changes(job: GraphJob, why: Reasons) -> dict[str, None]:
    """Return what changed in the text of a job's task."""
    result: dict[str, None] = {}
    for old in why.old_tasks:
        result |= task_changes(job.rule, json.loads(old), json.loads(why.task))
    return result


def jobs_of(written: str) -> list[PlannedJob]:
    """Read the jobs that a dry run printed; it prints none when there is nothing to do."""
    return [
        PlannedJob(rule, name, kind, site, tuple(causes))
        for rule, name, kind, site, causes in json.loads(written or "[]")
    ]


def with_what_follows(
    jobs: Sequence[PlannedJob], cohort: Sequence[PlannedJob], study: Study
) -> list[PlannedJob]:
    """Join the jobs of participants and of the cohort that were planned without each other.

    The cohort's inputs are then those that are there; ``jobs`` says that others will be.
    """
    if not jobs:
        return list(cohort)
    own = {job.rule: job.causes for job in cohort}
    rules = tuple(job.rule for job in cohort_jobs(study))
    follow = {rule for job in jobs for rule in _shown_by(job.rule) or rules}
    joined = [
        PlannedJob(rule, "", "", "", tuple(one for one in own.get(rule, ()) if one != INPUTS))
        for rule in rules
        if rule in follow or rule in own
    ]
    return [*jobs, *joined]


def _shown_by(rule: str) -> tuple[str, ...]:
    """Return the cohort's rules that follow from a participant's picture; none of other rules."""
    return shown_by(stages()[rule].stage) if rule in stages() else ()


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
        listed = {cause for planned in work.values() for cause in planned.causes}
        causes = (
            "; ".join(cause for cause in sorted(cohort.causes) if cause not in listed) or FOLLOWS
        )
        lines += ["", f"The cohort: {causes}", f"    {cohort.words()}"]
    rest = participants - len(work)
    if rest:
        lines += ["", f"{rest} participant{'s' if rest != 1 else ''}: nothing to measure"]
    return "\n".join(lines)
