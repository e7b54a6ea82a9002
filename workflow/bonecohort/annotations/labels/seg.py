"""Vertebra label maps kept as DICOM Segmentation objects (PS3.3, A.51; C.8.20).

Frames are placed by their own ImagePositionPatient, for a writer may leave out empty frames and
order them as it likes. A segment's codes and label say which vertebra it is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.uid import DeflatedExplicitVRLittleEndian

from bonecohort.annotations.dicom_files import (
    SEGMENTATIONS,
    UNDEFINED_LENGTH,
    capitalized,
    files_of_class,
    open_dicom,
)
from bonecohort.annotations.labels.label_map import LARGEST_LABEL, LabelMap
from bonecohort.annotations.labels.segment_names import label_of_segments, level_of_segments
from bonecohort.faults import DataFault
from bonecohort.images.grid import uid_digest
from bonecohort.images.headers import UNREADABLE, lenient_reading
from bonecohort.images.multiframe import PER_FRAME, SHARED, frames_of
from bonecohort.images.volume import Volume
from bonecohort.limits import IMAGE_BYTES, check_image, check_limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from bonecohort.images.slices import Place
    from bonecohort.images.volume import FloatArray

CALLED = "the DICOM SEG"
"""What a fault calls the file. A participant's row has one file, and its name may be theirs."""
TYPES = ("BINARY", "FRACTIONAL", "LABELMAP")

LABEL_BYTES = 2
SAME_ORIENTATION = 1e-3
SAME_PLANE_MM = 0.01
MISALIGNED = 0.05
"""Share of the slice spacing that a frame may lie off its plane."""


def read_seg(path: Path, *, every_segment: bool = False) -> LabelMap:
    """Read the vertebrae of a DICOM SEG file, or of a folder that holds one.

    Voxels are numbered by segment number and named by level (``L3``); segments that are no
    vertebra are left out. With ``every_segment`` all are read, named by their labels. A fractional
    segment is where it exceeds half its maximum.

    Raises
    ------
    DataFault
        The file is unreadable or no SEG of patient space, names no lumbar vertebra, has frames
        on no regular grid, or two of its vertebrae overlap.
    """
    file = _only_seg(path) if path.is_dir() else path
    dataset = open_dicom(file, called=CALLED)
    _check_end(file, dataset)
    try:
        with lenient_reading():
            if str(dataset.get("SOPClassUID")) not in SEGMENTATIONS:
                message = "The DICOM file is no segmentation; give a DICOM SEG or NIfTI."
                raise DataFault(message)
            _check_type(dataset, CALLED)
            named = label_of_segments if every_segment else level_of_segments
            names = named(dataset, CALLED)
            _check_numbers(names, CALLED)
            places = _places(dataset, CALLED)
            indices, affine = plane_grid(places, _declared_spacing_mm(dataset), CALLED)
            array = _paint(dataset, indices, names, CALLED)
            frame = uid_digest(dataset.get("FrameOfReferenceUID"))
    except UNREADABLE as error:
        message = f"The DICOM SEG is damaged or incomplete: {type(error).__name__}."
        raise DataFault(message) from error
    return LabelMap(Volume(array, affine), names, numbered_here=True, frame_of_reference=frame)


def _check_end(file: Path, dataset: Dataset) -> None:
    """Refuse bytes shifted within native pixels: they push others out behind the declared end."""
    from bonecohort.images.pixels import may_follow_pixels

    pixels = dataset.get_item("PixelData")
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if (
        not isinstance(pixels, RawDataElement)
        or pixels.length == UNDEFINED_LENGTH
        or syntax == DeflatedExplicitVRLittleEndian
    ):
        return
    with file.open("rb") as stream:
        stream.seek(pixels.value_tell + pixels.length)
        if not may_follow_pixels(stream):
            raise DataFault(
                "The DICOM SEG is damaged: what follows its pixel data is no DICOM element, so "
                "bytes may be shifted. Copy or export it again."
            )


