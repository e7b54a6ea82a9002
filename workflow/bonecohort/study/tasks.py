"""What each job of the workflow is told: one canonical JSON text that names all it depends on.

A job's text holds its participant's row of series.tsv, the settings it uses, the content of the
files behind it and a digest of the code it runs; when the text changes, and only then, the job
is run again. The text is also what the job is called with.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.config import CONFIG_PATH
from bonecohort.study.contents import CONTENTS, Contents
from bonecohort.study.fingerprints import (
    canonical,
    code_digest,
    content_digest,
    settings_digest,
    text_digest,
)
from bonecohort.study.image_kinds import IMAGES
from bonecohort.study.readings import readings_digest
from bonecohort.study.segmentation import TOTALSEGMENTATOR
from bonecohort.study.series import uid_label
from bonecohort.study.sources import files_among_marks, hu_source, is_segmented, records_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bonecohort.study.series import Series
    from bonecohort.study.sources import MarksKind
    from bonecohort.study.study import Study

COHORT_ONLY_HU_KEYS = ("osteoporosis_threshold", "low_hu_threshold", "min_levels")
"""Hounsfield settings that no measurement uses: changing them must not measure again."""


@cache
def contents() -> Contents:
    """Return the contents of the study in the working folder, where the workflow runs."""
    return Contents(CONTENTS)


def look_at_files(study: Study, progress: Callable[[int, int], None]) -> None:
    """Look at every file of the included participants before the jobs are told of them."""
    included = set(study.included)
    rows = [row for row in study.series if row.participant_id in included]
    contents().refresh((row.path for row in rows), progress)


def convert_task(study: Study, participant_id: str, kind: str) -> str:
    """Tell the conversion of one image series."""
    (row,) = study.series_of(participant_id, kind)
    return canonical(
        {
            "participant_id": participant_id,
            "kind": kind,
            "image": IMAGES[kind].record(),
            "series_uid": uid_label(row.series_uid),
            "settings": dataclasses.asdict(study.settings.images),
        }
        | _files([row])
        | _code("convert")
    )


def crop_task(study: Study, participant_id: str) -> str:
    """Tell the cutting of a CT into one crop a vertebra."""
    segmented = is_segmented(study, participant_id)
    label_map = _label_map(study, participant_id)
    if segmented:  # it names its vertebrae itself, whatever the given label maps do
        label_map["label_scheme"] = None
    return canonical(
        {
            "participant_id": participant_id,
            "levels": study.settings.levels,
            "segmentation": segment_task(study, participant_id) if segmented else None,
            "ct": _files(study.series_of(participant_id, "ct")),
        }
        | label_map
        | _code("crop")
    )


def segment_task(study: Study, participant_id: str) -> str:
    """Tell the segmentation of a CT's vertebrae by a program."""
    vertebrae = study.settings.vertebrae
    return canonical(
        {
            "participant_id": participant_id,
            "program": TOTALSEGMENTATOR,
            "device": vertebrae.segment_device,
            "fast": vertebrae.segment_fast,
        }
        | _files(study.series_of(participant_id, "ct"))
        | _code("segment")
    )


def hounsfield_task(study: Study, participant_id: str, level: str) -> str:
    """Tell the HU measurement of one vertebra."""
    settings = dataclasses.asdict(study.settings.hounsfield)
    for key in COHORT_ONLY_HU_KEYS:
        del settings[key]
    source = hu_source(study, participant_id)
    content: dict[str, Any] = {
        "participant_id": participant_id,
        "level": level,
        "source": source,
        "settings": settings,
        "crop": crop_task(study, participant_id) if source == "automatic" else None,
        "ct": _files(study.series_of(participant_id, "ct")),
    }
    rois = study.series_of(participant_id, "hu_rois")
    if rois:
        content["vertebrae"] = _label_map(study, participant_id)
        content |= _among_marks(study, participant_id, "hu_rois")
    return canonical(content | _files(rois) | _code("hounsfield"))


def endplates_task(study: Study, participant_id: str, level: str) -> str:
    """Tell the endplate measurement of one vertebra."""
    return canonical(
        {
            "participant_id": participant_id,
            "level": level,
            "unlisted_level": study.settings.endplates.unlisted_level,
            "t2": _files(study.series_of(participant_id, "t2_sagittal")),
        }
        | _files(study.series_of(participant_id, "endplate_markups"))
        | _among_marks(study, participant_id, "endplate_markups")
        | _code("endplates")
    )


def hounsfield_picture_task(study: Study, participant_id: str) -> str:
    """Tell the drawing of one participant's Hounsfield regions."""
    return canonical(
        {"participant_id": participant_id, "levels": study.settings.levels}
        | _code("hounsfield_picture")
    )


def endplates_picture_task(study: Study, participant_id: str) -> str:
    """Tell the drawing of one participant's endplate marks."""
    markups = study.series_of(participant_id, "endplate_markups")
    t2 = {"t2": _files(study.series_of(participant_id, "t2_sagittal"))}
    among = _among_marks(study, participant_id, "endplate_markups")
    return canonical(
        {"participant_id": participant_id}
        | t2
        | among
        | _files(markups)
        | _code("endplates_picture")
    )


def record_list_task(study: Study, overrides: Mapping[str, Any]) -> str:
    """Tell the listing of the records that the cohort's tables are made of."""
    records = {name: records_of(study, name) for name in study.included}
    return canonical(
        {"overrides": overrides, "records": text_digest(canonical(records))} | _code("record_list")
    )


def cohort_task(study: Study, overrides: Mapping[str, Any]) -> str:
    """Tell the assembly of the cohort's tables."""
    settings = study.settings
    return canonical(
        {
            "overrides": overrides,
            "settings": settings_digest(settings),
            "inputs": _tables(str(CONFIG_PATH), settings.participants, settings.series),
            # a digest: the text is one command-line argument, whose length is limited
            "readings": readings_digest(study, contents()),
        }
        | _code("cohort")
    )


def aggregate_task(study: Study, job: str, overrides: Mapping[str, Any]) -> str:
    """Tell a job that works on the cohort's tables: statistics, figures, report."""
    truth = study.settings.truth
    return canonical(
        {
            "overrides": overrides,
            "settings": settings_digest(study.settings),
            "inputs": _tables(study.settings.participants, study.settings.series),
            "truth": content_digest(Path(truth)) if truth else None,
        }
        | _code(job)
    )


def _label_map(study: Study, participant_id: str) -> dict[str, Any]:
    """Tell a participant's vertebra label map and its numbering."""
    rows = study.series_of(participant_id, "vertebrae")
    declared = study.settings.vertebrae.label_scheme
    return {"label_scheme": (rows[0].label_scheme if rows else "") or declared} | _files(rows)


def _tables(*paths: str) -> dict[str, str]:
    """Tell some of the study's own files."""
    return {path: content_digest(Path(path)) for path in paths}


def _files(rows: Iterable[Series]) -> dict[str, Any]:
    return {"files": [_file(row) for row in rows]}


def _file(row: Series) -> dict[str, Any]:
    told = {"path": row.path, "reader": row.reader, "content": contents().digest(row.path)}
    beside = contents().beside(row.kind, row.path)
    return told | ({"beside": beside} if beside else {})


def _among_marks(study: Study, participant_id: str, kind: MarksKind) -> dict[str, list[str]]:
    """Tell which listed files lie among a reader's marks and are none; nothing where none does."""
    found = files_among_marks(study, participant_id, kind)
    return {"among_marks": found} if found else {}


def _code(job: str) -> dict[str, str]:
    return {"code": code_digest(f"bonecohort.jobs.{job}")}
