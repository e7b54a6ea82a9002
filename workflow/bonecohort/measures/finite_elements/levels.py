"""The levels of a mesh: the finest of its elements, each coarser with half the nodes along an axis.

A coarse matrix is that of the finer level between its interpolation (Galerkin). The fixed
displacements are left out of the interpolation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from bonecohort.measures.finite_elements import fine, stencil, transfer
from bonecohort.measures.finite_elements.element import CORNERS, stiffness
from bonecohort.measures.finite_elements.mesh import lattice_points, numbered

if TYPE_CHECKING:
    from bonecohort.measures.finite_elements.element import FloatArray
    from bonecohort.measures.finite_elements.mesh import IntArray, Mesh

SingleArray = NDArray[np.float32]
COARSEST_NODES = 300
"""A level with so few nodes is solved directly."""
SHIFT = 1e-5
"""Added to the coarsest diagonal, relative to it: in single precision it may be singular."""


@dataclass
class Level:
    """One level: its nodes, their own blocks of the matrix inverted, and work space.

    Attributes
    ----------
    node_at
        Node at each point of the lattice, -1 where none is.
    nodes
        Lattice indices x, y, z of the nodes, shape (n_nodes, 3).
    fixed
        Bits of the fixed displacements of each node.
    inverse
        Shape (n_nodes, 3, 3).
    """

    node_at: IntArray
    nodes: NDArray[np.int16]
    fixed: NDArray[np.uint8]
    inverse: SingleArray
    solution: SingleArray = field(init=False)
    residual: SingleArray = field(init=False)
    step: SingleArray = field(init=False)
    product: SingleArray = field(init=False)

    def __post_init__(self) -> None:
        for name in ("solution", "residual", "step", "product"):
            setattr(self, name, np.zeros((len(self.nodes), 3), np.float32))

    def apply(self, displacement: SingleArray, force: SingleArray) -> None:
        """Write the forces of displacements, shape (n_nodes, 3)."""
        raise NotImplementedError


@dataclass
class FineLevel(Level):
    """The finest level, whose matrix is not stored."""

    mesh: Mesh
    modulus: SingleArray
    stiffness: SingleArray

    def apply(self, displacement: SingleArray, force: SingleArray) -> None:
        """Write the forces of displacements, shape (n_nodes, 3)."""
        mesh = self.mesh
        fine.apply(mesh.rows, mesh.layers, self.modulus, self.stiffness, displacement, force)


@dataclass
class CoarseLevel(Level):
    """A coarse level: its matrix as a stencil, shape (n_nodes, 3, 81), and its neighbours."""

    matrix: SingleArray
    beside: IntArray

    def apply(self, displacement: SingleArray, force: SingleArray) -> None:
        """Write the forces of displacements, shape (n_nodes, 3)."""
        stencil.apply(self.matrix, self.beside, displacement, force)


@dataclass(frozen=True)
class Coarsest:
    """The direct solution of the coarsest level: its factor, of shape (3 n, 3 n)."""

    factor: tuple[FloatArray, bool]

    def solve(self, force: SingleArray) -> SingleArray:
        """Return the displacements of forces, shape (n, 3)."""
        result = cho_solve(self.factor, force.ravel().astype(np.float64), check_finite=False)
        return np.asarray(result, np.float32).reshape(force.shape)


def levels_of(mesh: Mesh, fixed: NDArray[np.uint8], poisson: float) -> tuple[list[Level], Coarsest]:
    """Return the levels, the finest first, and the solution of the last one.

    Parameters
    ----------
    fixed
        Bits of the fixed displacements of each node (1 x, 2 y, 4 z), shape (n_nodes,).
    """
    element = stiffness(mesh.spacing_mm, poisson)
    levels: list[Level] = [_fine_level(mesh, fixed, element)]
    coarse = _first_coarse(mesh, fixed, element)
    levels.append(coarse)
    while len(coarse.nodes) > COARSEST_NODES:
        coarse = _next_coarse(coarse)
        levels.append(coarse)
    return levels, _coarsest(coarse)


def _fine_level(mesh: Mesh, fixed: NDArray[np.uint8], element: FloatArray) -> FineLevel:
    blocks = np.zeros((mesh.n_nodes, 3, 3), np.float32)
    fine.diagonal_blocks(mesh.rows, mesh.modulus_mpa, fixed, element, blocks)
    stencil.invert_blocks(blocks)
    return FineLevel(
        mesh.node_at, mesh.nodes, fixed, blocks,
        mesh=mesh, modulus=mesh.modulus_mpa.astype(np.float32),
        stiffness=element.astype(np.float32),
    )  # fmt: skip


def _first_coarse(mesh: Mesh, fixed: NDArray[np.uint8], element: FloatArray) -> CoarseLevel:
    node_at = numbered(transfer.parents(mesh.node_at >= 0))
    nodes = lattice_points(node_at)
    matrix = np.zeros((len(nodes), 3, stencil.COLUMNS), np.float32)
    stencil.from_elements(
        mesh.voxels, mesh.rows, mesh.modulus_mpa, fixed, element,
        _child_interpolation(), node_at, matrix,
    )  # fmt: skip
    return _coarse_level(node_at, nodes, matrix)


def _next_coarse(finer: CoarseLevel) -> CoarseLevel:
    node_at = numbered(transfer.parents(finer.node_at >= 0))
    nodes = lattice_points(node_at)
    matrix = np.empty((len(nodes), 3, stencil.COLUMNS), np.float32)
    stencil.coarsened(finer.matrix, finer.beside, finer.node_at, nodes, matrix)
    return _coarse_level(node_at, nodes, matrix)


def _coarse_level(node_at: IntArray, nodes: NDArray[np.int16], matrix: SingleArray) -> CoarseLevel:
    own = slice(3 * stencil.OWN, 3 * stencil.OWN + 3)
    inverse = np.ascontiguousarray(matrix[:, :, own])
    stencil.invert_blocks(inverse)
    none_fixed = np.zeros(len(nodes), np.uint8)
    return CoarseLevel(
        node_at, nodes, none_fixed, inverse, matrix=matrix, beside=stencil.neighbours(node_at)
    )


def _child_interpolation() -> FloatArray:
    """Return the weights from a coarse element's nodes to each child's; shape (8, 8, 8)."""
    places = (CORNERS[:, None, :] + CORNERS[None, :, :]) / 2
    weights = np.where(CORNERS == 1, places[:, :, None, :], 1 - places[:, :, None, :])
    product: FloatArray = weights.prod(axis=-1)
    return product


def _coarsest(level: CoarseLevel) -> Coarsest:
    n = len(level.nodes)
    dense = np.zeros((n, 3, n, 3))
    for s in range(stencil.NEIGHBOURS):
        (here,) = np.nonzero(level.beside[:, s] >= 0)
        block = level.matrix[here, :, 3 * s : 3 * s + 3]
        dense[here, :, level.beside[here, s], :] = block
    matrix = dense.reshape(3 * n, 3 * n)
    diagonal = matrix.diagonal()
    held = diagonal > 0
    matrix = np.where(held[:, None] & held, (matrix + matrix.T) / 2, 0.0)
    np.fill_diagonal(matrix, np.where(held, diagonal * (1 + SHIFT), 1.0))
    return Coarsest(cho_factor(matrix, check_finite=False))
