"""Convert one image series of one participant to NIfTI with a de-identified sidecar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

# pydicom makes thousands of calls while it is imported. Where imports nest so deep that a block of
# frames ends (16 KiB), Python allocates a new block for each call. So it is imported here.
import pydicom  # noqa: F401

from bonecohort.faults import DataFault
from bonecohort.images.convert import convert_series
from bonecohort.images.nifti import write_nifti
from bonecohort.study.layout import EXCLUDED, participant_folder
from bonecohort.study.records import files_of, write_record
from bonecohort.techniques.image import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.converted import ConvertedSeries


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``{kind}.nii.gz`` and, last, ``{kind}.json``; on a data fault only the latter."""
    kind = task["kind"]
    folder = participant_folder(results, task["participant_id"])
    image, record = folder / f"{kind}.nii.gz", folder / f"{kind}.json"
    identity = {"participant_id": task["participant_id"]}
    try:
        converted = _converted(task)
        write_nifti(image, converted.volume)
    except DataFault as fault:
        image.unlink(missing_ok=True)
        write_record(record, identity | {"status": EXCLUDED, "reason": fault.reason})
        return
    write_record(record, identity | {"status": "converted", "reason": ""} | converted.sidecar)


def _converted(task: Mapping[str, Any]) -> ConvertedSeries:
    """Convert the one row of a kind, or its rows of one echo each."""
    image, settings = Image.of_record(task["image"]), task["settings"]
    files = files_of(task, task["kind"])
    first = files[0]
    if len(files) == 1 and first.get("echo_time_ms") is None:
        return convert_series(
            Path(first["path"]), image, first.get("series_uid") or None, **settings, hold=False
        )
    from bonecohort.images.convert_echoes import EchoRow, convert_echoes

    rows = [
        EchoRow(Path(file["path"]), file["series_uid"], file.get("echo_time_ms"), file["content"])
        for file in files
    ]
    return convert_echoes(
        rows, image, allow_burned_in_annotation=settings["allow_burned_in_annotation"]
    )
