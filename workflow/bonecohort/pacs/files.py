"""What is fetched, and where it lies.

Folders and files are named by digests of their UIDs, so that no name says who it is.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.uid import (
    BasicTextSRStorage,
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    CTImageStorage,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    EnhancedSRStorage,
    LegacyConvertedEnhancedCTImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
    XRayRadiationDoseSRStorage,
)

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from pathlib import Path

IMAGE_CLASSES = (
    CTImageStorage,
    EnhancedCTImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    MRImageStorage,
    EnhancedMRImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)
DOCUMENT_CLASSES = (
    BasicTextSRStorage,
    EnhancedSRStorage,
    ComprehensiveSRStorage,
    Comprehensive3DSRStorage,
    XRayRadiationDoseSRStorage,
)
STORED_CLASSES = frozenset(str(uid) for uid in (*IMAGE_CLASSES, *DOCUMENT_CLASSES))
UID = re.compile(r"[0-9]+(\.[0-9]+)*")
LONGEST_UID = 64
MOST_ANSWERS = 100_000
"""More than a patient has studies, a study series, and a series images."""
ENDLESS = f"the PACS's list of answers does not end: more than {MOST_ANSWERS} came."
FOLDER_DIGITS = 12
FILE_DIGITS = 32


@dataclass(frozen=True)
class Instance:
    """One image of a PACS, by its UIDs."""

    study: str
    series: str
    sop: str

    def path(self, folder: Path) -> Path:
        """Return where the image lies below the folder of all fetched images."""
        place = folder / _digest(self.study, FOLDER_DIGITS) / _digest(self.series, FOLDER_DIGITS)
        return place / f"{_digest(self.sop, FILE_DIGITS)}.dcm"


def is_uid(text: str) -> bool:
    """Whether a text is a UID (PS3.5, 9): digits and dots, 64 at most.

    Zeros before a number are let pass: some devices write them.
    """
    return len(text) <= LONGEST_UID and bool(UID.fullmatch(text))


def checked_uid(text: str) -> str:
    """Return a UID that a PACS answered, which goes into further requests.

    Raises
    ------
    DataFault
        When it is none: as it stands, it might ask for something else.
    """
    if not is_uid(text):
        raise DataFault(
            "the PACS answered a UID that is none; digits and dots are expected, 64 at most."
        )
    return text


def remove_unfinished(folder: Path) -> None:
    """Remove what a run that was killed had begun to write."""
    for path in folder.glob("*/*/.*.dcm.*.part"):
        path.unlink(missing_ok=True)


def _digest(uid: str, digits: int) -> str:
    return hashlib.sha256(uid.encode()).hexdigest()[:digits]
