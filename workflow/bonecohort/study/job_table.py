"""Which jobs a study has, by its tables: what each does, uses and leaves behind.

All of it follows from what the techniques declare, and from the files that a participant has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from bonecohort.study.analyses import analysis_stems, drawn_stems, has_preset
from bonecohort.study.at_work import is_at_work
from bonecohort.study.provenance import job_name
from bonecohort.study.settings import as_mapping
from bonecohort.techniques.registry import images, kinds, readings_kinds, stages, techniques

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bonecohort.study.analyses import Analysis
    from bonecohort.study.study import Study
    from bonecohort.techniques.declare import Stage, Technique
    from bonecohort.techniques.registry import OwnStage

CONVERT = "convert_series"
"""Rule that converts a participant's images, of whatever kind."""


@dataclass(frozen=True)
class Job:
    """One job.

    ``calls`` is the name that the job is called by. ``kind`` and ``site`` are '' where it has none.
    ``result`` lies below the participant's folder, or below ``results`` for the cohort. ``logs``
    are names in the participant's folder of logs: those of what it alone needs, then its own.
    """

    rule: str
    calls: str
    kind: str
    site: str
    result: str
    logs: tuple[str, ...]

    @property
    def remembered_as(self) -> str:
        """The name under which :mod:`bonecohort.study.provenance` remembers it."""
        return job_name(self.calls, self.kind, self.site)


_RECORDS = (
    Job("list_records", "record_list", "", "", "records.tsv", ("records.log",)),
    Job("assemble_cohort", "cohort", "", "", "run.json", ("cohort.log",)),
)
_PRESET = (
    Job("analyse_cohort", "statistics", "", "", "statistics/comparisons.csv", ("statistics.log",)),
    Job("draw_figures", "figures", "", "", "figures/figure3_prevalence.png", ("figures.log",)),
    Job(
        "draw_model_figures", "model_figures", "", "", "figures/forest.png", ("model_figures.log",)
    ),
)
_REVIEW = Job("build_review", "review", "", "", "review.html", ("review.log",))
_REPORT = Job("build_report", "report", "", "", "report.html", ("report.log",))


def cohort_jobs(study: Study) -> tuple[Job, ...]:
    """Return the cohort's jobs, none before one whose results it uses, each with one result."""
    analyses = study.settings.analyses
    preset = _PRESET if has_preset(analyses) else ()
    return (*_RECORDS, _REVIEW, *preset, *_listed_jobs(analyses), _REPORT)


def _listed_jobs(analyses: tuple[Analysis, ...]) -> Iterator[Job]:
    stems = analysis_stems(analyses)
    drawn = drawn_stems(analyses)
    if stems:
        result = f"statistics/analyses/{stems[0]}.csv"
        yield Job("do_analyses", "analyses", "", "", result, ("analyses.log",))
    if drawn:
        result = f"figures/analyses/{drawn[0]}.png"
        yield Job("draw_analyses", "analysis_figures", "", "", result, ("analysis_figures.log",))


@cache
def rule_words() -> dict[str, str]:
    """Return what each rule does, in the order of the work."""
    return {
        CONVERT: "convert the images",
        **{rule: own.stage.words for rule, own in stages().items()},
        "list_records": "list the records",
        "assemble_cohort": "assemble the cohort's tables",
        "build_review": "build the review page",
        "analyse_cohort": "do the statistics",
        "draw_figures": "draw the figures",
        "draw_model_figures": "draw the models' figures",
        "do_analyses": "do the analyses",
        "draw_analyses": "draw the analyses' figures",
        "build_report": "build the report",
    }


def shown_by(stage: Stage) -> tuple[str, ...]:
    """Return the cohort's rules that show a stage's picture.

    The review page shows what the report shows.
    """
    return (*stage.shown_by, *(["build_review"] if "build_report" in stage.shown_by else []))


def image_kinds(study: Study, participant_id: str) -> list[str]:
    """Return the kinds of image series that the participant has."""
    has = study.kinds_of(participant_id)
    return [kind for kind in images() if kind in has]


