"""Results that are there, but not of the task that their job would be given now.

Snakemake compares a result's task with the one it noted in a hidden folder. A study that was copied
without it, or results that came from elsewhere, would count as done whatever they were made from.
What stands with the results decides here; where Snakemake knows of the same task, it finds the
change itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bonecohort.monitoring.snakemake_surface import recorded_task
from bonecohort.monitoring.up_to_date import jobs_by_currency
from bonecohort.study.fingerprints import text_digest
from bonecohort.study.job_specs import cohort_job_task, participant_task
from bonecohort.study.job_table import (
    cohort_jobs,
    participant_jobs,
)
from bonecohort.study.layout import participant_folder
from bonecohort.study.provenance import RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from bonecohort.study.provenance import Provenance
    from bonecohort.study.study import Study

UNKNOWN = "nothing says what the results were made from"
OTHER = "the results were made from other files, settings or code"
FUTURE = "the results are dated in the future"


class Outdated(NamedTuple):
    """A result to be made again, below the study folder, and why."""

    result: Path
    why: str


def outdated_results(study: Study, name: str, made: Provenance) -> Iterator[Outdated]:
    """Yield one participant's results that have to be made again."""
    folder = participant_folder(RESULTS, name)
    if not folder.is_dir():
        return
    for job in participant_jobs(study, name):
        result = folder / job.result
        task = None if _is_unknown(job.remembered_as, made) else participant_task(study, name, job)
        yield from _outdated(result, job.remembered_as, task, made)
    yield from _outdated_temporary(study, name, folder)


def _outdated_temporary(study: Study, name: str, folder: Path) -> Iterator[Outdated]:
    """Yield the temporary results of a participant that are there and Snakemake does not know.

    They are temporary, so nothing of them stands with the results. A run that was killed, or that
    kept them (``--notemp``), leaves some. Only Snakemake's own record holds the task that they were
    made of.
    """
    for own in study.stages_of(name).values():
        sites = study.stage_sites(name, own) if own.stage.is_temporary else ()
        for result in dict.fromkeys(folder / own.stage.makes.format(site=site) for site in sites):
            if result.is_file() and recorded_task(result) is None:
                yield Outdated(result, UNKNOWN)


def remove_outdated(study: Study, name: str, made: Provenance) -> None:
    """Remove the results of a participant that are not those that its jobs would make now.

    They were made of one that could not be made: what is written of the cohort must not use them.
    """
    folder = participant_folder(RESULTS, name)
    for job, is_current in jobs_by_currency(study, name, made):
        if not is_current:
            for path in {folder / job.result, *map(Path, made.files.get(job.remembered_as, ()))}:
                path.unlink(missing_ok=True)


def outdated_cohort_results(
    study: Study, overrides: Mapping[str, Any], made: Provenance
) -> Iterator[Outdated]:
    """Yield the cohort's results that have to be made again."""
    for job in cohort_jobs(study):
        yield from _outdated(
            RESULTS / job.result,
            job.remembered_as,
            cohort_job_task(study, overrides, job.rule),
            made,
        )


def _is_unknown(job: str, made: Provenance) -> bool:
    return not made.whole.get(job)


def _outdated(result: Path, job: str, task: str | None, made: Provenance) -> Iterator[Outdated]:
    if job in made.altered_jobs or not result.is_file():
        return  # listed, or missed, as such
    if task is None or _is_unknown(job, made):
        yield Outdated(result, UNKNOWN)
    elif job in made.future:
        yield Outdated(result, FUTURE)
    elif made.whole[job] != text_digest(task):
        known = recorded_task(result)
        if known is None or text_digest(known) != made.whole[job]:
            yield Outdated(result, OTHER)
