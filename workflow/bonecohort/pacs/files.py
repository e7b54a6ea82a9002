"""What is fetched, and where it lies.

Folders and files are named by digests of their UIDs, so that no name says who it is.
"""

from __future__ import annotations

import hashlib
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


def remove_unfinished(folder: Path) -> None:
    """Remove what a run that was killed had begun to write."""
    for path in folder.glob("*/*/.*.dcm.*.part"):
        path.unlink(missing_ok=True)


def _digest(uid: str, digits: int) -> str:
    return hashlib.sha256(uid.encode()).hexdigest()[:digits]
