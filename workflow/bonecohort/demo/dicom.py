"""Write the demo's images as the single-frame DICOM series a scanner would send.

The acquisition is the paper's: a GE CT and a Philips 3 T MR, whose names decide how converters
read a series; the model and the image comments say that it is synthetic. The identity
is invented but complete, so that a run on the demo shows what becomes of it. All UIDs follow from
the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    generate_uid,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bonecohort.demo.truth import DemoParticipant
    from bonecohort.images.volume import FloatArray, Volume

STUDY_YEAR = 2024
RESCALE_INTERCEPT = -1024
"""Stored CT values are HU minus this."""
DIRECTION_DECIMALS, POSITION_DECIMALS = 6, 4


@dataclass(frozen=True)
class Acquisition:
    """What distinguishes one demo series from another."""

    name: str
    sop_class: UID
    series_number: int
    values: dict[str, Any]


CT = Acquisition(
    name="ct",
    sop_class=CTImageStorage,
    series_number=2,
    values={
        "Manufacturer": "GE MEDICAL SYSTEMS",
        "Modality": "CT",
        "SeriesDescription": "Lumbar spine standard",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "BodyPartExamined": "LSPINE",
        "KVP": "120",
        "ConvolutionKernel": "STANDARD",
        "GantryDetectorTilt": "0",
        "ScanOptions": "HELICAL MODE",
        "XRayTubeCurrent": "220",
        "ExposureTime": "800",
        "RescaleIntercept": str(RESCALE_INTERCEPT),
        "RescaleSlope": "1",
        "RescaleType": "HU",
        "WindowCenter": "300",
        "WindowWidth": "1500",
    },
)
T2_SAGITTAL = Acquisition(
    name="t2_sagittal",
    sop_class=MRImageStorage,
    series_number=3,
    values={
        "Manufacturer": "Philips Healthcare",
        "Modality": "MR",
        "SeriesDescription": "T2W TSE sagittal",
        "ImageType": ["ORIGINAL", "PRIMARY", "M_SE", "M", "SE"],
        "BodyPartExamined": "LSPINE",
        "ScanningSequence": "SE",
        "SequenceVariant": "SK",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "EchoTime": "100",
        "RepetitionTime": "4940",
        "EchoTrainLength": "25",
        "FlipAngle": "90",
        "MagneticFieldStrength": "3",
        "ImagedNucleus": "1H",
        "InPlanePhaseEncodingDirection": "COL",
        "WindowCenter": "450",
        "WindowWidth": "900",
    },
)


def write_series(
    folder: Path,
    volume: Volume,
    acquisition: Acquisition,
    *,
    thickness_mm: float,
    participant: DemoParticipant,
    seed: int,
    left_out: Iterable[int] = (),
) -> None:
    """Write a volume, one file a slice, into a folder that is made here.

    Parameters
    ----------
    volume
        ``array[column, row, slice]`` of whole numbers (HU for CT); its affine has orthogonal
        columns.
    thickness_mm
        Slice thickness; the spacing between slices is the volume's own.
    left_out
        Numbers of slices (from 0) that never arrive.
    """
    folder.mkdir(parents=True)
    entropy = _series_entropy(acquisition, participant, seed)
    template = _template(
        volume, acquisition, thickness_mm=thickness_mm, participant=participant, seed=seed
    )
    offset = RESCALE_INTERCEPT if acquisition is CT else 0
    stored = (volume.array - offset).astype("<i2")
    lost = set(left_out)
    for index in range(stored.shape[2]):
        if index in lost:
            continue
        uid = generate_uid(entropy_srcs=[*entropy, str(index)])
        position = _decimal_strings(
            volume.affine_lps[:3, 3] + index * volume.affine_lps[:3, 2], POSITION_DECIMALS
        )
        template.SOPInstanceUID = uid
        template.file_meta.MediaStorageSOPInstanceUID = uid
        template.InstanceNumber = str(index + 1)
        template.ImagePositionPatient = position
        template.SliceLocation = _location(volume, index)
        template.PixelData = np.ascontiguousarray(stored[:, :, index].T).tobytes()
        template.save_as(folder / f"{index + 1:04d}.dcm", enforce_file_format=True)


def _series_entropy(acquisition: Acquisition, participant: DemoParticipant, seed: int) -> list[str]:
    return [str(seed), participant.participant_id, acquisition.name]


def _location(volume: Volume, index: int) -> str:
    normal = volume.affine_lps[:3, 2] / volume.spacing_mm[2]
    place = volume.affine_lps[:3, 3] + index * volume.affine_lps[:3, 2]
    return _decimal_strings([float(place @ normal)], POSITION_DECIMALS)[0]


def _decimal_strings(values: Iterable[float], decimals: int) -> list[str]:
    """Return DICOM decimal strings: rounded, without a negative zero."""
    return [str(round(float(value), decimals) + 0.0) for value in values]


def _template(
    volume: Volume,
    acquisition: Acquisition,
    *,
    thickness_mm: float,
    participant: DemoParticipant,
    seed: int,
) -> FileDataset:
    """Return a data set with all that the slices of a series share."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = acquisition.sop_class
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = acquisition.sop_class
    _add_identity(dataset, participant, seed)
    dataset.SeriesInstanceUID = generate_uid(
        entropy_srcs=_series_entropy(acquisition, participant, seed)
    )
    dataset.SeriesNumber = str(acquisition.series_number)
    dataset.AcquisitionNumber = "1"
    for keyword, value in acquisition.values.items():
        setattr(dataset, keyword, value)
    _add_geometry(dataset, volume, thickness_mm)
    return dataset


