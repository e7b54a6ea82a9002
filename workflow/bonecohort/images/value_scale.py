"""What turns the stored values of a stack into those an image kind asks for.

A quantitative map comes in one of three ways. A real world value mapping declares its unit; or
RescaleSlope and RescaleIntercept are applied; or nothing is. The technique decides by what the map
shows which scale the values have (percent, a fraction, per mille). Signals of Philips are given its
"floating point" scale, which images of one acquisition share
(:mod:`~bonecohort.images.philips_scale`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.images.image_part import PART_KEY, PHASE
from bonecohort.images.quantity_facts import (
    FLOAT_KEY,
    RESCALE_SLOPE_KEY,
    SCALE_SLOPE_KEY,
    UNIT_KEY,
)
from bonecohort.images.slices import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.images.real_world import RealWorldMapping
    from bonecohort.images.slices import Slice
    from bonecohort.techniques.image import Image

SCALE_KEY = "ScaleApplied"
REAL_WORLD = "real world value mapping"
RESCALE = "RescaleSlope and RescaleIntercept"
STORED = "none: values as stored"
FLOAT = "Philips floating point: RescaleSlope, RescaleIntercept and Scale Slope"
AS_IN_FILE = "that of the image file"
TO_DISPLAY = "that of the image file, times Philips's RescaleSlope and Scale Slope"
TO_FLOAT = "that of the image file, divided by Philips's RescaleSlope and Scale Slope"
IDENTITY = (1.0, 0.0)


def with_scale(image: Image, stack: Sequence[Slice]) -> tuple[list[Slice], dict[str, Any]]:
    """Return a stack with the rescale that gives a kind's values, and the facts of the sidecar.

    Raises
    ------
    DataFault
        Some slices are scaled in one way, and some in another.
    """
    if image.scale == "quantity":
        return _as_quantity(image, stack)
    if image.scale == "signal":
        return _as_signal(stack)
    return list(stack), {}


def _as_quantity(image: Image, stack: Sequence[Slice]) -> tuple[list[Slice], dict[str, Any]]:
    for unit in image.units:
        result = [_mapping(dicom_slice, unit) for dicom_slice in stack]
        mappings = [mapping for mapping in result if mapping is not None]
        if mappings and len(mappings) < len(stack):
            raise DataFault(_some(f"a real world value mapping in {unit}", len(mappings), stack))
        if mappings:
            scaled = [
                replace(dicom_slice, rescale=(mapping.slope, mapping.intercept))
                for dicom_slice, mapping in zip(stack, mappings, strict=True)
            ]
            return scaled, {SCALE_KEY: REAL_WORLD, UNIT_KEY: unit} | _philips(stack, is_float=False)
    return list(stack), {SCALE_KEY: _rescale(stack)} | _philips(stack, is_float=False)


def _as_signal(stack: Sequence[Slice]) -> tuple[list[Slice], dict[str, Any]]:
    """Return signals at one scale; phases keep their rescale, which gives their unit."""
    signals = [dicom_slice for dicom_slice in stack if not _is_phase(dicom_slice)]
    name = _rescale(signals)
    _rescale([dicom_slice for dicom_slice in stack if _is_phase(dicom_slice)])
    slopes = [
        dicom_slice.scale_slope for dicom_slice in signals if dicom_slice.scale_slope is not None
    ]
    if not slopes:
        _check_one_display_scale(signals)
        return list(stack), {SCALE_KEY: name}
    if len(slopes) < len(signals):
        raise DataFault(_some("Philips's Scale Slope (2005,100E)", len(slopes), signals))
    scaled = [
        dicom_slice if _is_phase(dicom_slice) else _as_float(dicom_slice) for dicom_slice in stack
    ]
    return scaled, {SCALE_KEY: FLOAT} | _philips(signals, is_float=True)


def _is_phase(dicom_slice: Slice) -> bool:
    return dicom_slice.facts.get(PART_KEY) == PHASE


def _as_float(dicom_slice: Slice) -> Slice:
    """Return a plane of Philips with the rescale that gives its floating point values."""
    slope, intercept = dicom_slice.rescale or IDENTITY
    scale = dicom_slice.scale_slope or 1.0
    return replace(dicom_slice, rescale=(1 / scale, intercept / (slope * scale)))


def _check_one_display_scale(signals: Sequence[Slice]) -> None:
    """Refuse signals of Philips of which only the scale for display is known, and it changes."""
    slopes = sorted(
        {
            (dicom_slice.rescale or IDENTITY)[0]
            for dicom_slice in signals
            if _is_of_philips(dicom_slice)
        }
    )
    if len(slopes) > 1:
        raise DataFault(
            f"RescaleSlope of Philips is for display and runs from {slopes[0]:g} to "
            f"{slopes[-1]:g}; the images lack Scale Slope (2005,100E) that makes their signals "
            "comparable. Export the series with its private elements."
        )


def _is_of_philips(dicom_slice: Slice) -> bool:
    return str(dicom_slice.facts.get("Manufacturer", "")).upper().startswith("PHILIPS")


def _mapping(dicom_slice: Slice, unit: str) -> RealWorldMapping | None:
    return next((mapping for mapping in dicom_slice.mappings if mapping.unit == unit), None)


def _rescale(stack: Sequence[Slice]) -> str:
    """Return how a stack is rescaled by its public attributes."""
    rescaled = sum(dicom_slice.rescale is not None for dicom_slice in stack)
    if 0 < rescaled < len(stack):
        raise DataFault(_some("RescaleSlope and RescaleIntercept", rescaled, stack))
    return RESCALE if rescaled else STORED


def _some(what: str, count: int, stack: Sequence[Slice]) -> str:
    return (
        f"Of {count_of(len(stack), 'slice')} only {count} {'has' if count == 1 else 'have'} "
        f"{what}: one scale cannot be given to all. Export the series again."
    )


def _philips(stack: Sequence[Slice], *, is_float: bool) -> dict[str, Any]:
    """Return Philips's slopes where every slice has the same, and which values are kept."""
    if any(dicom_slice.scale_slope is None for dicom_slice in stack):
        return {}
    slopes = {
        ((dicom_slice.rescale or IDENTITY)[0], dicom_slice.scale_slope) for dicom_slice in stack
    }
    if len(slopes) > 1:
        return {FLOAT_KEY: int(is_float)}
    ((rescale, scale),) = slopes
    return {RESCALE_SLOPE_KEY: rescale, SCALE_SLOPE_KEY: scale, FLOAT_KEY: int(is_float)}


