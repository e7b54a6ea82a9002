"""The b value and the direction of a diffusion-weighted image, wherever the vendor keeps them.

Of several elements the first that exists counts: the standard's (PS3.3, C.8.13.5.9), then private
ones of Siemens, GE, Philips and United Imaging, then Siemens's binary header. Descriptions are
never read.
"""

from __future__ import annotations

import math
import re
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from bonecohort.images.siemens_csa import csa_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RawValue = Any  # what pydicom makes of a value

B_KEY = "DiffusionBValue"
DIRECTION_KEY = "DiffusionGradientOrientation"
DIRECTIONALITY_KEY = "DiffusionDirectionality"
DIRECTIONAL, ISOTROPIC = "directional", "isotropic"
GROUP = "MRDiffusionSequence"
GE_GROUP, GE, GE_OFFSET = 0x0043, "GEMS_PARM_01", 10**9
"""GE adds the offset to b values on newer software."""
PRIVATE_B = (
    (0x0019, "SIEMENS MR HEADER", 0x0C),
    (GE_GROUP, GE, 0x39),
    (0x2001, "Philips Imaging DD 001", 0x03),
)
"""Group, private creator and element, in the order in which they are looked for."""
UIH_B, UIH_DIRECTION = 0x00651009, 0x00651037
"""United Imaging's, whose private creator differs between its scanners."""
PRIVATE_DIRECTION = (
    (0x0019, "SIEMENS MR HEADER", (0x0E,)),
    (0x2005, "Philips MR Imaging DD 001", (0xB0, 0xB1, 0xB2)),
    (0x0019, "GEMS_ACQU_01", (0xBB, 0xBC, 0xBD)),
)
PRIVATE_ISOTROPIC = (
    (0x2001, "Philips Imaging DD 001", 0x04, ("I",)),
    (0x0019, "SIEMENS MR HEADER", 0x0D, ("ISOTROPIC",)),
)
CSA = 0x0029, "SIEMENS CSA HEADER", 0x10
GE_AXIS = 0x30
"""GE's number of the axis of an image without a table of directions (VasCollapseFlag)."""
GE_AXES = {3: [1.0, 0.0, 0.0], 4: [0.0, 1.0, 0.0], 5: [0.0, 0.0, 1.0]}
GE_COMBINED = frozenset({15, 43})
"""Its values of the image that the axes were combined into."""
TRACE_WORDS = frozenset({"TRACEW", "TRACE", "ISOTROPIC"})
"""Words of ImageType of an image that several directions were made into one of."""
FLOATS = {4: "<f", 8: "<d"}
SHORT_BYTES = 2
SHORTEST_DIRECTION = 1e-3
DECIMALS = 4


def diffusion_facts(
    dataset: Dataset, groups: Mapping[str, Dataset], items: Sequence[Dataset] = ()
) -> dict[str, Any]:
    """Return b value in s/mm², direction (unit vector) and directionality, where given.

    Parameters
    ----------
    dataset
        The whole header.
    groups
        The functional groups of one frame (sequence name → item); empty for a single frame.
    items
        All that holds private elements of one frame, beside the whole header.
    """
    standard = groups.get(GROUP, dataset)
    headers = (*items, dataset)
    b_value = _b_value(standard, headers, dataset)
    binary: Mapping[str, list[Any]] = {}
    if b_value is None:
        binary = csa_items(_private(headers, *CSA))
        b_value = next(iter(_numbers(binary.get("B_value"))), None)
    if b_value is None:
        return {}
    facts: dict[str, Any] = {B_KEY: b_value}
    told = _text(next(iter(binary.get(DIRECTIONALITY_KEY, ())), ""))
    if told == "ISOTROPIC" or _is_isotropic(standard, headers, groups, dataset):
        return facts | {DIRECTIONALITY_KEY: ISOTROPIC}
    direction = _direction(standard, headers, dataset) or unit_direction(
        _numbers(binary.get("DiffusionGradientDirection"))
    )
    if direction is not None:
        facts |= {DIRECTIONALITY_KEY: DIRECTIONAL, DIRECTION_KEY: direction}
    return facts


def unit_direction(numbers: list[float]) -> list[float] | None:
    """Return three numbers as a unit vector; None where they are no direction."""
    if len(numbers) != 3 or not all(math.isfinite(number) for number in numbers):
        return None
    length = float(np.linalg.norm(numbers))
    if length < SHORTEST_DIRECTION:
        return None
    return [round(number / length, DECIMALS) + 0.0 for number in numbers]


