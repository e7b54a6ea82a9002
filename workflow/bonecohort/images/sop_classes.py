"""What sort of object a DICOM header describes, and why it may be no slice of a volume."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydicom.tag import BaseTag
from pydicom.uid import UID

from bonecohort.images.defined_terms import MODALITIES
from bonecohort.images.multiframe import PER_FRAME

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

SLICE_CLASSES: dict[str, str] = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.2.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.4.4": "MR",
}
NO_IMAGE = "no image: Rows or Columns absent"
SECONDARY_CAPTURE_CLASS = "1.2.840.10008.5.1.4.1.1.7"
SECONDARY_CAPTURE = "secondary capture"
DIGITIZED = ("DV", "DI", "DF", "SD", "SI", "DRW")
"""Values of ConversionType (PS3.3, C.8.6.1): video, films, documents and drawings."""
# Words of ImageType that are never a slice of a volume: "CSA MIP" and "CT_SOM5 MIP" are met too.
NOT_A_SLICE = {
    "LOCALIZER": "localizer",
    "SCOUT": "localizer",
    "SCREEN": "screen capture",
    "PROJECTION": "projection",
    "MIP": "projection",
    "MAXIMUM": "projection",
    "MNIP": "projection",
    "MINIP": "projection",
    "VRT": "volume rendering",
    "MOSAIC": "Siemens mosaic: many slices tiled in one image",
}
IMAGE_REASONS = frozenset(NOT_A_SLICE.values())
DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
UIH_GRID = BaseTag(0x00651050)  # NumberOfImagesInGrid of United Imaging
GREY = ("", "MONOCHROME1", "MONOCHROME2")


def sop_class_of(dataset: FileDataset) -> str:
    """Return the SOP class a file declares, in the data set or else in its meta information."""
    declared = dataset.get("SOPClassUID") or dataset.file_meta.get("MediaStorageSOPClassUID")
    return str(declared or "").strip()


def modality_of(dataset: FileDataset) -> str:
    """Return the modality by the SOP class, else as declared; '' when absent.

    A value that is no defined term becomes 'unknown', for it may be any text.
    """
    declared = str(dataset.get("Modality") or "").strip()
    known = declared if declared in MODALITIES or not declared else "unknown"
    return SLICE_CLASSES.get(sop_class_of(dataset)) or known


def class_refusal(dataset: FileDataset) -> str:
    """Return why an object is no CT or MR image by its class; '' when it may be one."""
    sop_class = sop_class_of(dataset)
    if sop_class == DIRECTORY_CLASS:
        return "DICOMDIR"
    if sop_class.startswith(SECONDARY_CAPTURE_CLASS):
        return SECONDARY_CAPTURE
    if sop_class and sop_class not in SLICE_CLASSES:
        name = UID(sop_class).name
        return f"not an image of CT or MR ({'private class' if name == sop_class else name})"
    return ""


def image_refusal(dataset: FileDataset) -> str:
    """Return why an image of CT or MR is no slice of a volume; '' when it is one."""
    if not (dataset.get("Rows") and dataset.get("Columns")):
        return NO_IMAGE
    photometric = str(dataset.get("PhotometricInterpretation") or "").strip().upper()
    if int(dataset.get("SamplesPerPixel") or 1) != 1 or photometric not in GREY:
        return "colour image"
    if str(dataset.get("ConversionType") or "").strip().upper() in DIGITIZED:
        return SECONDARY_CAPTURE
    groups = dataset.get(PER_FRAME)
    if groups and int(dataset.get("NumberOfFrames") or 1) != len(groups):
        return "multi-frame image whose NumberOfFrames is not that of its functional groups"
    if UIH_GRID in dataset:
        return "United Imaging grid: many slices tiled in one image"
    declared = dataset.get("ImageType") or ()
    parts = [declared] if isinstance(declared, str) else declared
    words = {word for part in parts for word in re.split(r"[\s_]+", str(part).upper())}
    return next((why for word, why in NOT_A_SLICE.items() if word in words), "")