def _add_identity(dataset: Dataset, participant: DemoParticipant, seed: int) -> None:
    name = participant.participant_id
    date = f"{STUDY_YEAR}{participant.number % 12 + 1:02d}{participant.number % 28 + 1:02d}"
    entropy = [str(seed), name]
    dataset.PatientName = f"DEMO^{name}"
    dataset.PatientID = f"DEMO-{name}"
    dataset.PatientBirthDate = f"{STUDY_YEAR - participant.age_years}0101"
    dataset.PatientSex = "F" if participant.sex == "female" else "M"
    dataset.PatientAge = f"{participant.age_years:03d}Y"
    dataset.PatientWeight = f"{participant.weight_kg:g}"
    dataset.PatientPosition = "HFS"
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=[*entropy, "study"])
    dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=[*entropy, "frame"])
    dataset.PositionReferenceIndicator = ""
    dataset.StudyID = "1"
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = date
    dataset.StudyTime = dataset.SeriesTime = "101500"
    dataset.AcquisitionTime = dataset.ContentTime = "102000"
    dataset.AccessionNumber = f"DEMO{participant.number:06d}"
    dataset.ReferringPhysicianName = "DEMO^PHYSICIAN"
    dataset.InstitutionName = "Demonstration Hospital"
    dataset.ManufacturerModelName = "Synthetic demo"
    dataset.ImageComments = "Synthetic image with known truth; not a person."
    dataset.BurnedInAnnotation = "NO"


def _add_geometry(dataset: Dataset, volume: Volume, thickness_mm: float) -> None:
    column_mm, row_mm, slice_mm = (float(value) for value in volume.spacing_mm)
    columns: FloatArray = volume.affine_lps[:3, 0] / column_mm
    rows: FloatArray = volume.affine_lps[:3, 1] / row_mm
    dataset.ImageOrientationPatient = _decimal_strings([*columns, *rows], DIRECTION_DECIMALS)
    dataset.PixelSpacing = _decimal_strings([row_mm, column_mm], POSITION_DECIMALS)
    dataset.SliceThickness = f"{thickness_mm:g}"
    dataset.SpacingBetweenSlices = _decimal_strings([slice_mm], POSITION_DECIMALS)[0]
    dataset.Columns, dataset.Rows = volume.array.shape[:2]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1
