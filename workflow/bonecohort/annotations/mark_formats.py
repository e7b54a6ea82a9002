"""Telling annotation files by their content; what to give instead of those that are not read."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from bonecohort.annotations.names import level_in, parse_name

if TYPE_CHECKING:
    from pathlib import Path

INSTEAD = (
    "Give 3D Slicer lines and closed curves (.mrk.json), a DICOM SR (TID 1500), an OHIF CSV, or "
    "the lengths in mm as an endplate_table (HU as a hu_table)."
)
OHIF_COLUMNS = ("SeriesInstanceUID", "SOPInstanceUID", "Label")
HEAD_BYTES = 65536
BY_SUFFIX = {
    ".rois_series": "an OsiriX/Horos ROI archive, an undocumented binary format",
    ".roi": "an ImageJ or OsiriX ROI file: pixels of an image it does not name",
    ".miroi": "an OsiriX MD ROI file, an undocumented format",
}
BY_CONTENT: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    ".xml": ((("<plist", "ROIPoints"), "an OsiriX/Horos ROI list"),),
    ".plist": ((("<plist", "ROIPoints"), "an OsiriX/Horos ROI list"),),
    ".csv": ((("ImageNo", "RoiName"), "an OsiriX/Horos 'Export ROIs' table"),),
    ".json": (
        (('"Images"', '"ROIs"'), "an OsiriX/Horos 'Export ROIs' file"),
        (('"shapes"', '"imagePath"'), "a LabelMe file"),
    ),
}
WHY = "It holds pixels of images that it does not name by UID, so that where they lie is unknown."


def is_ohif_csv(path: Path) -> bool:
    """Whether a file begins with the header that OHIF writes."""
    header = _head(path).splitlines()[:1] if path.suffix.lower() == ".csv" else []
    return any(set(OHIF_COLUMNS) <= set(line.lstrip("\ufeff").split(",")) for line in header)


def refusal(path: Path) -> str:
    """Return why a file of another program is not read; empty when it is none that is known."""
    suffix = path.suffix.lower()
    if suffix in BY_SUFFIX:
        return f"{path.name} is {BY_SUFFIX[suffix]}. {INSTEAD}"
    if suffix == ".fcsv":
        return (
            f"{path.name} is a Slicer fiducial list (.fcsv): it holds single points, and not which "
            f"two make a line. {INSTEAD}"
        )
    for marks, what in BY_CONTENT.get(suffix, ()):
        if all(mark in _head(path) for mark in marks):
            return f"{path.name} is {what}. {WHY} {INSTEAD}"
    return ""


def refusal_in_folder(path: Path) -> str:
    """Return the same for a file among others, where a list of landmarks is none of our marks."""
    if path.suffix.lower() == ".fcsv" and not _names_a_measure(path):
        return ""
    return refusal(path)


def _names_a_measure(fiducials: Path) -> bool:
    rows = csv.reader(_head(fiducials).splitlines())
    return any(parse_name(cell) or level_in(cell) for row in rows for cell in row)


def _head(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(HEAD_BYTES).decode("utf-8", "replace")
