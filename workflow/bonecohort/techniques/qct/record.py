"""The record of a scan's calibration, ``qct/calibration.json``, in plain JSON types."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bonecohort.measures.measurement import Measurement
from bonecohort.techniques.qct.methods import INTERCEPT, MODALITY, R2, SCAN, SLOPE, UNITS

if TYPE_CHECKING:
    from bonecohort.measures.calibration import Calibration
    from bonecohort.techniques.qct.fitted import Fitted

READER = "auto"


def to_record(participant_id: str, result: Fitted) -> dict[str, Any]:
    """Return the record of a calibration, with its rows of measurements.csv."""
    return {
        "participant_id": participant_id,
        "level": "",
        "status": "measured",
        "reason": "",
        "flags": list(result.flags),
        "calibration": result.calibration.record(),
        "samples": [sample.record() for sample in result.samples],
        "details": result.details or {},
        "measurements": [asdict(row) for row in calibration_rows(result.calibration)],
    }


def calibration_rows(calibration: Calibration) -> list[Measurement]:
    """Return slope and intercept at 0 HU, and R² where something was fitted."""
    values = {SLOPE: calibration.slope, INTERCEPT: calibration.intercept, R2: calibration.r2}
    return [
        Measurement(SCAN, MODALITY, measure, value, UNITS[measure], calibration.method, READER)
        for measure, value in values.items()
        if value is not None
    ]
