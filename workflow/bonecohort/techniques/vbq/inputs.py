"""What a participant's jobs measure on, and what they give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.marks.readers import converted_grid, marks_of_readers
from bonecohort.faults import DataFault
from bonecohort.measures.mr.labelled import converted_image, labelled_bodies
from bonecohort.study.records import files_of
from bonecohort.techniques.vbq.canal import read_canal
from bonecohort.techniques.vbq.measure import measure_bodies
from bonecohort.techniques.vbq.reader import measure_curves
from bonecohort.techniques.vbq.sequence import checked_sequence
from bonecohort.techniques.vbq.settings import VbqSettings
from bonecohort.techniques.vbq.shading import without_shading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.images.volume import Volume
    from bonecohort.measures.mr.outcome import Outcomes
    from bonecohort.techniques.vbq.methods import Sequence

KIND, CURVES = "t1_sagittal", "vbq_rois"


@dataclass(frozen=True)
class Scan:
    """A participant's T1-weighted image, its sidecar, its sequence, and flags of it."""

    image: Volume
    sidecar: Mapping[str, Any]
    sequence: Sequence
    flags: tuple[str, ...]


def scan_of(task: Mapping[str, Any], folder: Path) -> Scan:
    """Return the image of a job's participant.

    Raises
    ------
    DataFault
        There is none, or it is not one that bone quality scores are defined on. Its shading cannot
        be taken out.
    """
    if not files_of(task, KIND):
        raise DataFault(f"Regions ('{CURVES}') are listed, but no '{KIND}' to measure them on.")
    image, sidecar = converted_image(folder, KIND)
    sequence, flags = checked_sequence(sidecar)
    if VbqSettings(**task["settings"]).n4:
        image = without_shading(image)
    return Scan(image, sidecar, sequence, flags)


def outcomes_of(task: Mapping[str, Any], folder: Path, scan: Scan) -> Outcomes:
    """Measure a participant: in the curves that readers drew, else by the label map.

    Raises
    ------
    DataFault
        Nothing can be measured.
    """
    if files_of(task, CURVES):
        marks = marks_of_readers(task, CURVES, KIND)
        grid = converted_grid(task, KIND, folder)
        result = measure_curves(scan.image, grid, marks.by_reader, task["sites"], scan.sequence)
        flags = (*scan.flags, *marks.flags())
    else:
        labelled = labelled_bodies(task, "T1-weighted images")
        canal = read_canal(task)
        settings = VbqSettings(**task["settings"])
        result = measure_bodies(scan.image, canal, labelled.bodies, scan.sequence, settings)
        flags = (*scan.flags, *labelled.frame_flags(scan.sidecar))
    return {level: replace(one, flags=(*one.flags, *flags)) for level, one in result.items()}
