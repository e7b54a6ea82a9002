"""The record of one site, ``fe/{level}.json`` or ``ufe/{site}.json``, in plain JSON types."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bonecohort.measures.measurement import Measurement
from bonecohort.techniques.fe.methods import MODALITY, READER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.techniques.fe.model import Model
    from bonecohort.techniques.fe.ufe import UfeResult
    from bonecohort.techniques.fe.vertebra import VertebraResult

LOAD_SHARES = {
    "first": "load_share_cortical_first",
    "middle": "load_share_cortical",
    "last": "load_share_cortical_last",
}
"""Place of a share of the load → its measure."""


def ufe_record(participant_id: str, site: str, result: UfeResult, method: str) -> dict[str, Any]:
    """Return the record of a segmented bone."""
    shares = asdict(result.load_share) if result.load_share else {}
    values = {
        "stiffness": (result.stiffness_n_mm, "N/mm"),
        "reaction_force": (result.reaction_n, "N"),
        "failure_load": (result.failure_load_n, "N"),
        "apparent_modulus": (result.apparent_modulus_mpa, "MPa"),
        "ees_98": (result.effective_strain_98, "1"),
        **{LOAD_SHARES[place]: (share, "1") for place, share in shares.items()},
        "n_elements": (float(result.model.mesh.n_elements), "1"),
    }
    flags = island_flags(result.model)
    return _record((participant_id, site), method, values, result.model, flags)


def vertebra_record(
    participant_id: str, site: str, result: VertebraResult, method: str
) -> dict[str, Any]:
    """Return the record of a vertebra."""
    values = {
        "stiffness": (result.stiffness_n_mm, "N/mm"),
        "reaction_force": (result.failure_load_n, "N"),
        "failure_load": (result.failure_load_n, "N"),
        "n_elements": (float(result.model.mesh.n_elements), "1"),
    }
    flags = (*island_flags(result.model), *result.flags)
    record = _record((participant_id, site), method, values, result.model, flags)
    return record | {"axes_lps": result.axes_lps.tolist()}


def island_flags(model: Model) -> tuple[str, ...]:
    """Return a flag on what was dropped of an image."""
    part = model.part
    if not part.n_dropped:
        return ()
    voxels = part.n_dropped + int(part.kept.sum())
    return (f"islands_dropped: {part.n_dropped} of {voxels} voxels, in {part.n_islands} parts",)


def _record(
    where: tuple[str, str],
    method: str,
    values: Mapping[str, tuple[float, str]],
    model: Model,
    flags: Sequence[str],
) -> dict[str, Any]:
    participant_id, site = where
    rows = [
        Measurement(site, MODALITY, measure, value, unit, method, READER)
        for measure, (value, unit) in values.items()
    ]
    return {
        "participant_id": participant_id,
        "level": site,
        "status": "measured",
        "reason": "",
        "flags": list(flags),
        "method": method,
        "model": {
            "n_elements": model.mesh.n_elements,
            "n_nodes": model.mesh.n_nodes,
            "height_mm": model.ends.height_mm,
            "displacement_mm": model.ends.displacement_mm,
            "iterations": model.solution.iterations,
            "residual": model.solution.residual,
            "islands": {"parts": model.part.n_islands, "voxels": model.part.n_dropped},
        },
        "measurements": [asdict(row) for row in rows],
    }
