"""Vertebra label maps kept as NRRD: 3D Slicer's segmentations (``.seg.nrrd``) and plain ones.

A segmentation names its segments in the header, each by a label value in one of its layers;
segments that overlap lie in several layers (Slicer's developer guide, Segmentations).
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.labelmaps import CALLED, LARGEST_LABEL, LabelMap
from bonecohort.annotations.segment_names import LEVEL_OF_CODE, level_of_text
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

PATIENT_SPACES = ("left-posterior-superior", "right-anterior-superior", "left-anterior-superior")
"""Spaces that tie a NRRD to the patient; they are turned to LPS on reading."""
SPACE_KEY = "NRRD_space"
CODE = re.compile(r"\b(?:SCT|SRT)\^([^^~]+)\^")


@dataclass(frozen=True)
class Segment:
    """One segment that is a vertebra: its level, layer and value there."""

    level: str
    layer: int
    value: int


def read_nrrd(path: Path) -> LabelMap:
    """Read a label map in NRRD.

    The vertebrae of a segmentation are numbered here and named by level; a plain label map keeps
    its numbers, whose scheme must be declared.

    Raises
    ------
    DataFault
        The file cannot be read, is not tied to the patient, holds no whole numbers, or its
        segments name no lumbar vertebra, two at once, or overlap.
    """
    with warnings.catch_warnings():
        # Its types lack __module__, of which Python 3.12 warns; as an error that kills the process.
        warnings.simplefilter("ignore", DeprecationWarning)
        import SimpleITK

    try:
        image: Any = SimpleITK.ReadImage(str(path))
    except RuntimeError as error:
        message = f"{CALLED} could not be read as NRRD: it is damaged or cut short"
        raise DataFault(
            f"{message}, or its voxels lie beside it in a file that is missing."
        ) from error
    header = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    if header.get(SPACE_KEY) not in PATIENT_SPACES:
        raise DataFault(
            f"{CALLED} has space {header.get(SPACE_KEY, 'absent')!r}; one of "
            f"{', '.join(PATIENT_SPACES)} is expected, or where it lies in the patient is unknown."
        )
    if image.GetDimension() != 3:
        raise DataFault(f"{CALLED} has {image.GetDimension()} dimensions; it must have 3.")
    stored = SimpleITK.GetArrayFromImage(image)
    layers = stored[..., None] if stored.ndim == 3 else stored
    layers = layers.transpose(2, 1, 0, 3)
    if layers.dtype.kind not in "iu" or layers.min() < 0 or layers.max() > LARGEST_LABEL:
        raise DataFault(
            f"{CALLED} holds {layers.dtype} values from {layers.min()} to "
            f"{layers.max()}; whole labels from 0 to {LARGEST_LABEL} are expected."
        )
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    if not any(re.fullmatch(r"Segment\d+_Name", key) for key in header):
        return LabelMap(Volume(_only_layer(layers), affine))
    segments = list(_vertebrae(header, layers.shape[3]))
    array = _paint(layers, segments)
    names = {number: segment.level for number, segment in enumerate(segments, start=1)}
    return LabelMap(Volume(array, affine), names, numbered_here=True)


def _only_layer(layers: NDArray[np.int_]) -> NDArray[np.int16]:
    if layers.shape[3] != 1:
        raise DataFault(
            f"{CALLED} has {layers.shape[3]} values a voxel and names no segment; one is expected."
        )
    return layers[..., 0].astype(np.int16)


def _vertebrae(header: Mapping[str, str], n_layers: int) -> Iterator[Segment]:
    found: set[str] = set()
    prefixes = [
        key.removesuffix("_Name") for key in header if re.fullmatch(r"Segment\d+_Name", key)
    ]
    for prefix in sorted(prefixes, key=lambda text: int(text.removeprefix("Segment"))):
        name = header[f"{prefix}_Name"]
        codes = CODE.findall(header.get(f"{prefix}_Tags", ""))
        levels = {LEVEL_OF_CODE[code] for code in codes if code in LEVEL_OF_CODE}
        levels |= {level} if (level := level_of_text(name)) else set()
        if len(levels) > 1:
            raise DataFault(
                f"A segment of the segmentation is {' and '.join(sorted(levels))} at once by its "
                "name and terminology; they must agree."
            )
        if not levels:
            continue
        (level,) = levels
        if level in found:
            raise DataFault(f"Two segments of the segmentation are {level}; one is expected.")
        found.add(level)
        # Before Slicer 4.11 there was no layer or value: each segment had a layer to itself.
        number = int(prefix.removeprefix("Segment"))
        layer = int(header.get(f"{prefix}_Layer", number))
        if layer >= n_layers:
            raise DataFault(f"The segment of {level} lies in layer {layer} of {n_layers}.")
        yield Segment(level, layer, int(header.get(f"{prefix}_LabelValue", 1)))
    if not any(level.startswith("L") for level in found):
        raise DataFault(
            "No segment of the segmentation is named after a lumbar vertebra; a name such as L3 or "
            "vertebrae_L3 is expected."
        )


def _paint(layers: NDArray[np.int_], segments: list[Segment]) -> NDArray[np.int16]:
    array = np.zeros(layers.shape[:3], dtype=np.int16)
    for number, segment in enumerate(segments, start=1):
        own = layers[..., segment.layer] == segment.value
        if (array[own] > 0).any():
            other = segments[int(array[own].max()) - 1].level
            raise DataFault(
                f"{segment.level} and {other} overlap in the segmentation; they must not."
            )
        array[own] = number
    return array