def is_used(study: Study, technique: Technique) -> bool:
    """Whether the study's tables have its columns: it declares some, or somebody has its files."""
    return bool(technique.tables) or is_at_work(study.settings, study.kinds_together, technique)


def settings_used(study: Study) -> dict[str, Any]:
    """Return the study's settings, without the sections of techniques that it does not use."""
    return as_mapping(
        study.settings, [technique.name for technique in techniques() if is_used(study, technique)]
    )


def readings_of(study: Study, participant_id: str, technique: Technique) -> list[str]:
    """Return the technique's kinds of readings that count for the participant."""
    has = study.kinds_of(participant_id)
    return [
        kind
        for kind in readings_kinds()
        if kind in has and kinds()[kind] in technique.kinds and not replaced(kind, has)
    ]


def replaced(kind: str, has: frozenset[str]) -> bool:
    """Whether another kind that the participant has counts in place of a table of readings."""
    return getattr(kinds()[kind].holds, "after", "") in has


def participant_jobs(study: Study, participant_id: str) -> list[Job]:
    """Return the jobs of one participant whose results stay, none before one that it uses.

    There are none of a participant who has readings from tables only.
    """
    jobs = [
        Job(CONVERT, "convert", kind, "", f"{kind}.json", (convert_log(kind),))
        for kind in image_kinds(study, participant_id)
    ]
    active = study.stages_of(participant_id)
    for own in active.values():
        if not own.stage.is_temporary:
            jobs += _jobs_of_stage(study, participant_id, own, active)
    return jobs


def _jobs_of_stage(
    study: Study, participant_id: str, own: OwnStage, active: Mapping[str, OwnStage]
) -> Iterator[Job]:
    stage = own.stage
    before = [active[rule].stage for rule in stage.after if rule in active]
    logs = [one.log for one in before if one.is_temporary]
    sites = study.stage_sites(participant_id, own)
    if stage.per == "participant":
        texts = tuple(name.format(site="") for name in (*logs, stage.log))
        first = sites[0] if sites else ""
        yield Job(stage.rule, own.calls, "", "", stage.makes.format(site=first), texts)
        return
    for site in sites:
        texts = tuple(name.format(site=site) for name in (*logs, stage.log))
        yield Job(stage.rule, own.calls, "", site, stage.makes.format(site=site), texts)


def convert_log(kind: str) -> str:
    """Return the name of the log of an image's conversion."""
    return f"convert_{kind}.log"


@cache
def needed(rule: str) -> tuple[str, ...]:
    """Return the rules whose results a rule's jobs use; a conversion with its kind.

    In place of a temporary result stand those that it is made of.
    """
    result: dict[str, None] = {}
    for name in stages()[rule].stage.after if rule in stages() else ():
        if name not in stages():
            result[f"{CONVERT} {name}"] = None
        elif stages()[name].stage.is_temporary:
            result |= dict.fromkeys(needed(name))
        else:
            result[name] = None
    return tuple(result)


def needed_stages(study: Study, participant_id: str, stage: Stage) -> list[str]:
    """Return the rules, and the kinds of image, that a stage of the participant is made of."""
    active = study.stages_of(participant_id)
    has = study.kinds_of(participant_id)
    result: dict[str, None] = {}
    waiting = [stage]
    while waiting:
        for name in waiting.pop().after:
            if name in active and name not in result:
                waiting.append(active[name].stage)
            if name in active or (name in has and name not in stages()):
                result[name] = None
    return sorted(result, key=lambda name: list(stages()).index(name) if name in stages() else -1)


def records_of(study: Study, participant_id: str) -> list[str]:
    """Return the participant's records that the cohort's tables are made of, below its folder."""
    images = [f"{kind}.json" for kind in image_kinds(study, participant_id)]
    measured = [
        own.stage.makes.format(site=site)
        for own in study.stages_of(participant_id).values()
        if own.stage.record == "measurements"
        for site in record_sites(study, participant_id, own)
    ]
    return images + measured


def record_sites(study: Study, participant_id: str, own: OwnStage) -> tuple[str, ...]:
    """Return the sites of which a stage leaves a record each; ('',) of one for all."""
    by_site = "{site}" in own.stage.makes
    return study.stage_sites(participant_id, own) if by_site else ("",)
