"""Images of a multi-echo Dixon acquisition, written as scanners of three makers write them."""

from __future__ import annotations

import copy

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage

from bonecohort.techniques.image import Image
from tests.images.test_multiframe import group
from tests.images.writer import SAGITTAL, Series, set_pixels

FAT_FRACTION = Image(
    "fat_fraction", "fat fraction map", "MR", shows="fat fraction", derived=True,
    scale="quantity", units=("%", "1"),
)  # fmt: skip
R2STAR = Image("r2star", "R2* map", "MR", shows="R2*", derived=True, scale="quantity",
               units=("/s", "1/s", "Hz"))  # fmt: skip
WATER = Image("water_image", "water image", "MR", shows="water", derived=True, scale="signal")
FAT = Image("fat_image", "fat image", "MR", shows="fat", derived=True, scale="signal")
CONTENTS = ("WATER", "FAT", "FAT_FRACTION", "IN_PHASE", "OUT_PHASE")


def stored_values(n=5, offset=0):
    """Return whole numbers that differ in every voxel and direction; shape (n, 24, 20)."""
    return 200 + offset + np.arange(n * 24 * 20).reshape(n, 24, 20) % 1800


def series(stored, shows=(), description="", maker="SIEMENS", *, slope=None, scale_slope=None):
    """Return a series of stored values; ``slope`` holds RescaleSlope and RescaleIntercept."""
    made = Series(stored, orientation=SAGITTAL, modality="MR", spacing_mm=(2.0, 2.0, 4.0))
    for index, dataset in enumerate(made.datasets):
        set_pixels(dataset, stored[index])
        dataset.ImageType = ["DERIVED", "PRIMARY", "M", *shows]
        dataset.SeriesDescription = dataset.ProtocolName = description
        dataset.Manufacturer = maker
        dataset.ScanningSequence = "GR"
        dataset.EchoTime, dataset.RepetitionTime, dataset.FlipAngle = 1.1, 9.0, 4.0
        if slope is not None:
            dataset.RescaleSlope, dataset.RescaleIntercept = slope
        if scale_slope is not None:
            add_scale_slope(dataset, scale_slope)
    return made


def add_scale_slope(dataset, value):
    """Write Philips's Scale Slope (2005,100E)."""
    block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    block.add_new(0x0E, "FL", value)


def mapping(unit, slope, intercept=0.0):
    """Return an item of a real world value mapping sequence."""
    item = Dataset()
    item.RealWorldValueSlope, item.RealWorldValueIntercept = float(slope), float(intercept)
    item.MeasurementUnitsCodeSequence = group(
        CodeValue=unit, CodingSchemeDesignator="UCUM", CodeMeaning=unit
    )
    return item


def enhanced(parts, uid=None):
    """Return one Philips multi-frame object: the frames of every content, one behind the other.

    ``parts`` is a list of (content, stored values, slope and intercept, Scale Slope).
    """
    first = series(parts[0][1], maker="Philips Medical Systems")
    dataset = copy.deepcopy(first.datasets[0])
    dataset.SeriesInstanceUID = uid or first.uid
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "EchoTime"):
        delattr(dataset, keyword)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "DIXON", "NONE"]
    shared = Dataset()
    shared.PlaneOrientationSequence = group(ImageOrientationPatient=list(SAGITTAL))
    shared.PixelMeasuresSequence = group(PixelSpacing=[2.0, 2.0], SliceThickness=4)
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for content, stored, (slope, intercept), scale_slope in parts:
        for index in range(len(stored)):
            frame = Dataset()
            position = list(first.datasets[index].ImagePositionPatient)
            frame.PlanePositionSequence = group(ImagePositionPatient=position)
            frame.MRImageFrameTypeSequence = group(FrameType=["DERIVED", "PRIMARY", "M", content])
            frame.PixelValueTransformationSequence = group(
                RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="US"
            )
            private = Dataset()
            add_scale_slope(private, scale_slope)
            block = frame.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
            block.add_new(0x0F, "SQ", Sequence([private]))
            frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = np.concatenate([part[1] for part in parts]).astype(np.int16).tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def one_part_a_content(n=5):
    """Return the parts of a multi-frame object, each content with a scale of its own."""
    return [
        (content, stored_values(n, offset=number), (0.5 + number, -1.0), 0.04)
        for number, content in enumerate(CONTENTS)
    ]


def map_with_every_scale(uid, n=6):
    """Return a Philips series with a real world value mapping, a rescale and a Scale Slope."""
    made = series(stored_values(n), [], "FF", "Philips", slope=(0.05, -5.0), scale_slope=0.4)
    for dataset in made.datasets:
        dataset.SeriesInstanceUID = uid
        dataset.RealWorldValueMappingSequence = Sequence([mapping("1", 0.0005), mapping("%", 0.05)])
    return made
