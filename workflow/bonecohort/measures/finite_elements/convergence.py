"""When a solution is good enough: its forces balance, and its stiffness hardly changes.

The residual alone misleads in sparse bone: at a residual of 1e-3 the stiffness is still 3% too
high.
"""

from __future__ import annotations

from dataclasses import dataclass

BALANCED = 1e-12
"""A residual of rounding errors alone."""
LOOK_BACK = 10
"""Iterations over which the stiffness must have settled."""


@dataclass(frozen=True)
class Convergence:
    """When a solution is good enough.

    Attributes
    ----------
    residual
        Largest norm of the forces out of balance, relative to those of the prescribed
        displacements alone.
    stiffness_change
        Largest relative change of the stiffness over the last 10 iterations.
    max_iterations
        After so many the model is refused.
    """

    residual: float = 1e-4
    stiffness_change: float = 1e-4
    max_iterations: int = 1000


def is_done(relative: float, energies: list[float], convergence: Convergence) -> bool:
    """Whether the forces balance, and the energy hardly changed over the last iterations.

    The energy is the stiffness times the displacement squared.
    """
    before = energies[max(len(energies) - 1 - LOOK_BACK, 0)]
    has_settled = abs(before - energies[-1]) < convergence.stiffness_change * abs(energies[-1])
    return relative < BALANCED or (relative < convergence.residual and has_settled)
