"""Diffusion-weighted series as four vendors and the standard write them, single and multi-frame."""

from __future__ import annotations

import copy

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, generate_uid

from bonecohort.techniques.image import Image
from tests.images.test_multiframe import group
from tests.images.writer import SAGITTAL, Series, set_pixels

DWI = Image("dwi", "DWI", "MR", derived=True, scale="signal", volumes=("b value",),
            without=("ADC", "FA"))  # fmt: skip
B_VALUES = (0, 400, 800)
SHAPE = (4, 12, 10)  # slices, rows, columns
AXES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
VENDORS = {
    "standard": "SIEMENS",
    "siemens": "SIEMENS",
    "ge": "GE MEDICAL SYSTEMS",
    "ge_1e9": "GE MEDICAL SYSTEMS",
    "philips": "Philips Medical Systems",
    "uih": "UIH",
}


def values(b_value, number=0):
    """Return stored values that differ in every voxel and volume; shape (slices, rows, columns)."""
    ramp = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    return 100 + ramp + 1000 * (number + 1) + int(b_value)


def volume(b_value, vendor="standard", direction=None, *, number=0, uid=None, series=5, **header):
    """Return the data sets of one volume; instance numbers follow those of ``number`` volumes
    before.
    """
    made = Series(values(b_value, number), orientation=SAGITTAL, modality="MR",
                  spacing_mm=(2.0, 2.0, 4.0), uid=uid or generate_uid())  # fmt: skip
    for index, dataset in enumerate(made.datasets):
        set_pixels(dataset, values(b_value, number)[index])
        dataset.InstanceNumber = number * SHAPE[0] + index + 1
        dataset.SeriesNumber = series
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION"]
        dataset.Manufacturer = VENDORS[vendor]
        dataset.EchoTime, dataset.RepetitionTime = 65.0, 3500.0
        dataset.ScanOptions = "FS"
        add_b_value(dataset, vendor, b_value)
        if direction is not None:
            add_direction(dataset, vendor, direction)
        for keyword, value in header.items():
            setattr(dataset, keyword, value)
    return made.datasets


def series(b_values=B_VALUES, vendor="standard", **header):
    """Return the data sets of one series, a volume a b value."""
    uid = header.pop("uid", None) or generate_uid()
    return [
        dataset
        for number, b_value in enumerate(b_values)
        for dataset in volume(b_value, vendor, number=number, uid=uid, **header)
    ]


def add_b_value(dataset, vendor, b_value):
    """Write a b value where the vendor does."""
    match vendor:
        case "standard":
            dataset.DiffusionBValue = float(b_value)
        case "siemens":
            private(dataset, 0x0019, "SIEMENS MR HEADER", 0x0C, "IS", str(b_value))
        case "ge" | "ge_1e9":
            told = b_value + 10**9 if vendor == "ge_1e9" and b_value else b_value
            private(dataset, 0x0043, "GEMS_PARM_01", 0x39, "IS", [str(told), "8", "0", "0"])
        case "philips":
            private(dataset, 0x2001, "Philips Imaging DD 001", 0x03, "FL", float(b_value))
        case "uih":
            private(dataset, 0x0065, "Image Private Header", 0x09, "FD", float(b_value))


DIRECTIONS = {
    "siemens": (0x0019, "SIEMENS MR HEADER", "FD", (0x0E,)),
    "ge": (0x0019, "GEMS_ACQU_01", "DS", (0xBB, 0xBC, 0xBD)),
    "philips": (0x2005, "Philips MR Imaging DD 001", "FL", (0xB0, 0xB1, 0xB2)),
    "uih": (0x0065, "Image Private Header", "FD", (0x37,)),
}


def add_direction(dataset, vendor, direction):
    """Write a direction where the vendor does; 'isotropic' for the trace."""
    if direction == "isotropic":
        add_isotropic(dataset, vendor)
    elif vendor == "standard":
        dataset.DiffusionDirectionality = "DIRECTIONAL"
        dataset.DiffusionGradientDirectionSequence = group(
            DiffusionGradientOrientation=list(direction)
        )
    else:
        number, creator, vr, elements = DIRECTIONS[vendor]
        parts = [list(direction)] if len(elements) == 1 else direction
        for element, part in zip(elements, parts, strict=True):
            private(dataset, number, creator, element, vr, part)


def add_isotropic(dataset, vendor):
    """Mark the trace as the vendor does."""
    match vendor:
        case "standard":
            dataset.DiffusionDirectionality = "ISOTROPIC"
        case "siemens":
            dataset.ImageType = ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"]
        case "philips":
            private(dataset, 0x2001, "Philips Imaging DD 001", 0x04, "CS", "I")


def private(dataset, number, creator, element, vr, value):  # noqa: PLR0917
    """Write a private element of a creator."""
    dataset.private_block(number, creator, create=True).add_new(element, vr, value)


def enhanced(datasets, *, echo=False):
    """Return one multi-frame object of single-frame data sets with standard b values."""
    whole = copy.deepcopy(datasets[0])
    whole.SOPClassUID = whole.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "EchoTime",
                    "DiffusionBValue", "DiffusionDirectionality", "ScanOptions",
                    "DiffusionGradientDirectionSequence"):  # fmt: skip
        if keyword in whole:
            delattr(whole, keyword)
    shared = Dataset()
    shared.PlaneOrientationSequence = group(ImageOrientationPatient=list(SAGITTAL))
    shared.PixelMeasuresSequence = group(PixelSpacing=[2.0, 2.0], SliceThickness=4)
    shared.MRModifierSequence = group(SpectrallySelectedSuppression="FAT")
    whole.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for dataset in datasets:
        frame = Dataset()
        frame.PlanePositionSequence = group(ImagePositionPatient=list(dataset.ImagePositionPatient))
        frame.MRImageFrameTypeSequence = group(FrameType=list(dataset.ImageType))
        frame.MREchoSequence = group(EffectiveEchoTime=float(dataset.EchoTime))
        if not echo:
            names = ("DiffusionBValue", "DiffusionDirectionality",
                     "DiffusionGradientDirectionSequence")  # fmt: skip
            found = {name: dataset.get(name) for name in names if name in dataset}
            frame.MRDiffusionSequence = group(**found)
        frames.append(frame)
    whole.PerFrameFunctionalGroupsSequence = Sequence(frames)
    whole.NumberOfFrames = len(frames)
    whole.PixelData = b"".join(dataset.PixelData for dataset in datasets)
    whole["PixelData"].VR = "OW"
    return whole
