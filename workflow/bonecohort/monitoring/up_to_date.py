"""Participants of whom nothing is to be done, known before Snakemake has looked at their jobs.

Snakemake makes and compares every job of every participant. This is the main cost of a run that has
little to do. A participant is up to date when three things hold. All their jobs did exactly the
task that they would have now, each after those that it needs. The results are still as they were
written. A run with the same rules and environments found them done since. Their results are then
inputs like any other file. Snakemake looks at all others, so the decision is cautious.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.fingerprints import canonical, content_digest, text_digest
from bonecohort.study.installation import workflow_home
from bonecohort.study.job_specs import participant_task
from bonecohort.study.job_table import needed, participant_jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bonecohort.study.job_table import Job
    from bonecohort.study.provenance import Provenance
    from bonecohort.study.study import Study

OF_ENVIRONMENT = (".yaml", ".txt")
"""A definition of an environment, and Snakemake's pins beside it."""


def is_up_to_date(study: Study, name: str, made: Provenance, rules: str) -> bool:
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
    if made.altered or made.future or made.rules != rules:
        return False
    return all(current for _, current in jobs_by_currency(study, name, made))


def jobs_by_currency(study: Study, name: str, made: Provenance) -> Iterator[tuple[Job, bool]]:
    """Yield each job of a participant, and whether its results are those that it would make now.

    They are current where it did its present task. The jobs before it must be current, and must
    have ended before it.
    """
    ended = {job: place for place, job in enumerate(made.whole)}
    latest: dict[str, int] = {}
    never = len(ended)
    for job in participant_jobs(study, name):
        place = ended.get(job.remembered_as, never)
        current = (
            place < never
            and job.remembered_as not in made.future
            and all(latest.get(needed, -1) < place for needed in needed(job.rule))
            and made.whole[job.remembered_as] == text_digest(participant_task(study, name, job))
        )
        yield job, current
        of_rule = f"{job.rule} {job.kind}".strip()
        latest[of_rule] = max(place if current else never, latest.get(of_rule, -1))


def rules_digest(deployment: Iterable[str]) -> str:
    """Return a digest of the rules, the environments, and the way these are deployed."""
    home = workflow_home()
    paths = [
        home / "workflow" / "Snakefile",
        *sorted((home / "workflow" / "rules").glob("*.smk")),
        *sorted(path for path in (home / "envs").iterdir() if path.suffix in OF_ENVIRONMENT),
    ]
    contents = {path.name: content_digest(path) for path in paths}
    return text_digest(canonical([sorted(deployment), contents]))
