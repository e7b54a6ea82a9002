"""What a solved model gives: its stiffness, the force at its ends, the strain energy within."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.measures.finite_elements.element import elasticity, strain_displacement

if TYPE_CHECKING:
    from bonecohort.measures.finite_elements.element import FloatArray
    from bonecohort.measures.finite_elements.ends import Ends
    from bonecohort.measures.finite_elements.mesh import Mesh
    from bonecohort.measures.finite_elements.solve import Solution

CHUNK = 50_000
"""Elements whose strain is computed at once."""


def stiffness_n_mm(solution: Solution, ends: Ends) -> float:
    """Return the stiffness along z in N/mm: twice the strain energy over the displacement squared.

    At equilibrium this is the reaction over the displacement. Its error is of second order.
    """
    work = float(np.vdot(solution.displacement_mm, solution.force_n))
    return work / ends.displacement_mm**2


def strain_energy_density(mesh: Mesh, solution: Solution, poisson: float) -> FloatArray:
    """Return the strain energy density at the elements' centroids in MPa, shape (n_elements,)."""
    strain = strain_displacement(np.full(3, 0.5), mesh.spacing_mm)
    law = elasticity(poisson)
    found = np.empty(mesh.n_elements)
    for start in range(0, mesh.n_elements, CHUNK):
        chosen = slice(start, start + CHUNK)
        moved = solution.displacement_mm[mesh.element_nodes(chosen)].reshape(-1, 24) @ strain.T
        found[chosen] = 0.5 * mesh.modulus_mpa[chosen] * ((moved @ law) * moved).sum(axis=1)
    return found