def _b_value(standard: Dataset, headers: Sequence[Dataset], dataset: Dataset) -> float | None:
    declared = _numbers(standard.get(B_KEY))
    if declared:
        return declared[0]
    for group, creator, element in PRIVATE_B:
        result = _numbers(_private(headers, group, creator, element))
        if result:
            return result[0] % GE_OFFSET if creator == GE else result[0]
    result = _numbers(_value(headers, UIH_B)) if _is_uih(dataset) else []
    return result[0] if result else None


def _is_isotropic(
    standard: Dataset,
    headers: Sequence[Dataset],
    groups: Mapping[str, Dataset],
    dataset: Dataset,
) -> bool:
    directionality = str(standard.get(DIRECTIONALITY_KEY) or "").strip().upper()
    if directionality:
        return directionality == "ISOTROPIC"
    frame_type = groups.get("MRImageFrameTypeSequence") or Dataset()
    words = frame_type.get("FrameType") or dataset.get("ImageType") or ()
    if TRACE_WORDS & {str(word).upper() for word in words}:
        return True
    if _ge_axis(headers) in GE_COMBINED:
        return True
    return any(
        _text(_private(headers, group, creator, element)) in values
        for group, creator, element, values in PRIVATE_ISOTROPIC
    )


def _direction(
    standard: Dataset, headers: Sequence[Dataset], dataset: Dataset
) -> list[float] | None:
    sequence = standard.get("DiffusionGradientDirectionSequence")
    item = sequence[0] if sequence else standard
    declared = _numbers(item.get(DIRECTION_KEY)) or GE_AXES.get(_ge_axis(headers), [])
    for group, creator, elements in PRIVATE_DIRECTION:
        if not declared:
            parts = [_numbers(_private(headers, group, creator, one)) for one in elements]
            declared = [number for part in parts for number in part]
    if not declared and _is_uih(dataset):
        declared = _numbers(_value(headers, UIH_DIRECTION))
    return unit_direction(declared)


def _ge_axis(headers: Sequence[Dataset]) -> int:
    """Return GE's number of the axis of an image; 0 where there is none."""
    value = _private(headers, GE_GROUP, GE, GE_AXIS)
    if isinstance(value, bytes) and len(value) == SHORT_BYTES:
        return int.from_bytes(value, "little", signed=True)
    return int(next(iter(_numbers(value)), 0))


def _is_uih(dataset: Dataset) -> bool:
    return bool(
        re.match(r"UIH|UNITED", str(dataset.get("Manufacturer") or "").strip(), re.IGNORECASE)
    )


def _value(headers: Sequence[Dataset], tag: int) -> RawValue:
    return next((header[tag].value for header in headers if tag in header), None)


def _private(headers: Sequence[Dataset], group: int, creator: str, element: int) -> RawValue:
    """Return the value of a private element of the first header that has it; None where none has.

    Elements of another creator in the same group are not taken for it.
    """
    for header in headers:
        try:
            block = header.private_block(group, creator)
        except KeyError:
            continue
        if element in block:
            return block[element].value
    return None


def _text(value: RawValue) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return text.strip(" \0").upper()


def _numbers(value: RawValue) -> list[float]:
    """Return the finite numbers of a value; none of what holds anything else.

    An archive that does not know a private element keeps its bytes (VR UN): digits, or little
    endian floats.
    """
    if value is None or value == "":
        return []
    if isinstance(value, bytes):
        return _of_bytes(value)
    parts = list(value) if isinstance(value, (list, tuple, MultiValue)) else [value]
    try:
        numbers = [float(part) for part in parts]
    except (TypeError, ValueError):
        return []
    return numbers if all(math.isfinite(number) for number in numbers) else []


def _of_bytes(value: bytes) -> list[float]:
    text = value.decode("ascii", "replace").strip(" \0")
    if re.fullmatch(r"[\s\d.+\-eE\\]+", text):
        return _numbers(text.split("\\"))
    width = 8 if len(value) % 8 == 0 else 4
    if len(value) % width:
        return []
    numbers = [result for (result,) in struct.iter_unpack(FLOATS[width], value)]
    return numbers if all(math.isfinite(number) for number in numbers) else []
