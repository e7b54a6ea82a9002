"""A synthetic PACS export: small series of every sort, in folders of any shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    XRayRadiationDoseSRStorage,
    generate_uid,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AXIAL = [1, 0, 0, 0, 1, 0]
SAGITTAL = [0, 1, 0, 0, 0, -1]
SIZE = 4  # pixels; 80 mm each


@dataclass(frozen=True)
class Sort:
    """One sort of series."""

    n: int
    step_mm: float
    orientation: list[float]
    values: dict[str, Any]
    sop_class: str = CTImageStorage


def ct(n: int = 44, step_mm: float = 3.0, kernel: str = "STANDARD", **values: Any) -> Sort:
    orientation = values.pop("orientation", AXIAL)
    usual = {
        "Modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"], "KVP": 120,
        "SliceThickness": step_mm, "ConvolutionKernel": kernel, "RescaleSlope": 1,
        "RescaleIntercept": -1024, "SeriesDescription": "Lumbar spine",
        "BodyPartExamined": "LSPINE",
    }  # fmt: skip
    return Sort(n, step_mm, orientation, usual | values)


def mr(echo_ms: float, repetition_ms: float, n: int = 5, **values: Any) -> Sort:
    orientation = values.pop("orientation", SAGITTAL)
    usual = {
        "Modality": "MR", "ImageType": ["ORIGINAL", "PRIMARY", "M", "SE"], "EchoTime": echo_ms,
        "RepetitionTime": repetition_ms, "ScanningSequence": "SE", "SliceThickness": 4,
        "SeriesDescription": "spine sag", "BodyPartExamined": "LSPINE",
    }  # fmt: skip
    return Sort(n, 4.5, orientation, usual | values, MRImageStorage)


SORTS: dict[str, Sort] = {
    "ct_standard": ct(),
    "ct_bone": ct(kernel="BONEPLUS"),
    "ct_thick": ct(n=26, step_mm=5.0),
    "ct_contrast": ct(ContrastBolusAgent="Iohexol"),
    "ct_head": ct(SeriesDescription="Head", BodyPartExamined="HEAD"),
    "ct_short": ct(n=20),
    "ct_lung": ct(kernel="LUNG"),
    "ct_cine": ct(n=4, step_mm=0.0),
    "localizer": ct(n=1, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
    "mpr": ct(n=5, orientation=SAGITTAL, ImageType=["DERIVED", "SECONDARY", "MPR"]),
    "dose": Sort(1, 0, AXIAL, {"Modality": "SR"}, XRayRadiationDoseSRStorage),
    "capture": Sort(1, 0, AXIAL, {"Modality": "OT"}, SecondaryCaptureImageStorage),
    "t2": mr(100, 4000),
    "t2_fs": mr(100, 4000, ScanOptions="FS"),
    "t1": mr(10, 600),
    "stir": mr(90, 4500, InversionTime=160, ScanningSequence=["SE", "IR"]),
    "t2_axial": mr(100, 4000, orientation=AXIAL),
    "t2_cervical": mr(100, 4000, SeriesDescription="T2 sag C-spine", BodyPartExamined="CSPINE"),
}


@dataclass
class Patient:
    """One person of the export; ``name`` stands in no output but the key."""

    number: int
    sex: str = "F"
    date: str = "20230415"
    uids: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"HOSPITAL-{self.number:04d}"


def write_series(
    patient: Patient, label: str, path_of: Callable[[int], Path], **values: Any
) -> None:
    """Write one series; ``label`` is a sort, or a sort and a number (``ct_standard 2``)."""
    sort = SORTS[label.split(" ", maxsplit=1)[0]]
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sort.sop_class
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = sort.sop_class
    dataset.PatientName, dataset.PatientID = f"Doe^Jane{patient.number}", patient.name
    dataset.PatientBirthDate, dataset.PatientSex = "19600101", patient.sex
    dataset.StudyDate = patient.date
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=[patient.name, sort.values["Modality"]])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[patient.name, label])
    patient.uids[label] = dataset.SeriesInstanceUID
    dataset.FrameOfReferenceUID = dataset.StudyInstanceUID
    dataset.SeriesNumber = len(patient.uids)
    for keyword, value in (sort.values | values).items():
        setattr(dataset, keyword, value)
    if sort.sop_class in (CTImageStorage, MRImageStorage):
        dataset.ImageOrientationPatient, dataset.PixelSpacing = sort.orientation, [80, 80]
        dataset.Rows = dataset.Columns = SIZE
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit, dataset.PixelRepresentation = 15, 1
        dataset.PixelData = bytes(SIZE * SIZE * 2)
    axis = 2 if sort.orientation == AXIAL else 0
    for index in range(sort.n):
        position = [-100.0, -100.0, 50.0]
        position[axis] += index * sort.step_mm
        if sort.sop_class in (CTImageStorage, MRImageStorage):
            dataset.ImagePositionPatient = position
        dataset.InstanceNumber = index + 1
        dataset.SOPInstanceUID = f"{patient.uids[label][:50]}.{index}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        path = path_of(index)
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
