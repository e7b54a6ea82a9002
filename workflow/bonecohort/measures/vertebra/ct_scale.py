"""What the scale of a CT means for its vertebrae: flags, and what cannot lie beside a spine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.images.energy import KIND_FACT
from bonecohort.images.hounsfield_scale import SIDECAR_KEY, UNPROVEN_FLAG
from bonecohort.measures.vertebra.crops import VertebraCrop

if TYPE_CHECKING:
    from collections.abc import Mapping

MONOENERGETIC_FLAG = "monoenergetic"
BESIDE_SPINE_HU = (-150.0, 115.0)
"""Median of what lies within 15 mm of a vertebra: fat at the lowest, muscle with contrast agent."""


def scale_flags(record: Mapping[str, Any]) -> list[str]:
    """Return the flags that a CT's sidecar puts on every vertebra measured in it."""
    verdict = record.get(SIDECAR_KEY, {}).get("Verdict")
    flags = [UNPROVEN_FLAG] if verdict == "unproven" else []
    return [*flags, MONOENERGETIC_FLAG] if KIND_FACT in record else flags


def with_scale(
    crops: Mapping[str, VertebraCrop | str], record: Mapping[str, Any]
) -> dict[str, VertebraCrop | str]:
    """Flag the crops of a CT as its sidecar says, and look beside the vertebrae where unproven.

    The whole image may leave a scale unproven. Such a scale is refused in one case: neither muscle
    nor fat lies beside the vertebrae.
    """
    flags = scale_flags(record)
    cut = [crop for crop in crops.values() if isinstance(crop, VertebraCrop)]
    if not flags or not cut:
        return dict(crops)
    reason = _not_beside_a_spine(cut) if UNPROVEN_FLAG in flags else ""
    return {
        level: crop if isinstance(crop, str) else reason or _flagged(crop, flags)
        for level, crop in crops.items()
    }


def _flagged(crop: VertebraCrop, flags: list[str]) -> VertebraCrop:
    return replace(crop, flags=(*crop.flags, *flags))


def _not_beside_a_spine(crops: list[VertebraCrop]) -> str:
    beside = np.concatenate([crop.ct.array[~crop.mask] for crop in crops])
    median = float(np.median(beside)) if beside.size else 0.0
    if BESIDE_SPINE_HU[0] <= median <= BESIDE_SPINE_HU[1]:
        return ""
    return (
        "The values of the CT are not Hounsfield units: beside the vertebrae their median is "
        f"{median:.0f}, where muscle and fat have {BESIDE_SPINE_HU[0]:g} to "
        f"{BESIDE_SPINE_HU[1]:g} HU. Export the CT again with its rescale slope and intercept."
    )
