"""Draw the load curves of one participant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from bonecohort.study.layout import participant_folder
from bonecohort.study.records import files_of
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/stiffness.png``."""
    picture = Image.new("L", (8, 8 * len(files_of(task, "load_curve"))))
    path = participant_folder(results, task["participant_id"]) / "qc/stiffness.png"
    with whole_file(path) as unfinished:
        picture.save(unfinished, "PNG")
