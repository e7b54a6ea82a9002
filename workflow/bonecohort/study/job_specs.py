"""The task of each job of the workflow: one canonical JSON text that names all it depends on.

A job's text holds the settings it uses, the content of the files behind its participant's rows of
series.tsv, and a digest of the code it runs. When the text changes, and only then, the job is run
again. The text is also what the job is called with. Of a participant's jobs it has these keys:

``participant_id``, ``site`` or ``sites``, and ``kind`` and ``image`` of a conversion say what the
job is of. ``settings`` are those that it uses, of its technique's section or of ``images``.
``columns`` holds the cells of participants.tsv that it reads, by their columns.
``files`` holds, by kind, each file with its reader and its digest; that of a conversion also with
its series and its echo time. ``names`` holds, for a job that reads marks, the forms of names of
every technique, because a folder may serve several. ``among`` holds, by kind of marks, the
participant's other files that lie among them. ``after`` holds, by rule, the tasks of the jobs whose
results Snakemake takes away, and of all jobs that those use. Nothing else keeps them.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.config import CONFIG_PATH
from bonecohort.study.contents import CONTENTS, Contents
from bonecohort.study.echo_rows import COLUMN
from bonecohort.study.fingerprints import (
    canonical,
    code_digest,
    content_digest,
    settings_digest,
    text_digest,
)
from bonecohort.study.job_table import (
    CONVERT,
    cohort_jobs,
    is_used,
    records_of,
    settings_used,
)
from bonecohort.study.readings import readings_digest
from bonecohort.study.uid_labels import uid_label
from bonecohort.techniques.declare import Labels, Marks
from bonecohort.techniques.image import Image
from bonecohort.techniques.job_modules import module_of
from bonecohort.techniques.registry import (
    images,
    kinds,
    kinds_that_hold,
    mark_forms,
    stages,
    techniques,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bonecohort.study.companions import Holds
    from bonecohort.study.job_table import Job
    from bonecohort.study.series import Series
    from bonecohort.study.study import Study
    from bonecohort.techniques.declare import Technique
    from bonecohort.techniques.registry import OwnStage

Spec = dict[str, Any]
WITH_VERDICTS = ("review", "report")
"""The cohort's jobs that use what readers decided about the measurements."""


@cache
def contents() -> Contents:
    """Return the contents of the study in the working folder, where the workflow runs."""
    return Contents(CONTENTS)


def look_at_files(study: Study, progress: Callable[[int, int], None]) -> None:
    """Look at every file of the included participants before the tasks are made."""
    included = set(study.included)
    rows = [row for row in study.series if row.participant_id in included]
    contents().refresh((row.path for row in rows), progress)


def participant_task(study: Study, participant_id: str, job: Job) -> str:
    """Return the task of one of a participant's jobs."""
    if job.rule == CONVERT:
        return convert_task(study, participant_id, job.kind)
    return stage_task(study, participant_id, job.rule, job.site)


def convert_task(study: Study, participant_id: str, kind: str) -> str:
    """Return the task of the conversion of one image series."""
    return canonical(_conversion(study, participant_id, kind))


def stage_task(study: Study, participant_id: str, rule: str, site: str = "") -> str:
    """Return the task of a job of a technique's stage."""
    return canonical(_spec(study, participant_id, stages()[rule], site))


def cohort_job_task(study: Study, overrides: Mapping[str, Any], rule: str) -> str:
    """Return the task of one of the cohort's jobs."""
    match rule:
        case "list_records":
            return record_list_task(study, overrides)
        case "assemble_cohort":
            return cohort_task(study, overrides)
    (job,) = (one.calls for one in cohort_jobs(study) if one.rule == rule)
    return aggregate_task(study, job, overrides)


def record_list_task(study: Study, overrides: Mapping[str, Any]) -> str:
    """Return the task of the listing of the records that the cohort's tables are made of."""
    records = {name: records_of(study, name) for name in study.included}
    return canonical(
        {"overrides": overrides, "records": text_digest(canonical(records))} | _code("record_list")
    )


def cohort_task(study: Study, overrides: Mapping[str, Any]) -> str:
    """Return the task of the assembly of the cohort's tables."""
    return canonical(
        {
            "overrides": overrides,
            "settings": settings_digest(settings_used(study)),
            "inputs": _tables(str(CONFIG_PATH), *_study_tables(study)),
            # a digest: the text is one command-line argument, whose length is limited
            "readings": readings_digest(study, contents()),
        }
        | _code("cohort", study)
    )


def aggregate_task(study: Study, job: str, overrides: Mapping[str, Any]) -> str:
    """Return the task of a job on the cohort's tables: statistics, figures, report."""
    truth = study.settings.truth
    return canonical(
        {
            "overrides": overrides,
            "settings": settings_digest(settings_used(study)),
            "inputs": _tables(*_study_tables(study), *_review_table(study, job)),
            "truth": content_digest(Path(truth)) if truth else None,
        }
        | _code(job, study)
    )