def _only_seg(folder: Path) -> Path:
    files = files_of_class(folder, SEGMENTATIONS)
    if len(files) != 1:
        message = f"The label map's folder holds {len(files)} DICOM SEG files; one is expected."
        raise DataFault(message)
    return files[0]


def _check_type(dataset: Dataset, file: str) -> None:
    kind = str(dataset.get("SegmentationType"))
    if kind not in TYPES:
        message = f"The SegmentationType of {file} is not read; it must be {' or '.join(TYPES)}."
        raise DataFault(message)


def _check_numbers(names: Mapping[int, str], file: str) -> None:
    if max(names) > LARGEST_LABEL:
        message = f"A segment of {file} has number {max(names)}; at most {LARGEST_LABEL} is read."
        raise DataFault(message)


def _places(dataset: Dataset, file: str) -> list[Place]:
    places = []
    for number, frame in enumerate(frames_of(dataset), start=1):
        if frame.place is None:
            message = (
                f"Frame {number} of {file} has no usable place: its functional groups must give "
                "ImagePositionPatient, ImageOrientationPatient and PixelSpacing."
            )
            raise DataFault(message)
        places.append(frame.place)
    return places


def _declared_spacing_mm(dataset: Dataset) -> float | None:
    groups = [*(dataset.get(SHARED) or ()), *(dataset.get(PER_FRAME) or ())[:1]]
    measures = [item for group in groups for item in group.get("PixelMeasuresSequence") or ()]
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        for item in measures:
            if (value := item.get(keyword)) and float(value) > 0:
                return float(value)
    return None


def plane_grid(
    places: list[Place], declared_mm: float | None, file: str
) -> tuple[list[int], FloatArray]:
    """Return each frame's plane index k, and the affine from (column, row, k) to LPS mm.

    Planes are parallel and lie behind one another; some may be absent.
    """
    first = places[0]
    directions = np.array([first.row_direction, first.column_direction, first.normal])
    sizes = (first.row_spacing_mm, first.column_spacing_mm)
    for number, place in enumerate(places, start=1):
        turned = np.abs([place.row_direction, place.column_direction] - directions[:2]).max()
        if turned > SAME_ORIENTATION or not np.allclose(
            (place.row_spacing_mm, place.column_spacing_mm), sizes, rtol=SAME_ORIENTATION
        ):
            message = f"Frame {number} of {file} has another orientation or pixel size than frame 1"
            raise DataFault(f"{message}; one grid for all is expected.")
    offsets = np.array([place.position_mm - first.position_mm for place in places])
    shifted = np.abs(offsets @ directions[:2].T).max()
    if shifted > MISALIGNED * min(sizes):
        message = f"The frames of {file} are shifted against each other by up to {shifted:.2f} mm"
        raise DataFault(f"{message} within their planes; they must lie behind one another.")
    heights = offsets @ directions[2]
    indices, step = _plane_indices(heights, declared_mm, file)
    affine = np.eye(4)
    affine[:3, 0] = first.row_direction * first.column_spacing_mm
    affine[:3, 1] = first.column_direction * first.row_spacing_mm
    affine[:3, 2] = directions[2] * step
    affine[:3, 3] = first.position_mm + directions[2] * heights.min()
    return indices, affine


