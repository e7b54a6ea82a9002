"""The record of one vertebral body, ``fat_fraction/{level}.json``, in plain JSON types."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bonecohort.study.layout import excluded_record
from bonecohort.techniques.fat_fraction.outcome import FittedValue, MeasuredBody, RefusedBody
from bonecohort.techniques.fat_fraction.rows import fat_fraction_rows, r2star_rows

if TYPE_CHECKING:
    from bonecohort.measures.measurement import Measurement
    from bonecohort.techniques.fat_fraction.outcome import BodyOutcome


def to_record(
    participant_id: str,
    level: str,
    fat: BodyOutcome | None,
    r2star: BodyOutcome | None,
    *,
    method: str,
    r2star_method: str,
) -> dict[str, Any]:
    """Return the record of a body's fat fraction, and of its R2* where there is a map of that.

    A body of which one of the two was measured counts as measured; why the other was not is a
    flag.

    Parameters
    ----------
    fat
        None without a source of it.
    r2star
        None without a map of R2* or T2*, and without echoes.
    method, r2star_method
        How the fat fraction and R2* were obtained.
    """
    rows: list[Measurement] = []
    if isinstance(fat, MeasuredBody):
        rows += fat_fraction_rows(level, fat.values, method)
    if isinstance(r2star, MeasuredBody):
        rows += r2star_rows(level, r2star.values, r2star_method)
    outcomes = [outcome for outcome in (fat, r2star) if outcome is not None]
    flags = list(dict.fromkeys(flag for outcome in outcomes for flag in outcome.flags))
    reasons = list(dict.fromkeys(one.reason for one in outcomes if isinstance(one, RefusedBody)))
    if not rows:
        return excluded_record(participant_id, level, " ".join(reasons), flags)
    return {
        "participant_id": participant_id,
        "level": level,
        "status": "measured",
        "reason": "",
        "flags": [*flags, *(f"not_measured: {reason}" for reason in reasons)],
        "method": method,
        "regions": {"fat_fraction": _region(fat), "r2star": _region(r2star)},
        "measurements": [asdict(row) for row in rows],
    }


def _region(outcome: BodyOutcome | None) -> dict[str, Any] | None:
    """Return what there is to say of the voxels measured."""
    if not isinstance(outcome, MeasuredBody):
        return None
    values = outcome.values
    return {
        "mean": values.mean,
        "sd": None if isinstance(values, FittedValue) else values.sd,
        "n_voxels": values.n_voxels,
        "volume_cm3": values.volume_cm3,
        "left_out": values.left_out,
    }
