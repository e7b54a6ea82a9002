"""Participants of whom nothing is to be done, known before Snakemake has looked at their jobs.

Looking is Snakemake's cost of a run that has little to do: it makes and compares every job of every
participant. One is settled whose jobs have all done exactly the task that they would be given now,
one after the other as they need each other, and left results that are still as they were written.
Their results are then inputs like any other file. Whoever is not settled is looked at as ever, so
it may be decided with caution: a rule or an environment that changed unsettles everybody.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.study import tasks
from bonecohort.study.fingerprints import PACKAGE, canonical, content_digest, text_digest
from bonecohort.study.made import job_name
from bonecohort.watch.expected import participant_jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.study.study import Study
    from bonecohort.watch.expected import Expected

STAGES = {
    "convert_series": ("convert", ""),
    "segment_vertebrae": ("segment", "ct"),
    "measure_hounsfield": ("hounsfield", "ct"),
    "show_hounsfield": ("hounsfield_picture", "ct"),
    "measure_endplates": ("endplates", "t2_sagittal"),
    "show_endplates": ("endplates_picture", "t2_sagittal"),
}
"""Of each rule the job that it calls, and the image whose results it uses."""
WORKFLOW = PACKAGE.parent
RULES_OF_RUN = Path(".snakemake/bonecohort/rules.txt")
"""Below the study folder: by which rules and environments all was last found done."""


def is_settled(study: Study, name: str, whole: Mapping[str, str]) -> bool:
    """Whether nothing is to be done for a participant.

    Parameters
    ----------
    study, name
        The study in the working folder, and one of its included participants.
    whole
        What :func:`bonecohort.study.made.look_at_results` found whole of the participant.
    """
    ended = {job: place for place, job in enumerate(whole)}
    steps: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for job in participant_jobs(study, name):
        called, image = STAGES[job.rule]
        remembered = job_name(called, job.kind, job.level)
        if whole.get(remembered) != text_digest(_task(study, name, job)):
            return False
        steps[job.kind or image][job.rule].append(ended[remembered])
    return all(
        max(earlier) < min(later)
        for of_image in steps.values()
        for earlier, later in pairwise(of_image.values())
    )


def _task(study: Study, name: str, job: Expected) -> str:
    match job.rule:
        case "convert_series":
            return tasks.convert_task(study, name, job.kind)
        case "segment_vertebrae":
            return tasks.segment_task(study, name)
        case "measure_hounsfield":
            return tasks.hounsfield_task(study, name, job.level)
        case "show_hounsfield":
            return tasks.hounsfield_picture_task(study, name)
        case "measure_endplates":
            return tasks.endplates_task(study, name, job.level)
    return tasks.endplates_picture_task(study, name)


def rules_digest(deployment: Iterable[str]) -> str:
    """Return a digest of the rules, the environments, and the way these are deployed."""
    paths = [
        WORKFLOW / "Snakefile",
        WORKFLOW / "job.sh",
        *sorted((WORKFLOW / "rules").iterdir()),
        *sorted((WORKFLOW.parent / "envs").iterdir()),
    ]
    contents = {path.name: content_digest(path) for path in paths}
    return text_digest(canonical([sorted(deployment), contents]))
