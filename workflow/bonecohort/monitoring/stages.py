"""The stages of the workflow in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.job_table import CONVERT, rule_words
from bonecohort.techniques.declare import VERTEBRAE
from bonecohort.techniques.registry import kinds as all_kinds
from bonecohort.techniques.registry import stages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.study.job_table import Job

MAX_NAMED = 2
"""So many sites are named; more are counted."""
MAX_LISTED = 8
"""So many participants are listed."""


def stage_words(rule: str, kinds: Sequence[str] = (), sites: Sequence[str] = ()) -> str:
    """Return what one or several jobs of a rule do, with their images or sites."""
    if kinds:
        return f"convert the {' and the '.join(all_kinds()[kind].label for kind in kinds)}"
    if not sites:
        return rule_words()[rule]
    plural = stages()[rule].technique.sites.plural if rule in stages() else VERTEBRAE.plural
    where = " and ".join(sites) if len(sites) <= MAX_NAMED else f"{len(sites)} {plural}"
    return f"{rule_words()[rule]} of {where}"


def words_of_job(job: Job) -> str:
    """Return what one job does."""
    return stage_words(job.rule, [job.kind] if job.kind else [], [job.site] if job.site else [])


def words_of_stage(job: Job) -> str:
    """Return what one job does, whatever its site."""
    return stage_words(job.rule, [job.kind] if job.kind else [])


def job_words(rule: str, wildcards: Mapping[str, str]) -> str:
    """Return what one job of Snakemake's does."""
    kinds = [wildcards["kind"]] if "kind" in wildcards else []
    sites = [wildcards["site"]] if "site" in wildcards else []
    return stage_words(rule, kinds, sites)


def words_of_log(name: str) -> str:
    """Return what the job does whose log has a name; '' where no temporary result has it."""
    result = (own.stage for own in stages().values() if own.stage.is_temporary)
    return next((stage.words for stage in result if stage.log == name), "")


def is_recorded(rule: str) -> bool:
    """Whether a rule's first output is a record that says when nothing could be done."""
    return rule == CONVERT or (rule in stages() and bool(stages()[rule].stage.record))


def some(names: Sequence[str], limit: int = MAX_LISTED) -> str:
    """Return names, the first of them where there are many."""
    return ", ".join([*names[:limit], *(["…"] if len(names) > limit else [])])