def file_factor(
    image: Image, facts: Mapping[str, Any], *, is_phase: bool = False
) -> tuple[float, dict[str, Any]]:
    """Return what an image file's values are multiplied by, and the facts of the sidecar.

    dcm2niix by default writes FP of Philips; a quantity is DV = FP · RS · SS. Of a phase FP is in
    rad, and DV in mrad.

    Parameters
    ----------
    image
        What the file must hold.
    facts
        Values of the JSON file beside it.
    is_phase
        Whether the file holds phases.
    """
    if image.scale not in ("quantity", "signal"):
        return 1.0, {}
    if SCALE_SLOPE_KEY not in facts:
        return 1.0, {SCALE_KEY: AS_IN_FILE}
    is_float = bool(facts.get(FLOAT_KEY, 1))
    wants_float = image.scale == "signal"
    if is_float == wants_float or is_phase:
        return 1.0, {SCALE_KEY: AS_IN_FILE, FLOAT_KEY: int(is_float)}
    slopes = float(facts.get(RESCALE_SLOPE_KEY) or 1.0) * float(facts[SCALE_SLOPE_KEY])
    if wants_float:
        return 1 / slopes, {SCALE_KEY: TO_FLOAT, FLOAT_KEY: 1}
    return slopes, {SCALE_KEY: TO_DISPLAY, FLOAT_KEY: 0}
