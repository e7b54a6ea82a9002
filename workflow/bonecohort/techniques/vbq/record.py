"""The record of one vertebra, ``vbq/{level}.json``, in plain JSON types."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bonecohort.measures.mr.outcome import RefusedBody
from bonecohort.study.layout import excluded_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.measures.mr.outcome import BodyOutcome

ACQUISITION = (
    "MagneticFieldStrength",
    "ReceiveCoilName",
    "RepetitionTime",
    "EchoTime",
    "ScanningSequence",
)
"""What the score depends on, kept beside it."""


def to_record(
    participant_id: str, level: str, outcome: BodyOutcome, sidecar: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the record of a vertebra.

    Parameters
    ----------
    sidecar
        Of the converted image.
    """
    flags = list(dict.fromkeys(outcome.flags))
    if isinstance(outcome, RefusedBody):
        return excluded_record(participant_id, level, outcome.reason, flags)
    return {
        "participant_id": participant_id,
        "level": level,
        "status": "measured",
        "reason": "",
        "flags": flags,
        **outcome.details,
        "acquisition": {key: sidecar[key] for key in ACQUISITION if key in sidecar},
        "measurements": [asdict(row) for row in outcome.rows],
    }
