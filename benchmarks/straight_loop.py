"""The work of a run without the workflow: the same library calls in a loop over two processes.

Run in a study folder by ``benchmarks/imaging_study.py``; writes to ``loop`` instead of ``results``.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bonecohort.jobs import (
    cohort,
    convert,
    crop,
    endplates,
    endplates_picture,
    figures,
    hounsfield,
    hounsfield_picture,
    model_figures,
    record_list,
    report,
    statistics,
)
from bonecohort.study import tasks
from bonecohort.study.study import load_study

RESULTS = Path("loop")
STUDY = load_study(Path())


def measure(name: str) -> None:
    """Do all that the workflow does for one participant, in the same order."""
    for kind in ("ct", "t2_sagittal"):
        convert.run(json.loads(tasks.convert_task(STUDY, name, kind)), RESULTS)
    crop.run(json.loads(tasks.crop_task(STUDY, name)), RESULTS)
    for level in STUDY.settings.levels:
        hounsfield.run(json.loads(tasks.hounsfield_task(STUDY, name, level)), RESULTS)
        endplates.run(json.loads(tasks.endplates_task(STUDY, name, level)), RESULTS)
    hounsfield_picture.run(json.loads(tasks.hounsfield_picture_task(STUDY, name)), RESULTS)
    endplates_picture.run(json.loads(tasks.endplates_picture_task(STUDY, name)), RESULTS)


def main(processes: int) -> None:
    """Measure everybody, then make the tables, statistics, figures and report."""
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(measure, STUDY.included))
    record_list.run(json.loads(tasks.record_list_task({})), RESULTS)
    cohort.run(json.loads(tasks.cohort_task(STUDY, {})), RESULTS)
    for job in (statistics, figures, model_figures, report):
        name = job.__name__.rpartition(".")[2]
        job.run(json.loads(tasks.aggregate_task(STUDY, name, {})), RESULTS)


if __name__ == "__main__":
    main(int(sys.argv[1]))
