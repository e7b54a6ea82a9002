"""Settings of the stiffness."""

from __future__ import annotations

from dataclasses import dataclass

from bonecohort.study.declared import Strict, documented


@dataclass(frozen=True)
class StiffnessSettings(Strict):
    """How the stiffness is computed from a curve."""

    from_mm: float = documented("Displacement from which on the curve is fitted.", 0.1)
