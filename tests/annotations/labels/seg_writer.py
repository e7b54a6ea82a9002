"""Writes DICOM Segmentation objects with pydicom alone (PS3.3, A.51)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.utils import pack_bits
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from bonecohort.annotations.dicom_files import SEGMENTATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bonecohort.images.volume import Volume

    Frame = tuple[NDArray[np.float64], int | None, NDArray[np.integer]]


class Grid(NamedTuple):
    """What all frames share."""

    orientation: tuple[float, ...]  # ImageOrientationPatient: along a row, along a column
    spacing_mm: tuple[float, float]  # between rows, between columns
    thickness_mm: float
    frame_of_reference: str = ""


def code(value: str, scheme: str = "SCT", meaning: str = "x") -> list[Dataset]:
    """Return a code sequence of one item."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return [item]


def segment(
    number: int,
    label: str,
    region: Sequence[str] | None = None,
    kind: Sequence[str] = ("272673000", "SCT", "Bone"),
    category: str = "123037004",
) -> Dataset:
    """Describe a segment by its number, label, property type and anatomic region."""
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel = number, label
    item.SegmentedPropertyCategoryCodeSequence = code(category)
    item.SegmentedPropertyTypeCodeSequence = code(*kind)
    if region:
        item.AnatomicRegionSequence = code(*region)
    return item


def write_segmentation(
    path: Path,
    segments: Iterable[Dataset],
    frames: Sequence[Frame],
    grid: Grid,
    *,
    kind: str = "BINARY",
    maximum: int | None = None,
) -> Path:
    """Write frames: position in LPS mm, segment number, values of shape (rows, columns)."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = SEGMENTATIONS[kind == "LABELMAP"]
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[path.name])
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientName, dataset.PatientID = "Doe^Jane", "SECRET"
    if grid.frame_of_reference:
        dataset.FrameOfReferenceUID = grid.frame_of_reference
    dataset.SegmentationType, dataset.SegmentSequence = kind, list(segments)
    if maximum:
        dataset.MaximumFractionalValue = maximum
    orientation, measures, shared = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [float(value) for value in np.round(grid.orientation, 6)]
    measures.PixelSpacing = list(grid.spacing_mm)
    measures.SliceThickness = grid.thickness_mm
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [
        _frame_group(position, number) for position, number, _ in frames
    ]
    values = np.stack([values for _, _, values in frames]).astype(np.uint8)
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = values.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.PixelRepresentation = 0
    bits = 1 if kind == "BINARY" else 8
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    packed = pack_bits(values) if kind == "BINARY" else values.tobytes()
    dataset.PixelData = packed + b"\0" * (len(packed) % 2)
    dataset.save_as(path, enforce_file_format=True)
    return path


def _frame_group(position: NDArray[np.float64], number: int | None) -> Dataset:
    group, place = Dataset(), Dataset()
    place.ImagePositionPatient = [float(value) for value in np.round(position, 6)]
    group.PlanePositionSequence = [place]
    if number is not None:
        identity = Dataset()
        identity.ReferencedSegmentNumber = number
        group.SegmentIdentificationSequence = [identity]
    return group


def write_label_map(
    path: Path, labels: Volume, names: Mapping[int, str], frame_of_reference: str
) -> Path:
    """Write a label map as a binary SEG, empty planes left out, as segmentation programs do."""
    spacing = labels.spacing_mm
    axes = labels.affine_lps[:3, :3] / spacing
    grid = Grid(
        orientation=(*axes[:, 0], *axes[:, 1]),
        spacing_mm=(float(spacing[1]), float(spacing[0])),
        thickness_mm=float(spacing[2]),
        frame_of_reference=frame_of_reference,
    )
    segments, frames = [], []
    for number, (value, name) in enumerate(sorted(names.items()), start=1):
        segments.append(segment(number, name))
        mask = labels.array == value
        for k in np.flatnonzero(mask.any(axis=(0, 1))):
            position = labels.to_lps(np.array([0.0, 0.0, k]))
            frames.append((position, number, mask[:, :, k].T))
    return write_segmentation(path, segments, frames, grid)
