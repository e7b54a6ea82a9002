"""Join every participant's measurements into the cohort's tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.computed import add_computed
from bonecohort.cohort.dictionaries import data_dictionary
from bonecohort.cohort.frames import write_table
from bonecohort.cohort.left_out import leave_out
from bonecohort.cohort.readings import collect_readings
from bonecohort.cohort.records import collect_records
from bonecohort.cohort.run_record import run_record
from bonecohort.cohort.tables import cohort_tables
from bonecohort.faults import ChangedInput
from bonecohort.study.contents import CONTENTS, Contents
from bonecohort.study.fingerprints import content_digest
from bonecohort.study.inputs import CHANGED
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.study.readings import readings_digest, readings_paths
from bonecohort.study.records import write_record
from bonecohort.study.study import Study, load_study
from bonecohort.techniques.registry import images

if TYPE_CHECKING:
    from collections.abc import Mapping

SCAN_FIELDS = {
    "kvp": "KVP",
    "kernel": "ConvolutionKernel",
    "slice_thickness_mm": "SliceThickness",
    "contrast": "ContrastBolusAgent",
    "warnings": "Warnings",
}
"""What run.json holds of every CT: what changes its values, by the sidecar's keys."""
CT = "CT"


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``tables/*.csv`` with their data dictionaries, and ``run.json``."""
    study = load_study(Path(), task["overrides"])
    collected = Collected(notes=[*study.notes])
    collect_records(study, results, collected)
    collect_readings(study, Path(), collected)
    add_computed(study, results, collected)
    leave_out(study, collected)
    truth = study.settings.truth
    if truth and not Path(truth).is_file():
        collected.notes.append(f"The truth table {truth} does not exist; nothing is held to it.")
    written = cohort_tables(study, collected)
    for name, table in written.items():
        write_table(results / "tables" / f"{name}.csv", table)
        dictionary = data_dictionary(name, table.columns, study)
        write_record(results / "tables" / f"{name}.json", dictionary)
    readings = {path: content_digest(Path(path)) for path in readings_paths(study)}
    digests = task["inputs"] | readings
    if study.exclusions_path and study.exclusions_path not in digests:
        raise ChangedInput(CHANGED.format(what=study.exclusions_path))
    if readings_digest(study, Contents(CONTENTS)) != task["readings"]:
        raise ChangedInput(CHANGED.format(what="A table of readings"))
    scans = _scans(study, results)
    record = run_record(study, collected, written, scans, digests, overrides=task["overrides"])
    write_record(results / "run.json", record)


def _scans(study: Study, results: Path) -> list[dict[str, Any]]:
    kinds = [kind for kind, image in images().items() if image.modality == CT]
    return [
        {"participant_id": name, **_facts(participant_folder(results, name) / f"{kind}.json")}
        for name in study.included
        for kind in kinds
        if study.series_of(name, kind)
    ]


def _facts(path: Path) -> dict[str, Any]:
    record = read_record(path) if path.is_file() else {}  # its job failed
    return {name: record.get(key) for name, key in SCAN_FIELDS.items()}
