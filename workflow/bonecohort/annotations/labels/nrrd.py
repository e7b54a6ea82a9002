"""Vertebra label maps kept as NRRD: 3D Slicer's segmentations (``.seg.nrrd``) and plain ones.

A segmentation names its segments in the header, each by a label value in one of its layers.
Segments that overlap lie in several layers (Slicer's developer guide, Segmentations).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.annotations.labels.label_map import CALLED, LARGEST_LABEL, LabelMap, whole_labels
from bonecohort.annotations.labels.segment_names import LEVEL_OF_CODE, level_of_text
from bonecohort.faults import DataFault
from bonecohort.images.nrrd import read_nrrd_file
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

SEGMENT_NAME = re.compile(r"Segment\d{1,6}_Name")
CODE = re.compile(r"\b(?:SCT|SRT)\^([^^~]+)\^")


@dataclass(frozen=True)
class Segment:
    """One segment: its name, of a vertebra its level; its layer, and its value there."""

    name: str
    layer: int
    value: int


def read_nrrd(path: Path, *, every_segment: bool = False) -> LabelMap:
    """Read a label map in NRRD.

    The vertebrae of a segmentation are numbered here and named by level. A plain label map keeps
    its numbers, whose scheme must be declared.
    With ``every_segment`` a segmentation gives all its segments by their names. Their numbers are
    their values, or their order where two have the same value.

    Raises
    ------
    DataFault
        The file cannot be read, is not tied to the patient, holds no whole numbers, or its
        segments name no lumbar vertebra, two at once, or overlap.
    """
    nrrd = read_nrrd_file(path, CALLED)
    layers, pairs = whole_labels(nrrd.layers, CALLED), nrrd.pairs
    if not any(SEGMENT_NAME.fullmatch(key) for key in pairs):
        return LabelMap(Volume(_only_layer(layers), nrrd.affine_lps))
    if every_segment:
        segments = [
            _segment(pairs, prefix, pairs[f"{prefix}_Name"], layers.shape[3])
            for prefix in _prefixes(pairs)
        ]
    else:
        segments = list(_vertebrae(pairs, layers.shape[3]))
    numbers = list(range(1, len(segments) + 1))
    values = [segment.value for segment in segments]
    if every_segment and len(set(values)) == len(values) and max(values) <= LARGEST_LABEL:
        numbers = values
    array = _paint(layers, dict(zip(numbers, segments, strict=True)))
    names = {number: segment.name for number, segment in zip(numbers, segments, strict=True)}
    return LabelMap(Volume(array, nrrd.affine_lps), names, numbered_here=True)


def _only_layer(layers: NDArray[np.int16]) -> NDArray[np.int16]:
    if layers.shape[3] != 1:
        raise DataFault(
            f"{CALLED} has {layers.shape[3]} values a voxel and names no segment; one is expected."
        )
    return layers[..., 0]


def _vertebrae(header: Mapping[str, str], n_layers: int) -> Iterator[Segment]:
    result: set[str] = set()
    for prefix in _prefixes(header):
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
        if level in result:
            raise DataFault(f"Two segments of the segmentation are {level}; one is expected.")
        result.add(level)
        yield _segment(header, prefix, level, n_layers)
    if not any(level.startswith("L") for level in result):
        raise DataFault(
            "No segment of the segmentation is named after a lumbar vertebra; a name such as L3 or "
            "vertebrae_L3 is expected."
        )


def _prefixes(header: Mapping[str, str]) -> list[str]:
    """Return what the keys of each segment begin with, in the order of the segments."""
    prefixes = [key.removesuffix("_Name") for key in header if SEGMENT_NAME.fullmatch(key)]
    return sorted(prefixes, key=lambda text: int(text.removeprefix("Segment")))


def _segment(header: Mapping[str, str], prefix: str, name: str, n_layers: int) -> Segment:
    # Before Slicer 4.11 there was no layer or value: each segment had a layer to itself.
    number = int(prefix.removeprefix("Segment"))
    layer = _whole_number(header, f"{prefix}_Layer", number)
    if layer >= n_layers:
        raise DataFault(f"The segment of {name} lies in layer {layer} of {n_layers}.")
    value = _whole_number(header, f"{prefix}_LabelValue", 1)
    if value == 0:
        raise DataFault(f"The segment of {name} has label value 0, which is the background.")
    return Segment(name, layer, value)


def _whole_number(header: Mapping[str, str], key: str, default: int) -> int:
    text = header.get(key, str(default))
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise DataFault(f"{key} of the segmentation is no whole number from 0 on.")
    return int(text)


def _paint(layers: NDArray[np.int16], segments: Mapping[int, Segment]) -> NDArray[np.int16]:
    array = np.zeros(layers.shape[:3], dtype=np.int16)
    for number, segment in segments.items():
        own = layers[..., segment.layer] == segment.value
        if (array[own] > 0).any():
            other = segments[int(array[own].max())].name
            raise DataFault(
                f"{segment.name} and {other} overlap in the segmentation; they must not."
            )
        array[own] = number
    return array
