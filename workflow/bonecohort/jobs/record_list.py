"""List the records of images and vertebrae, which the cohort's tables are made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.fingerprints import content_digest
from bonecohort.study.layout import participant_folder
from bonecohort.study.study import load_study
from bonecohort.study.writing import whole_file
from bonecohort.watch.expected import participant_jobs

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTED = ("convert_series", "measure_hounsfield", "measure_endplates")


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``records.tsv``: each record's path below ``results``, and its SHA-256."""
    study = load_study(Path(), task["overrides"])
    paths = [
        participant_folder(results, name) / job.result
        for name in study.included
        for job in participant_jobs(study, name)
        if job.rule in LISTED
    ]
    rows = [f"{path.relative_to(results).as_posix()}\t{content_digest(path)}" for path in paths]
    with whole_file(results / "records.tsv") as unfinished:
        unfinished.write_text("\n".join(["record\tsha256", *sorted(rows), ""]), encoding="utf-8")
