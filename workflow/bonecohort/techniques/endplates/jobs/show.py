"""Draw one participant's endplate marks on the mid-sagittal T2."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.marks.readers import marks_of_readers
from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti
from bonecohort.report.pictures.sheet import save_drawn
from bonecohort.study.layout import EXCLUDED, participant_folder, read_record
from bonecohort.techniques.endplates.names import endplate_name
from bonecohort.techniques.endplates.picture import PAGE_BYTES, draw_endplates_qc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure

    from bonecohort.annotations.marks.markup import Markup


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/endplates.png``; where there is nothing to draw, a card that says why."""
    folder = participant_folder(results, task["participant_id"])
    save_drawn(partial(_picture, task, folder), folder / "qc" / "endplates.png", PAGE_BYTES)


def _picture(task: Mapping[str, Any], folder: Path) -> Figure:
    record_path = folder / "t2_sagittal.json"
    if not record_path.is_file():
        raise DataFault("No sagittal T2 is listed; the marks were measured by their points alone.")
    record = read_record(record_path)
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    marks = marks_of_readers(task, "endplate_markups", "t2_sagittal").by_reader
    lines = [line for markups in marks.values() for markup in markups for line in _lines(markup)]
    return draw_endplates_qc(read_nifti(folder / "t2_sagittal.nii.gz"), lines, folder.name)


def _lines(markup: Markup) -> list[tuple[str, Any, Any]]:
    """Return a line as itself and a closed curve as its edges."""
    points, name = markup.points_lps_mm, markup.meaning
    if name is None or endplate_name(name) is None or len(points) < 2:
        return []
    text = name.text
    if markup.type != "ClosedCurve":
        return [(text, points[0], points[1])]
    edges = zip(points, [*points[1:], points[0]], strict=True)
    return [(text, start, end) for start, end in edges]
