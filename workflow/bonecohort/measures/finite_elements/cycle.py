"""One V-cycle: an approximate solution, smoothed on each level and corrected on the next coarser.

The smoother is a Chebyshev polynomial of the matrix scaled by its inverted 3 × 3 diagonal blocks.
Adams M, Brezina M, Hu J, Tuminaro R. J Comput Phys 2003;188:593-610.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bonecohort.measures.finite_elements import transfer
from bonecohort.measures.finite_elements.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.measures.finite_elements.levels import Coarsest, Level, SingleArray

DEGREE = 3
RATIO = 10.0
"""Largest eigenvalue over the smallest that the smoother works on."""
SAFETY = 1.1
"""On the largest eigenvalue, which iterations approach from below."""
POWER_ITERATIONS = 12


class Multigrid:
    """The V-cycle of a mesh's levels.

    Parameters
    ----------
    levels, coarsest
        As :func:`bonecohort.measures.finite_elements.levels.levels_of` returns them.
    """

    def __init__(self, levels: list[Level], coarsest: Coarsest) -> None:
        self.levels = levels
        self.coarsest = coarsest
        self.largest = [_largest_eigenvalue(level) for level in levels[:-1]]

    def improve(self, residual: NDArray[np.float64]) -> SingleArray:
        """Return approximate displacements of forces, shape (n_nodes, 3); they are overwritten."""
        self.levels[0].residual[:] = residual
        return self._cycle(0)

    def _cycle(self, depth: int) -> SingleArray:
        level = self.levels[depth]
        if depth == len(self.levels) - 1:
            return self.coarsest.solve(level.residual)
        coarser = self.levels[depth + 1]
        level.solution[:] = 0
        _smooth(level, self.largest[depth])
        _lower_residual(level)
        transfer.restrict(
            level.node_at, level.fixed, coarser.nodes, level.residual, coarser.residual
        )
        correction = self._cycle(depth + 1)
        transfer.prolong(coarser.node_at, level.fixed, level.nodes, correction, level.step)
        level.solution += level.step
        _lower_residual(level)
        _smooth(level, self.largest[depth])
        return level.solution


def _lower_residual(level: Level) -> None:
    """Take the forces of the last step off the residual."""
    level.apply(level.step, level.product)
    level.residual -= level.product


def _smooth(level: Level, largest: float) -> None:
    """Add the polynomial of the residual to the solution; the last step's forces stay in it."""
    upper, lower = SAFETY * largest, largest / RATIO
    middle, half = (upper + lower) / 2, (upper - lower) / 2
    rho = half / middle
    _advance(level.residual, level.inverse, 0.0, 1 / middle, level.step, level.solution)
    for _ in range(DEGREE - 1):
        _lower_residual(level)
        following = 1 / (2 * middle / half - rho)
        _advance(
            level.residual, level.inverse, following * rho, 2 * following / half, level.step,
            level.solution,
        )  # fmt: skip
        rho = following


@compiled
def _advance(
    residual: NDArray[np.float32],
    inverse: NDArray[np.float32],
    keep: float,
    add: float,
    step: NDArray[np.float32],
    solution: NDArray[np.float32],
) -> None:
    """Write the next step, ``keep`` of the last and ``add`` of the scaled residual; take it."""
    kept, added = np.float32(keep), np.float32(add)
    for node in prange(len(residual)):
        for p in range(3):
            total = np.float32(0)
            for q in range(3):
                total += inverse[node, p, q] * residual[node, q]
            moved = kept * step[node, p] + added * total
            step[node, p] = moved
            solution[node, p] += moved


def _largest_eigenvalue(level: Level) -> float:
    """Return the largest eigenvalue of the scaled matrix, by power iterations from noise."""
    noise = np.random.default_rng(0).standard_normal((len(level.nodes), 3), np.float32)
    level.step[:] = noise
    result = 1.0
    for _ in range(POWER_ITERATIONS):
        level.apply(level.step, level.product)
        _advance(level.product, level.inverse, 0.0, 1.0, level.step, level.solution)
        result = float(np.linalg.norm(level.step))
        level.step /= np.float32(result)
    return result
