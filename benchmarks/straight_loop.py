"""The work of a run without the workflow: the same library calls in a loop over two processes.

Run in a study folder by ``benchmarks/imaging_study.py``; writes to ``loop`` instead of ``results``.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path

from bonecohort.jobs import cohort, figures, model_figures, record_list, report, statistics
from bonecohort.study import job_specs
from bonecohort.study.job_table import participant_jobs
from bonecohort.study.study import load_study
from bonecohort.techniques.job_modules import module_of

RESULTS = Path("loop")
STUDY = load_study(Path())


def measure(name: str) -> None:
    """Do all that the workflow does for one participant, in the same order."""
    crop = json.loads(job_specs.stage_task(STUDY, name, "crop_vertebrae"))
    for job in participant_jobs(STUDY, name):
        if job.rule == "measure_hounsfield" and job.site == STUDY.settings.levels[0]:
            import_module(module_of("hounsfield.crop")).run(crop, RESULTS)
        task = json.loads(job_specs.participant_task(STUDY, name, job))
        import_module(module_of(job.calls)).run(task, RESULTS)


def main(processes: int) -> None:
    """Measure everybody, then make the tables, statistics, figures and report."""
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(measure, STUDY.included))
    record_list.run(json.loads(job_specs.record_list_task(STUDY, {})), RESULTS)
    cohort.run(json.loads(job_specs.cohort_task(STUDY, {})), RESULTS)
    for job in (statistics, figures, model_figures, report):
        name = job.__name__.rpartition(".")[2]
        job.run(json.loads(job_specs.aggregate_task(STUDY, name, {})), RESULTS)


if __name__ == "__main__":
    main(int(sys.argv[1]))
