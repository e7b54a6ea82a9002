"""List the records of images and vertebrae, which the cohort's tables are made of."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.job_table import records_of
from bonecohort.study.layout import participant_folder
from bonecohort.study.study import load_study
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``records.tsv``: each record's path below ``results``, and its SHA-256.

    A record whose job failed is not there.
    """
    study = load_study(Path(), task["overrides"])
    records = sorted(
        (participant_folder(Path(), name) / record).as_posix()
        for name in study.included
        for record in records_of(study, name)
    )
    rows = [
        f"{record}\t{hashlib.sha256((results / record).read_bytes()).hexdigest()}"
        for record in records
        if (results / record).is_file()
    ]
    with whole_file(results / "records.tsv") as unfinished:
        unfinished.write_text("\n".join(["record\tsha256", *rows, ""]), encoding="utf-8")
