"""Which jobs a study has, by its tables: what each leaves behind, and where its log is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bonecohort.monitoring.stages import stage_words
from bonecohort.study.provenance import job_name
from bonecohort.study.sources import hu_source, image_kinds, is_segmented, measured_stages

if TYPE_CHECKING:
    from bonecohort.study.study import Study

COHORT = {
    "list_records": ("records.tsv", "records.log"),
    "assemble_cohort": ("run.json", "cohort.log"),
    "analyse_cohort": ("statistics/comparisons.csv", "statistics.log"),
    "draw_figures": ("figures/figure3_prevalence.png", "figures.log"),
    "draw_model_figures": ("figures/forest.png", "model_figures.log"),
    "build_report": ("report.html", "report.log"),
}
"""Of each of the cohort's jobs a result that it writes, and its log."""
CALLED = {
    "convert_series": "convert",
    "segment_vertebrae": "segment",
    "measure_hounsfield": "hounsfield",
    "show_hounsfield": "hounsfield_picture",
    "measure_endplates": "endplates",
    "show_endplates": "endplates_picture",
    "list_records": "record_list",
    "assemble_cohort": "cohort",
    "analyse_cohort": "statistics",
    "draw_figures": "figures",
    "draw_model_figures": "model_figures",
    "build_report": "report",
}
"""Of each rule the job that it calls."""


class ExpectedJob(NamedTuple):
    """One job: its rule, its kind of image or its level, what it leaves behind, and its logs.

    ``result`` is below the participant's folder, or below ``results`` for the cohort; ``logs`` are
    names in the participant's folder of logs: its own, and that of what it alone needs.
    """

    rule: str
    kind: str
    level: str
    result: str
    logs: tuple[str, ...]

    @property
    def remembered_as(self) -> str:
        """The name under which :mod:`bonecohort.study.provenance` remembers it."""
        return job_name(CALLED[self.rule], self.kind, self.level)

    @property
    def words(self) -> str:
        """What the job does."""
        kinds, levels = ([one] if one else [] for one in (self.kind, self.level))
        return stage_words(self.rule, kinds, levels)

    @property
    def stage(self) -> str:
        """What the job does, whatever its level."""
        return stage_words(self.rule, [self.kind] if self.kind else [])


def participant_jobs(study: Study, name: str) -> list[ExpectedJob]:
    """Return the jobs of one participant, none before one whose results it uses.

    There are none of a participant who has readings from tables only.
    """
    jobs = [
        ExpectedJob("convert_series", kind, "", f"{kind}.json", (f"convert_{kind}.log",))
        for kind in image_kinds(study, name)
    ]
    if is_segmented(study, name):
        jobs.append(ExpectedJob("segment_vertebrae", "", "", "vertebrae.json", ("segment.log",)))
    for stage in measured_stages(study, name):
        is_cropped = stage == "hounsfield" and hu_source(study, name) == "automatic"
        jobs += _level_jobs(study, stage, ("crop.log",) if is_cropped else ())
    return jobs


def _level_jobs(study: Study, stage: str, before: tuple[str, ...]) -> list[ExpectedJob]:
    jobs = [
        ExpectedJob(
            f"measure_{stage}", "", level,
            f"{stage}/{level}.json", (*before, f"{stage}_{level}.log"),
        )
        for level in study.settings.levels
    ]  # fmt: skip
    picture = ExpectedJob(f"show_{stage}", "", "", f"qc/{stage}.png", (f"{stage}_picture.log",))
    return [*jobs, picture]


def cohort_jobs() -> list[ExpectedJob]:
    """Return the jobs of the cohort."""
    return [ExpectedJob(rule, "", "", result, (log,)) for rule, (result, log) in COHORT.items()]
