"""Results that are there and are not those that the study would make now.

The next run makes them again. What stands with the results (:mod:`bonecohort.study.provenance`)
says which they are; Snakemake need not be started.
"""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.monitoring.snakemake_surface import has_record
from bonecohort.monitoring.stages import words_of_job
from bonecohort.monitoring.up_to_date import jobs_by_currency
from bonecohort.study.fingerprints import text_digest
from bonecohort.study.job_specs import cohort_job_task, contents
from bonecohort.study.job_table import cohort_jobs
from bonecohort.study.provenance import COHORT, RESULTS, check_results

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.study.study import Study


@dataclass
class Stale:
    """What of a study is out of date.

    ``participants`` have a result of other files, settings or code, or one that was changed.
    ``cohort`` are such results of the cohort, in words. For ``unknown`` participants nothing says
    what their results were made from.
    """

    participants: list[str] = field(default_factory=list)
    cohort: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def stale_results(study: Study, folder: Path) -> Stale:
    """Return the outdated results of the study in a folder, where no run is at work."""
    result = Stale()
    with chdir(folder):
        contents.cache_clear()  # it holds the files of the folder in which it was asked first
        for name in study.included:
            made = check_results(name, has_record)
            current = {job.remembered_as: so for job, so in jobs_by_currency(study, name, made)}
            if made.altered_jobs & current.keys() or any(
                not so and job in made.whole for job, so in current.items()
            ):
                result.participants.append(name)
            elif not all(so or job in made.lost for job, so in current.items()):
                result.unknown.append(name)
        result.cohort = _stale_of_cohort(study, follow=bool(result.participants))
        contents.cache_clear()
    return result


def _stale_of_cohort(study: Study, *, follow: bool) -> list[str]:
    """Return the cohort's results that are there and stale, or follow from what is stale."""
    made = check_results(COHORT, has_record)
    stale: list[str] = []
    for job in cohort_jobs(study):
        if not (RESULTS / job.result).is_file():
            continue
        name = job.remembered_as
        is_known = name in made.whole or name in made.altered_jobs
        is_current = made.whole.get(name) == text_digest(cohort_job_task(study, {}, job.rule))
        if is_known and (follow or stale or not is_current):
            stale.append(words_of_job(job))
    return stale