def _conversion(study: Study, participant_id: str, kind: str) -> Spec:
    rows = study.series_of(participant_id, kind)
    return {
        "participant_id": participant_id,
        "kind": kind,
        "image": _image(kind),
        "settings": dataclasses.asdict(study.settings.images),
        "files": {kind: [_file(study, row) | _of_image(row) for row in rows]},
    } | _code("convert")


def _of_image(row: Series) -> Spec:
    """Return what a row says of an image series, beside where it lies."""
    time = {} if row.echo_time_ms is None else {COLUMN: row.echo_time_ms}
    return {"series_uid": uid_label(row.series_uid)} | time


def _spec(study: Study, participant_id: str, own: OwnStage, site: str) -> Spec:
    stage, technique = own.stage, own.technique
    spec: Spec = {"participant_id": participant_id}
    if stage.per != "participant":
        spec["site"] = site
    else:
        spec["sites"] = list(study.sites_of(participant_id, technique))
    if stage.settings:
        section = study.settings.mapping_of(technique.settings)
        spec["settings"] = {key: section[key] for key in stage.settings}
    cells = study.participants[participant_id].cells if stage.columns else {}
    if read := {name: cells[name] for name in stage.columns if name in cells}:
        spec["columns"] = read
    if files := _files(study, participant_id, own, site):
        spec["files"] = files
    marks = [kind for kind in files if _role(kind) == "marks"]
    if marks:
        spec["names"] = _names_of_marks()
    among = {
        kind: result
        for kind in marks
        if (result := _files_among_marks(study, participant_id, kind))
    }
    if among:
        spec["among"] = among
    if after := _after(study, participant_id, own, site):
        spec["after"] = after
    return spec | _code(own.calls)


def _files(
    study: Study, participant_id: str, own: OwnStage, site: str
) -> dict[str, list[dict[str, Any]]]:
    result = {
        kind: [
            _file(study, row)
            for row in study.series_of(participant_id, kind)
            if not (site and row.site) or row.site == site
        ]
        for kind in own.stage.files
    }
    return {kind: files for kind, files in result.items() if files}


def _after(study: Study, participant_id: str, own: OwnStage, site: str) -> dict[str, Spec]:
    """Return the tasks of the jobs that nothing but this job's text keeps."""
    active = study.stages_of(participant_id)
    before = [active[rule] for rule in own.stage.after if rule in active]
    return {
        own_stage.stage.rule: _spec(study, participant_id, own_stage, site)
        for own_stage in before
        if own_stage.stage.is_temporary or own.stage.is_temporary
    }


def _file(study: Study, row: Series) -> dict[str, Any]:
    holds = kinds()[row.kind].holds
    result: Spec = {"path": row.path, "reader": row.reader, "content": contents().digest(row.path)}
    if isinstance(holds, Labels):
        section, key = holds.scheme_setting
        declared = study.settings.value(section, key) if section else None
        result["label_scheme"] = row.label_scheme or declared
    beside = contents().beside(_role(row.kind), row.path)
    return result | ({"beside": beside} if beside else {})


@cache
def _image(kind: str) -> dict[str, Any]:
    return images()[kind].record()


@cache
def _names_of_marks() -> list[dict[str, Any]]:
    return [dataclasses.asdict(form) for form in mark_forms()]


def _role(kind: str) -> Holds:
    match kinds()[kind].holds:
        case Image():
            return "image"
        case Marks():
            return "marks"
    return "other"


def _files_among_marks(study: Study, participant_id: str, kind: str) -> list[str]:
    """Return the paths of a participant's other files that lie in folders of its marks."""
    folders = [f"{row.path.rstrip('/')}/" for row in study.series_of(participant_id, kind)]
    marks = kinds_that_hold(Marks)
    others = {row.path for row in study.series_of(participant_id) if row.kind not in marks}
    return sorted(path for path in others if path.startswith(tuple(folders)))


def _study_tables(study: Study) -> list[str]:
    """Return the paths of the study's own tables."""
    settings = study.settings
    return [
        path for path in (settings.participants, settings.series, study.exclusions_path) if path
    ]


def _review_table(study: Study, job: str) -> list[str]:
    """Return the path of the readers' verdicts, for jobs that use them."""
    return [study.review_path] if study.review_path and job in WITH_VERDICTS else []


def _tables(*paths: str) -> dict[str, str]:
    """Return the digests of some of the study's own files."""
    return {path: content_digest(Path(path)) for path in paths}


def _code(job: str, study: Study | None = None) -> dict[str, Any]:
    """Return the digest of a job's code; of one of the cohort's, of the techniques' as well."""
    code = {"code": code_digest(module_of(job))}
    if study is None:
        return code
    used = [technique for technique in techniques() if is_used(study, technique)]
    return code | {
        "techniques": {technique.name: _technique_digest(technique) for technique in used}
    }


def _technique_digest(technique: Technique) -> str:
    """Return a digest of what the cohort's jobs call of a technique, which they import by name."""
    modules = filter(None, technique.cohort_modules)
    return text_digest(
        canonical([code_digest(f"bonecohort.techniques.{technique.name}.{one}") for one in modules])
    )
