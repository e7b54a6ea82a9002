"""Solve a model by conjugate gradients, preconditioned by a V-cycle.

Notay Y. Flexible conjugate gradients. SIAM J Sci Comput 2000;22:1444-1460.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.finite_elements import fine
from bonecohort.measures.finite_elements.compiled import use_threads
from bonecohort.measures.finite_elements.convergence import LOOK_BACK, is_done
from bonecohort.measures.finite_elements.cycle import Multigrid
from bonecohort.measures.finite_elements.element import stiffness
from bonecohort.measures.finite_elements.levels import levels_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.measures.finite_elements.convergence import Convergence
    from bonecohort.measures.finite_elements.element import FloatArray
    from bonecohort.measures.finite_elements.ends import Ends
    from bonecohort.measures.finite_elements.mesh import Mesh

NODES_A_THREAD = 100_000
"""In a smaller model threads wait for each other longer than they work."""


@dataclass(frozen=True)
class Solution:
    """The displacements of a loaded model.

    Attributes
    ----------
    displacement_mm
        Of the nodes along x, y, z; shape (n_nodes, 3).
    force_n
        On the nodes along x, y, z; shape (n_nodes, 3).
    iterations, residual
        Of the solver; the residual is relative to that of the ends alone.
    """

    displacement_mm: FloatArray
    force_n: FloatArray
    iterations: int
    residual: float


def solve(
    mesh: Mesh, ends: Ends, poisson: float, convergence: Convergence, threads: int = 1
) -> Solution:
    """Return the displacements and nodal forces.

    Parameters
    ----------
    mesh, ends
        The model; each part of it must be connected to both ends.
    poisson
        Poisson's ratio.
    threads
        That compiled loops may use; a small model uses fewer.

    Raises
    ------
    DataFault
        The iterations do not converge.
    """
    use_threads(min(threads, 1 + mesh.n_nodes // NODES_A_THREAD))
    system = _System(mesh, ends, poisson)
    displacement, force = np.zeros((2, mesh.n_nodes, 3))
    displacement[ends.top, 2] = ends.displacement_mm
    scale = _norm(system.imbalance(displacement, force))
    displacement[:, 2] = _even_strain(mesh, ends)
    residual = system.imbalance(displacement, force)
    if not scale:  # nothing is free to move
        return Solution(displacement, force, 0, 0.0)
    energies = [float(np.vdot(displacement, force))]
    steps = _conjugate_steps(system, residual, Multigrid(*levels_of(mesh, ends.fixed, poisson)))
    for iteration in range(convergence.max_iterations + 1):
        relative = _norm(residual) / scale
        if is_done(relative, energies, convergence):
            system.forces(displacement, force)
            return Solution(displacement, force, iteration, relative)
        length, direction = next(steps)
        energies.append(energies[-1] - length * float(np.vdot(residual, direction)))
        displacement += length * direction
    raise DataFault(
        f"The finite element model does not converge: after {convergence.max_iterations} "
        f"iterations the residual is {relative:.1e}. It must be below {convergence.residual:.0e}, "
        f"and the stiffness must change by less than {convergence.stiffness_change:.0e} over "
        f"{LOOK_BACK} iterations."
    )


class _System:
    """The forces of displacements, and which of them are out of balance."""

    def __init__(self, mesh: Mesh, ends: Ends, poisson: float) -> None:
        self.mesh = mesh
        self.element = stiffness(mesh.spacing_mm, poisson)
        self.held = (ends.fixed[:, None] >> np.arange(3, dtype=np.uint8)) & 1 > 0

    def forces(self, displacement: FloatArray, force: FloatArray) -> None:
        """Write the nodal forces, shape (n_nodes, 3)."""
        mesh = self.mesh
        fine.apply(mesh.rows, mesh.layers, mesh.modulus_mpa, self.element, displacement, force)

    def imbalance(self, displacement: FloatArray, force: FloatArray) -> FloatArray:
        """Write the nodal forces; return what the free nodes lack to equilibrium."""
        self.forces(displacement, force)
        lacking: FloatArray = np.where(self.held, 0.0, -force)
        return lacking


def _conjugate_steps(
    system: _System, residual: FloatArray, multigrid: Multigrid
) -> Iterator[tuple[float, FloatArray]]:
    """Yield the length and direction of each step; then lower the residual by its forces."""
    direction, product, last = np.zeros((3, *residual.shape))
    before = 1.0
    while True:
        improved = multigrid.improve(residual).astype(np.float64)
        now = float(np.vdot(residual, improved))
        direction *= (now - float(np.vdot(last, improved))) / before
        direction += improved
        before = now
        system.forces(direction, product)
        product[system.held] = 0
        length = float(np.vdot(residual, direction)) / float(np.vdot(direction, product))
        yield length, direction
        last[:] = residual
        product *= length
        residual -= product


def _even_strain(mesh: Mesh, ends: Ends) -> FloatArray:
    """Return displacements along z that grow evenly from the bottom to the top."""
    z = mesh.nodes[:, 2].astype(float)
    top = float(z[ends.top].max())
    share: FloatArray = np.clip((z - top) * mesh.spacing_mm[2] / ends.height_mm + 1, 0, 1)
    return ends.displacement_mm * share


def _norm(values: FloatArray) -> float:
    return float(np.sqrt(np.vdot(values, values)))
