"""What measuring readers' marks begins with: whose they are, and the image they lie on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.markups import Markup, read_markups
from bonecohort.images.grid import ImageGrid, grid_of
from bonecohort.study.layout import EXCLUDED, read_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def marks_by_reader(
    files: Sequence[Mapping[str, str]], images: Mapping[str, Any]
) -> dict[str, list[Markup]]:
    """Return each reader's marks, the first reader's first.

    Parameters
    ----------
    files
        A task's ``files``: path and reader of each.
    images
        The task's entry of the image series the marks were drawn on.
    """
    source = image_source(images)
    marks: dict[str, list[Markup]] = {}
    for file in files:
        marks.setdefault(file["reader"], []).extend(read_markups(Path(file["path"]), source))
    return marks


def image_source(listed: Mapping[str, Any]) -> Path | None:
    """Return where the images lie that annotations in pixel coordinates refer to, if listed."""
    files = listed["files"]
    return Path(files[0]["path"]) if files else None


def converted_grid(listed: Mapping[str, Any], record_path: Path) -> ImageGrid | None:
    """Return the grid of a converted image; None when none is listed or could be converted."""
    if not listed["files"]:
        return None
    record = read_record(record_path)
    return None if record["status"] == EXCLUDED else grid_of(record)
