"""Show one participant's models: the strain on three cuts of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.report.pictures.sheet import save_picture
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.techniques.fe.cuts import load_cuts
from bonecohort.techniques.fe.picture import draw_fe_qc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDERS = ("fe", "ufe")
"""Of the records of vertebrae and of segmented bones."""


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/fe.png``."""
    folder = participant_folder(results, task["participant_id"])
    result = (folder / kind / f"{site}.json" for kind in FOLDERS for site in task["sites"])
    records = {path: read_record(path) for path in result if path.is_file()}
    cuts = {
        str(record["level"]): load_cuts(path.with_suffix(".npz"))
        for path, record in records.items()
        if record["status"] == "measured"
    }
    figure = draw_fe_qc(cuts, list(records.values()), folder.name)
    save_picture(figure, folder / "qc" / "fe.png")
