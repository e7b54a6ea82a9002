"""Models whose stiffness is known, and a second solution by an assembled matrix."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from bonecohort.measures.finite_elements.convergence import Convergence
from bonecohort.measures.finite_elements.ends import ends_of
from bonecohort.measures.finite_elements.mesh import mesh_of
from bonecohort.measures.finite_elements.response import stiffness_n_mm
from bonecohort.measures.finite_elements.solve import solve

EXACT = Convergence(residual=1e-8, stiffness_change=1e-10)
STRAIN = -0.01


@dataclass(frozen=True)
class Solved:
    """A model, what was prescribed, its solution and stiffness in N/mm."""

    mesh: object
    ends: object
    solution: object

    @property
    def stiffness(self):
        return stiffness_n_mm(self.solution, self.ends)


def solved(modulus, spacing, boundary="constrained", poisson=0.3, convergence=EXACT, **options):
    """Return the solved model of an image of moduli in MPa, indexed x, y, z."""
    mesh = mesh_of(modulus, np.asarray(spacing, float))
    ends = ends_of(mesh, boundary, STRAIN)
    return Solved(mesh, ends, solve(mesh, ends, poisson, convergence, **options))


def porous(shape=(8, 7, 9), seed=3):
    """Return moduli of a block with holes, each voxel another stiffness."""
    noise = np.random.default_rng(seed)
    modulus = noise.uniform(200.0, 9000.0, shape)
    modulus[2:5, 1:4, 3:6] = 0
    modulus[6, 5:, 2:8] = 0
    return modulus


def assembled_stiffness(solved_model, poisson=0.3):
    """Return the stiffness in N/mm, and the displacements, by a sparse direct solution.

    The element is integrated here by three-point quadrature from its shape functions.
    """
    mesh, ends = solved_model.mesh, solved_model.ends
    element = element_matrix(mesh.spacing_mm, poisson)
    nodes = mesh.element_nodes()
    dofs = (3 * nodes[:, :, None] + np.arange(3)).reshape(len(nodes), 24)
    values = mesh.modulus_mpa[:, None, None] * element
    rows, columns = np.broadcast_arrays(dofs[:, :, None], dofs[:, None, :])
    size = 3 * mesh.n_nodes
    matrix = sparse.coo_matrix(
        (values.ravel(), (rows.ravel(), columns.ravel())), shape=(size, size)
    ).tocsr()
    moved = np.zeros((mesh.n_nodes, 3))
    moved[ends.top, 2] = ends.displacement_mm
    moved = moved.ravel()
    free = ~((ends.fixed[:, None] >> np.arange(3)) & 1 > 0).ravel()
    moved[free] = spsolve(matrix[free][:, free].tocsc(), -(matrix @ moved)[free])
    force = (matrix @ moved).reshape(-1, 3)
    return force[ends.top, 2].sum() / ends.displacement_mm, moved.reshape(-1, 3)


def element_matrix(spacing, poisson):
    """Return the element's stiffness of modulus 1, from Lamé's constants and 3-point quadrature."""
    first = poisson / ((1 + poisson) * (1 - 2 * poisson))
    second = 1 / (2 * (1 + poisson))
    points = 0.5 + 0.5 * np.sqrt(0.6) * np.array([-1, 0, 1])
    weights = np.array([5, 8, 5]) / 18
    total = np.zeros((24, 24))
    corners = [(x, y, z) for z, y, x in product((0, 1), repeat=3)]
    for places in product(range(3), repeat=3):
        at = points[list(places)]
        gradient = np.zeros((8, 3))
        for node, corner in enumerate(corners):
            part = [at[a] if corner[a] else 1 - at[a] for a in range(3)]
            for axis in range(3):
                sign = 1 if corner[axis] else -1
                others = [part[a] for a in range(3) if a != axis]
                gradient[node, axis] = sign / spacing[axis] * others[0] * others[1]
        weight = np.prod(weights[list(places)]) * np.prod(spacing)
        outer = np.einsum("ap,bq->apbq", gradient, gradient)
        stress = first * outer + second * outer.transpose(0, 3, 2, 1)
        same = np.einsum("apbp->ab", outer)
        stress += second * same[:, None, :, None] * np.eye(3)[None, :, None, :]
        total += weight * stress.reshape(24, 24)
    return total
