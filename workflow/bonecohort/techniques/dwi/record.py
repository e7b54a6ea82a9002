"""The record of one vertebral body, ``dwi/{level}.json``, in plain JSON types."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bonecohort.measures.mr.outcome import MeasuredBody, RefusedBody
from bonecohort.study.layout import excluded_record
from bonecohort.techniques.dwi.noise import SNR_UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.measures.mr.outcome import BodyOutcome


def to_record(
    participant_id: str, level: str, sources: Mapping[str, BodyOutcome]
) -> dict[str, Any]:
    """Return the record of a body.

    One of which any source was measured counts as measured; why another was not is a flag.

    Parameters
    ----------
    sources
        Kind of the source → its outcome at this level, at least one.
    """
    outcomes = list(sources.values())
    measured = {kind: one for kind, one in sources.items() if isinstance(one, MeasuredBody)}
    reasons = dict.fromkeys(one.reason for one in outcomes if isinstance(one, RefusedBody))
    flags = dict.fromkeys(flag for one in outcomes for flag in one.flags)
    if not measured:
        return excluded_record(participant_id, level, " ".join(reasons), list(flags))
    rows = [row for body in measured.values() for row in body.rows]
    if any(row.measure == "snr_bmax" for row in rows):
        flags.pop(SNR_UNKNOWN, None)  # of the map beside the images
    return {
        "participant_id": participant_id,
        "level": level,
        "status": "measured",
        "reason": "",
        "flags": [*flags, *(f"source_not_used: {reason}" for reason in reasons)],
        "sources": {kind: dict(body.details) for kind, body in measured.items()},
        "measurements": [asdict(row) for row in rows],
    }
