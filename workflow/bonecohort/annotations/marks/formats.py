"""Recognition of annotation files by their content; what to give instead of unread formats."""

from __future__ import annotations

import csv
import re
from enum import Enum
from typing import TYPE_CHECKING

from bonecohort.annotations.copies import mark_stem
from bonecohort.annotations.dicom_files import DICOM_ENDINGS, is_dicom, sop_class
from bonecohort.annotations.marks.names import level_in, parse_name
from bonecohort.annotations.marks.text_cells import header_cells

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.annotations.marks.names import Form

INSTEAD = (
    "Give 3D Slicer lines and closed curves (.mrk.json), a DICOM SR (TID 1500), an OHIF CSV; or "
    "give the lengths in mm as an endplate_table (HU as a hu_table)."
)
OHIF_COLUMNS = ("SeriesInstanceUID", "SOPInstanceUID", "Label")
POINT_COLUMNS = ({"label", "l", "p", "s"}, {"label", "r", "a", "s"})
"""Of Slicer's tables of control points; those of coordinates name LPS or RAS."""
HEAD_BYTES = 65536
ZIP_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
BY_SUFFIX = {
    ".rois_series": "an OsiriX/Horos ROI archive, an undocumented binary format",
    ".roi": "an ImageJ or OsiriX ROI file: pixels of an image it does not name",
    ".miroi": "an OsiriX MD ROI file, an undocumented format",
}
HOROS = "an OsiriX/Horos ROI list"
BY_CONTENT: tuple[tuple[tuple[str, ...], str], ...] = (
    (("<plist", "ROIPoints"), HOROS),
    (("ImageNo", "RoiName"), "an OsiriX/Horos 'Export ROIs' table"),
    (('"Images"', '"ROIs"'), "an OsiriX/Horos 'Export ROIs' file"),
    (('"shapes"', '"imagePath"'), "a LabelMe file"),
)
WHY = "It holds pixels of images without their UIDs. So the place of the images is unknown."
OTHERS: tuple[tuple[str, str], ...] = (
    ("<point_set_file", "a point set of MITK (.mps)"),
    ("<point_set", "a point set of MITK (.mps)"),
    ("mitk", "a file of MITK"),
    ("bplist00", HOROS),
    ("ITK-SnAP Label Description", "a label description of ITK-SNAP"),
    ("NRRD000", "an image or label map (NRRD)"),
    ("ObjectType = Image", "an image or label map (MetaImage)"),
    ("\x89PNG", "a picture"),
    ("\xff\xd8\xff", "a picture"),
    ("%PDF", "a PDF"),
    ("\x1f\x8b", "a gzip file, such as an image or label map (.nii.gz)"),
    ("\xd0\xcf\x11\xe0", "an old Office document (.xls, .doc)"),
)
"""What the beginning of other programs' files holds, read as Latin-1."""
OTHERS_MARKS = ("<point_set", "mitk")
"""What the files of marks that other programs write hold, in small letters."""
DICOM_GROUPS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
"""The groups that a DICOM file without its preamble begins with, little and big endian."""
DRAWN_POINT = re.compile(r"(?:L|OC|CC?)[_-]\d+")
"""How Slicer calls the points of lines and curves that nobody named."""
NO_MARKS_CLASSES = (
    "1.2.840.10008.1.3.10", "1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.88.67",
)  # fmt: skip
"""DICOM classes that hold no marks: Media Storage Directory, Raw Data, X-Ray Radiation Dose SR."""


class Format(Enum):
    """What a file of a reading is, by its content."""

    MARKUPS = "Slicer Markups"
    SCENE = "Slicer scene"
    ZIP = "zip"
    DICOM = "DICOM"
    OHIF = "OHIF CSV"
    POINTS = "table of Slicer's control points"
    OTHER = "other"


def format_of(path: Path) -> Format:
    """Return what a file is, whatever it is called; OTHER for all that cannot be read as marks."""
    if is_dicom(path):
        return Format.DICOM
    head = head_of(path)
    if head.startswith(ZIP_BEGINS):
        return Format.ZIP
    text = head.decode("utf-8-sig", "replace").lstrip()
    if text.startswith("<"):
        return Format.SCENE if re.search(r"<MRML[\s>]", text) else Format.OTHER
    if text.startswith(("{", "[")):
        return Format.OTHER if _is_foreign(text) else Format.MARKUPS
    header = header_cells(head)
    if set(OHIF_COLUMNS) <= set(header):
        return Format.OHIF
    lower = {cell.lower() for cell in header}
    return Format.POINTS if any(columns <= lower for columns in POINT_COLUMNS) else Format.OTHER


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
    text = head_of(path).decode("utf-8", "replace")
    for marks, what in BY_CONTENT:
        if not _is_markups(text) and all(mark in text for mark in marks):
            return f"{path.name} is {what}. {WHY} {INSTEAD}"
    return ""


def unreadable(path: Path) -> str:
    """Return why a file of no known format is not read: what it is, as far as known."""
    head = head_of(path)
    if seems_dicom(path):
        return "A file that seems to be DICOM is damaged or without its preamble"
    if not head:
        return f"{path.name} is {'empty' if path.stat().st_size == 0 else 'closed to this user'}"
    text = head.decode("latin-1")
    what = next((what for mark, what in OTHERS if mark in text[:4096]), "of no format that is read")
    return f"{path.name} is {what}"


def seems_dicom(path: Path) -> bool:
    """Whether a file is DICOM, or seems to be: damaged, or without the preamble (PS3.10, 7.1).

    Its name may be the patient's.
    """
    known_ending = path.suffix.lower() in DICOM_ENDINGS
    return is_dicom(path) or known_ending or head_of(path).startswith(DICOM_GROUPS)


def holds_no_marks(path: Path, forms: Sequence[Form]) -> bool:
    """Whether a file is understood to hold none: landmarks only, DICOM images, an index."""
    if path.suffix.lower() == ".fcsv":
        return not _names_a_measure(path, forms)
    return is_dicom(path) and is_unmarked_class(sop_class(path))


def may_hold_marks(path: Path) -> bool:
    """Whether a file that lies by images is marks: by its content, or called after a level."""
    if seems_dicom(path):
        return False
    text = head_of(path).decode("utf-8", "replace")
    has_marks = _is_markups(text) or any(mark in text[:4096].lower() for mark in OTHERS_MARKS)
    return has_marks or level_in(mark_stem(path.name)) is not None or bool(refusal(path))


def is_unmarked_class(uid: str) -> bool:
    """Whether DICOM objects of a class are images, or else hold nothing drawn."""
    name = class_name(uid)
    is_image = "Image Storage" in name and "Secondary Capture" not in name
    return is_image or uid in NO_MARKS_CLASSES


def class_name(uid: str) -> str:
    """Return the name of a SOP class; never the UID of a private one."""
    from pydicom.uid import UID

    known = UID(uid)
    return known.name if known.name != uid else "of no class that is known"


def head_of(path: Path) -> bytes:
    """Return the beginning of a file; empty when it may not be opened."""
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError:
        return b""


def _is_markups(text: str) -> bool:
    return '"markups"' in text


def _is_foreign(text: str) -> bool:
    return not _is_markups(text) and any(
        all(mark in text for mark in marks) for marks, _ in BY_CONTENT
    )


def _names_a_measure(fiducials: Path, forms: Sequence[Form]) -> bool:
    rows = csv.reader(head_of(fiducials).decode("utf-8", "replace").splitlines())
    cells = (cell.strip() for row in rows for cell in row)
    return any(
        parse_name(cell, forms) or level_in(cell) or DRAWN_POINT.fullmatch(cell) for cell in cells
    )
