"""Recognition of DICOM annotation files by their content, and opening them.

Free of pydicom and numpy until a DICOM file is opened: most annotations are none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.study.folders import entries_below

if TYPE_CHECKING:
    from collections.abc import Collection

    from pydicom.dataset import FileDataset

PREAMBLE_BYTES = 128
MAGIC = b"DICM"
DICOM_ENDINGS = (".dcm", ".dicom", ".dic", ".ima")
UNDEFINED_LENGTH = 0xFFFFFFFF
SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""Segmentation and Label Map Segmentation Storage."""
STRUCTURED_REPORTS = tuple(f"1.2.840.10008.5.1.4.1.1.88.{last}" for last in (22, 33, 34, 35))
"""Enhanced, Comprehensive, Comprehensive 3D and Extensible SR Storage."""


def is_dicom(path: Path) -> bool:
    """Whether a file carries DICOM's mark behind the preamble, whatever it is called."""
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(PREAMBLE_BYTES + len(MAGIC))[PREAMBLE_BYTES:] == MAGIC
    except OSError:  # closed to the reader
        return False


def open_dicom(path: Path, *, pixels: bool = True, called: str = "the DICOM file") -> FileDataset:
    """Read a DICOM file, whole or up to its pixels.

    ``called`` is what a fault calls it: its own name may be the patient's.

    Raises
    ------
    DataFault
        The file cannot be read, or is cut short.
    """
    from bonecohort.images.dicom_reading import read_header, read_whole
    from bonecohort.images.headers import UNREADABLE, lenient_reading

    try:
        with lenient_reading(), path.open("rb") as stream:
            dataset = (read_whole if pixels else read_header)(stream)
            cut_short = _is_cut_short(dataset)
    except UNREADABLE as error:
        message = f"{capitalized(called)} could not be read as DICOM: {type(error).__name__}."
        raise DataFault(message) from error
    if cut_short:
        raise DataFault(f"{capitalized(called)} is cut short: it holds less than it declares.")
    return dataset


def capitalized(called: str) -> str:
    """Return what a fault calls a file, as it begins a sentence."""
    return called[0].upper() + called[1:]


def _is_cut_short(dataset: FileDataset) -> bool:
    """Whether an element has fewer bytes than its length says; pydicom reads on without a word."""
    elements = (dataset.get_item(tag) for tag in list(dataset.keys()))
    return any(
        isinstance(value := getattr(element, "value", None), bytes)
        and len(value) < getattr(element, "length", 0) != UNDEFINED_LENGTH
        for element in elements
    )


def sop_class(path: Path) -> str:
    """Return the SOP class of a DICOM file from its meta information; empty when unreadable."""
    return _meta_value(path, "MediaStorageSOPClassUID")


def instance_uid_of(path: Path) -> str:
    """Return what other DICOM objects call a file's object; empty when unreadable."""
    return _meta_value(path, "MediaStorageSOPInstanceUID")


def _meta_value(path: Path, keyword: str) -> str:
    from pydicom.filereader import read_file_meta_info

    from bonecohort.images.headers import UNREADABLE, lenient_reading

    try:
        with lenient_reading():
            return str(read_file_meta_info(path).get(keyword) or "")
    except UNREADABLE:
        return ""


def files_of_class(folder: Path, classes: Collection[str]) -> list[Path]:
    """Return the DICOM files of the given SOP classes in a folder, searched recursively."""
    paths = (Path(entry.path) for entry in entries_below(str(folder)))
    result = (path for path in paths if is_dicom(path))
    return [path for path in result if sop_class(path) in classes]
