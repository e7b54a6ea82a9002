"""A small writer of DICOM series with known truth, for injecting one fault at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

INTERCEPT = -1024
AXIAL = (1, 0, 0, 0, 1, 0)
SAGITTAL = (0, 1, 0, 0, 0, -1)


def truth_hu(n: int, rows: int, columns: int, offset: int = 0) -> np.ndarray:
    """Return soft tissue in air, unlike in every slice and direction; (n, rows, columns)."""
    k, j, i = np.meshgrid(np.arange(n), np.arange(rows), np.arange(columns), indexing="ij")
    inside = (i > 1) & (i < columns - 2) & (j > 2) & (j < rows - 2)
    return np.where(inside, 3 * k + 2 * j - i + offset, -1000).astype(np.int32)


@dataclass
class Series:
    """A series as data sets in memory, changed by tests before it is written."""

    hu: np.ndarray
    orientation: tuple[float, ...] = AXIAL
    origin_mm: tuple[float, float, float] = (-40.0, -60.0, 100.0)
    spacing_mm: tuple[float, float, float] = (0.75, 0.5, 2.0)  # rows, columns, slices
    shear_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)  # added to each step
    modality: str = "CT"
    uid: str = field(default_factory=generate_uid)
    datasets: list[FileDataset] = field(init=False)

    def __post_init__(self):
        self.datasets = [self._dataset(index) for index in range(len(self.hu))]

    @property
    def normal(self) -> np.ndarray:
        row, column = np.array(self.orientation[:3]), np.array(self.orientation[3:])
        return np.cross(row, column)

    @property
    def affine_lps(self) -> np.ndarray:
        rows, columns, slices = self.spacing_mm
        affine = np.eye(4)
        affine[:3, 0] = np.array(self.orientation[:3]) * columns
        affine[:3, 1] = np.array(self.orientation[3:]) * rows
        affine[:3, 2] = self.normal * slices + np.array(self.shear_mm)
        affine[:3, 3] = self.origin_mm
        return affine

    @property
    def truth(self) -> Volume:
        return Volume(self.hu.transpose(2, 1, 0), self.affine_lps)

    def _dataset(self, index: int) -> FileDataset:
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = CTImageStorage if self.modality == "CT" else MRImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SOPClassUID = meta.MediaStorageSOPClassUID
        dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
        dataset.SeriesInstanceUID = self.uid
        dataset.Modality = self.modality
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.Manufacturer = "Maker"
        dataset.SeriesNumber = 3
        dataset.InstanceNumber = index + 1
        dataset.AcquisitionNumber = 1
        dataset.SliceThickness = self.spacing_mm[2]
        dataset.PatientPosition = "HFS"
        dataset.ImageOrientationPatient = [float(f"{v:.9f}") for v in self.orientation]
        position = self.affine_lps @ np.array([0, 0, index, 1.0])
        dataset.ImagePositionPatient = [float(f"{v:.6f}") for v in position[:3]]
        dataset.PixelSpacing = list(self.spacing_mm[:2])
        dataset.SamplesPerPixel = 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit = 15
        dataset.PixelRepresentation = 1
        if self.modality == "CT":
            dataset.KVP = 120
            dataset.ConvolutionKernel = "STANDARD"
            dataset.RescaleSlope, dataset.RescaleIntercept = 1, INTERCEPT
            dataset.RescaleType = "HU"
            set_pixels(dataset, self.hu[index] - INTERCEPT)
        else:
            dataset.EchoTime, dataset.RepetitionTime = 100, 3500
            dataset.ScanningSequence = "SE"
            set_pixels(dataset, self.hu[index] - INTERCEPT)
        return dataset

    def write(self, folder: Path, prefix: str = "IM") -> Path:
        """Write every data set without extension, in an order that is not that of position."""
        folder.mkdir(parents=True, exist_ok=True)
        for index, dataset in enumerate(reversed(self.datasets)):
            dcmwrite(folder / f"{prefix}{(index * 7) % 10007:05d}", dataset)
        return folder


def set_pixels(dataset: FileDataset, stored: np.ndarray) -> None:
    """Store whole numbers as 16-bit pixels."""
    dtype = np.int16 if dataset.PixelRepresentation else np.uint16
    dataset.Rows, dataset.Columns = stored.shape
    dataset.PixelData = np.ascontiguousarray(stored).astype(dtype).tobytes()
    dataset["PixelData"].VR = "OW"


def ct_series(n: int = 12, rows: int = 24, columns: int = 20, **changes) -> Series:
    return Series(truth_hu(n, rows, columns, changes.pop("offset", 0)), **changes)


def t2_series(n: int = 9, **changes) -> Series:
    changes = {"orientation": SAGITTAL, "modality": "MR", "spacing_mm": (0.6, 0.6, 4.4)} | changes
    return Series(truth_hu(n, 24, 20), **changes)


def secondary_capture(dataset: FileDataset) -> None:
    """Turn a slice into a screen picture."""
    dataset.SOPClassUID = UID(SecondaryCaptureImageStorage)
    dataset.file_meta.MediaStorageSOPClassUID = UID(SecondaryCaptureImageStorage)
    dataset.SeriesInstanceUID = generate_uid()
    dataset.ImageType = ["DERIVED", "SECONDARY"]


def same_in_world(found: Volume, truth: Volume, tolerance_mm: float = 1e-3) -> np.ndarray:
    """Return |difference| of values at the same points, after matching axes by affine."""
    matched = match_in_world(found, truth)
    assert matched is not None, "the grids are no turns of each other"
    away_mm, difference = matched
    assert away_mm < tolerance_mm
    return difference


def match_in_world(found: Volume, truth: Volume) -> tuple[float, np.ndarray] | None:
    """Return how far corners lie apart in mm and |difference| of values, axes matched by affine.

    None when one grid is no turn of the other.
    """
    index = np.linalg.inv(truth.affine_lps) @ found.affine_lps
    axes = np.rint(index[:3, :3]).astype(int)
    if not np.allclose(np.abs(axes).sum(axis=0), 1):
        return None
    order = np.abs(axes).argmax(axis=0)  # found axis -> truth axis
    if found.array.shape != tuple(np.array(truth.array.shape)[order]):
        return None
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in found.array.shape])).reshape(3, -1).T
    at_truth = truth.to_index(found.to_lps(corners.astype(float)))
    nearest = np.clip(np.rint(at_truth), 0, np.array(truth.array.shape) - 1)
    away_mm = np.linalg.norm(truth.to_lps(nearest) - found.to_lps(corners), axis=1)
    turned = truth.array.transpose(order)
    for axis, truth_axis in enumerate(order):
        if axes[truth_axis, axis] < 0:
            turned = np.flip(turned, axis)
    return float(away_mm.max()), np.abs(found.array.astype(float) - turned.astype(float))
