"""Participants of whom nothing is to be done, known before Snakemake has looked at their jobs.

Looking is Snakemake's cost of a run that has little to do: it makes and compares every job of every
participant. One is settled whose jobs have all done exactly the task that they would be given now,
one after the other as they need each other, and left results that are still as they were written,
and whom a run by the same rules and environments found done since. Their results are then inputs
like any other file. Whoever is not settled is looked at as ever, so it is decided with caution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study import tasks
from bonecohort.study.fingerprints import PACKAGE, canonical, content_digest, text_digest
from bonecohort.watch.expected import participant_jobs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.made import Made
    from bonecohort.study.study import Study
    from bonecohort.watch.expected import Expected

NEEDED = {
    "convert_series": (),
    "segment_vertebrae": ("convert_series ct",),
    "measure_hounsfield": ("convert_series ct", "segment_vertebrae"),
    "show_hounsfield": ("convert_series ct", "measure_hounsfield"),
    "measure_endplates": ("convert_series t2_sagittal",),
    "show_endplates": ("convert_series t2_sagittal",),
}
"""Of each rule those whose results it uses; they ended before it."""
WORKFLOW = PACKAGE.parent


def is_settled(study: Study, name: str, made: Made, rules: str) -> bool:
    """Whether nothing is to be done for a participant.

    Parameters
    ----------
    study, name
        The study in the working folder, and one of its included participants.
    made
        What the participant's jobs made.
    rules
        What :func:`rules_digest` returns of this run.
    """
    if made.altered or made.rules != rules:
        return False
    ended = {job: place for place, job in enumerate(made.whole)}
    latest: dict[str, int] = {}
    for job in participant_jobs(study, name):
        if made.whole.get(job.remembered_as) != text_digest(task_of(study, name, job)):
            return False
        place = ended[job.remembered_as]
        if any(latest.get(needed, -1) > place for needed in NEEDED[job.rule]):
            return False
        of_rule = f"{job.rule} {job.kind}".strip()
        latest[of_rule] = max(place, latest.get(of_rule, -1))
    return True


def task_of(study: Study, name: str, job: Expected) -> str:
    """Return what one of a participant's jobs would be told now."""
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
