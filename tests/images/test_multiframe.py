"""Enhanced CT and MR: one file, planes described by functional groups."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedCTImageStorage, EnhancedMRImageStorage

from bonecohort.faults import DataFault
from tests.images.kinds import convert_series
from tests.images.writer import INTERCEPT, SAGITTAL, ct_series, same_in_world

# What the functional groups hold in place of the top level.
MOVED = (
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "KVP",
    "ConvolutionKernel",
)


def group(**values):
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return Sequence([item])


def enhanced(series, rescaled=True):
    """Return one enhanced data set whose frames are the series's slices in shuffled order."""
    order = [(index * 5) % len(series.datasets) for index in range(len(series.datasets))]
    dataset = copy.deepcopy(series.datasets[0])
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    for keyword in MOVED:
        delattr(dataset, keyword)
    dataset.NumberOfFrames = len(order)
    shared = Dataset()
    shared.PlaneOrientationSequence = group(ImageOrientationPatient=list(series.orientation))
    spacing = list(series.spacing_mm[:2])
    shared.PixelMeasuresSequence = group(PixelSpacing=spacing, SliceThickness=2)
    shared.CTXRayDetailsSequence = group(KVP=140)
    shared.CTReconstructionSequence = group(ConvolutionKernel="B")
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for index in order:
        frame = Dataset()
        position = list(series.datasets[index].ImagePositionPatient)
        frame.PlanePositionSequence = group(ImagePositionPatient=position)
        if rescaled:
            frame.PixelValueTransformationSequence = group(
                RescaleSlope=1, RescaleIntercept=INTERCEPT - index, RescaleType="HU"
            )
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    stored = [series.hu[index] - INTERCEPT + index for index in order]
    dataset.PixelData = np.array(stored).astype(np.int16).tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def test_frames_are_placed_and_rescaled_by_their_own_groups(tmp_path):
    series = ct_series()
    dcmwrite(tmp_path / "one file", enhanced(series))
    converted = convert_series(tmp_path, "ct")
    assert same_in_world(converted.volume, series.truth).max() == 0
    assert converted.files.used == 1
    assert converted.sidecar["KVP"] == 140
    assert converted.sidecar["ConvolutionKernel"] == "B"


def test_a_single_file_may_be_given(tmp_path):
    series = ct_series()
    dcmwrite(tmp_path / "enhanced.dcm", enhanced(series))
    converted = convert_series(tmp_path / "enhanced.dcm", "ct")
    assert same_in_world(converted.volume, series.truth).max() == 0


def test_a_missing_frame_is_refused(tmp_path):
    series = ct_series()
    dataset = enhanced(series)
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        position = frame.PlanePositionSequence[0]
        if position.ImagePositionPatient[2] > 110:
            position.ImagePositionPatient[2] += 2
    dcmwrite(tmp_path / "one file", dataset)
    with pytest.raises(DataFault, match="1 slice is missing"):
        convert_series(tmp_path, "ct")


def test_frames_without_rescale_are_refused(tmp_path):
    dcmwrite(tmp_path / "one file", enhanced(ct_series(), rescaled=False))
    with pytest.raises(DataFault, match="RescaleIntercept is absent"):
        convert_series(tmp_path, "ct")


def test_frames_that_no_group_places_are_refused(tmp_path):
    dataset = enhanced(ct_series())
    del dataset.PerFrameFunctionalGroupsSequence
    dcmwrite(tmp_path / "one file", dataset)
    with pytest.raises(DataFault, match="lack a usable ImagePositionPatient"):
        convert_series(tmp_path, "ct")


def test_pixels_that_end_before_the_last_frame_are_refused(tmp_path):
    dataset = enhanced(ct_series())
    dataset.PixelData = dataset.PixelData[:-500]
    dcmwrite(tmp_path / "one file", dataset)
    with pytest.raises(DataFault, match="frame 12 are cut short"):
        convert_series(tmp_path, "ct")


def two_stacks(first, second):
    """Return one enhanced data set that holds the frames of two."""
    dataset, other = enhanced(first), enhanced(second)
    orientation = "PlaneOrientationSequence"
    for one in (dataset, other):
        (shared,) = one.SharedFunctionalGroupsSequence
        for number, frame in enumerate(one.PerFrameFunctionalGroupsSequence, start=1):
            frame[orientation] = shared[orientation]
            content = group(StackID="1" if one is dataset else "2", InStackPositionNumber=number)
            frame.FrameContentSequence = content
    del dataset.SharedFunctionalGroupsSequence[0][orientation]
    dataset.PerFrameFunctionalGroupsSequence.extend(other.PerFrameFunctionalGroupsSequence)
    dataset.NumberOfFrames = len(dataset.PerFrameFunctionalGroupsSequence)
    dataset.PixelData += other.PixelData
    return dataset


def test_of_two_stacks_in_one_file_the_axial_is_taken(tmp_path):
    series = ct_series()
    dcmwrite(tmp_path / "one file", two_stacks(series, ct_series(orientation=SAGITTAL, offset=9)))
    converted = convert_series(tmp_path, "ct")
    assert same_in_world(converted.volume, series.truth).max() == 0


def test_two_like_stacks_in_one_file_are_refused(tmp_path):
    second = ct_series(origin_mm=(-40.0, -60.0, 300.0))
    dcmwrite(tmp_path / "one file", two_stacks(ct_series(), second))
    with pytest.raises(DataFault, match="slices are missing"):
        convert_series(tmp_path, "ct")


def test_an_enhanced_mr_is_placed_and_timed_by_its_groups(tmp_path):
    series = ct_series(n=9, orientation=SAGITTAL)
    dataset = enhanced(series, rescaled=False)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    dataset.Modality = "MR"
    (shared,) = dataset.SharedFunctionalGroupsSequence
    shared.MREchoSequence = group(EffectiveEchoTime=100.0)
    shared.MRTimingAndRelatedParametersSequence = group(RepetitionTime=3500.0)
    dcmwrite(tmp_path / "one file", dataset)
    converted = convert_series(tmp_path, "t2_sagittal")
    assert converted.sidecar["EchoTime"] == 0.1
    assert converted.sidecar["RepetitionTime"] == 3.5
    assert converted.sidecar["Warnings"] == []
    assert np.allclose(converted.volume.affine_lps, series.affine_lps)
    stored = series.truth.array - INTERCEPT + np.arange(9)
    assert np.array_equal(converted.volume.array, stored)


@pytest.mark.parametrize("declared", [11, 13])
def test_a_number_of_frames_that_is_not_that_of_the_groups_is_refused(tmp_path, declared):
    dataset = enhanced(ct_series())
    dataset.NumberOfFrames = declared
    dcmwrite(tmp_path / "one file", dataset)
    with pytest.raises(DataFault, match="NumberOfFrames is not that of its functional groups"):
        convert_series(tmp_path, "ct")