def _plane_indices(
    heights: FloatArray, declared_mm: float | None, file: str
) -> tuple[list[int], float]:
    """Return each frame's plane number, and the distance between neighbouring planes in mm.

    That distance is the least gap between two planes where all keep to it. The declared one comes
    second: a slice thickness may be less than the spacing, and would leave empty planes between.
    """
    ordered = np.unique(heights)
    gaps = np.diff(ordered)
    gaps = gaps[gaps > SAME_PLANE_MM]
    if not len(gaps):
        if declared_mm is None:
            message = f"There is one plane in {file} and no SpacingBetweenSlices or SliceThickness"
            raise DataFault(f"{message}; its thickness must be given.")
        return [0] * len(heights), declared_mm
    for step in (float(gaps.min()), declared_mm):
        if step is None:
            continue
        counts = np.rint(gaps / step)
        if counts.min() < 1:
            continue
        exact = float(gaps.sum() / counts.sum())
        position = (heights - heights.min()) / exact
        if np.abs(position - np.rint(position)).max() < MISALIGNED:
            return [int(index) for index in np.rint(position)], exact
    message = f"The planes of {file} are {gaps.min():.3f} to {gaps.max():.3f} mm apart"
    raise DataFault(f"{message}; a regular spacing, with planes left out or not, is expected.")


def _paint(
    dataset: Dataset, indices: list[int], names: Mapping[int, str], file: str
) -> NDArray[np.int16]:
    """Return the labels, shape (columns, rows, planes)."""
    shape = (int(dataset.Columns), int(dataset.Rows), max(indices) + 1)
    check_image(f"{capitalized(file)} spans", math.prod(shape), LABEL_BYTES)
    labels = np.zeros(shape, dtype=np.int16)
    overlaps: defaultdict[tuple[int, int], int] = defaultdict(int)
    numbers = _segment_of_frames(dataset)
    for k, number, frame in zip(indices, numbers, _frames(dataset, file), strict=True):
        plane = labels[:, :, k]
        if number is None:  # a label map: the values are the segment numbers
            plane[...] = np.where(np.isin(frame, list(names)), frame, 0)
            continue
        if number not in names:
            continue
        inside = frame > _threshold(dataset)
        for other in np.unique(plane[inside & (plane != 0) & (plane != number)]):
            overlaps[int(other), number] += int((inside & (plane == other)).sum())
        plane[inside] = number
    if overlaps:
        message = "; ".join(
            f"{names[one]} and {names[two]} in {count} voxels"
            for (one, two), count in overlaps.items()
        )
        raise DataFault(f"Segments overlap in {file}: {message}. A voxel must be of one of them.")
    return labels


def _threshold(dataset: Dataset) -> float:
    """Return the stored value above which a voxel is of the segment."""
    if dataset.SegmentationType != "FRACTIONAL":
        return 0.0
    return int(dataset.MaximumFractionalValue) / 2


def _segment_of_frames(dataset: Dataset) -> list[int | None]:
    """Return the segment number of each frame; None in a label map, which has it in the pixels."""
    if dataset.SegmentationType == "LABELMAP":
        return [None] * len(dataset[PER_FRAME].value)
    shared = (dataset.get(SHARED) or [{}])[0].get("SegmentIdentificationSequence")
    return [
        int((group.get("SegmentIdentificationSequence") or shared)[0].ReferencedSegmentNumber)
        for group in dataset[PER_FRAME].value
    ]


def _frames(dataset: Any, file: str) -> Iterator[NDArray[Any]]:
    """Yield each frame's stored values, shape (columns, rows)."""
    from pydicom.pixels.utils import iter_pixels, pixel_array

    # pydicom iterates over packed frames only where each begins on a byte.
    packed = dataset.BitsAllocated == 1 and dataset.Rows * dataset.Columns % 8
    if packed:  # all frames are unpacked at once, a byte a voxel
        voxels = dataset.Rows * dataset.Columns * len(dataset[PER_FRAME].value)
        check_limit(f"{capitalized(file)} declares", voxels, IMAGE_BYTES, "voxels in all frames")
    try:
        if packed:
            pixels = pixel_array(dataset, raw=True)
            yield from pixels.reshape(-1, dataset.Rows, dataset.Columns).transpose(0, 2, 1)
        else:
            yield from (frame.T for frame in iter_pixels(dataset, raw=True))
    except (*UNREADABLE, RuntimeError) as error:
        message = f"The pixels of {file} could not be decoded: {type(error).__name__}."
        raise DataFault(message) from error
