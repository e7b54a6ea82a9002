"""What a solved model gives: its stiffness, the strain energy and the forces within."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.measures.finite_elements.element import (
    CORNERS,
    elasticity,
    stiffness,
    strain_displacement,
)

if TYPE_CHECKING:
    from bonecohort.measures.finite_elements.element import FloatArray
    from bonecohort.measures.finite_elements.ends import Ends
    from bonecohort.measures.finite_elements.mesh import BoolArray, Mesh
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
    result = np.empty(mesh.n_elements)
    for start in range(0, mesh.n_elements, CHUNK):
        chosen = slice(start, start + CHUNK)
        moved = solution.displacement_mm[mesh.element_nodes(chosen)].reshape(-1, 24) @ strain.T
        result[chosen] = 0.5 * mesh.modulus_mpa[chosen] * ((moved @ law) * moved).sum(axis=1)
    return result


def axial_force_n(
    mesh: Mesh, solution: Solution, poisson: float, chosen: slice | BoolArray
) -> FloatArray:
    """Return the force along z that each chosen element carries, in N; negative in compression.

    It is what the nodes of its upper face exert on the element. This is its mean axial stress times
    its cross-section. At equilibrium the sum over a layer of elements is the reaction.
    """
    of_upper_face = 3 * np.flatnonzero(CORNERS[:, 2]) + 2
    upper = stiffness(mesh.spacing_mm, poisson)[of_upper_face].sum(axis=0)
    moved = solution.displacement_mm[mesh.element_nodes(chosen)].reshape(-1, len(upper))
    force: FloatArray = mesh.modulus_mpa[chosen] * (moved @ upper)
    return force
