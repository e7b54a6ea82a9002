"""The elements and nodes of a voxel image: only those where there is material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bonecohort.measures.finite_elements.element import FloatArray

IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Mesh:
    """One hexahedron for each voxel with material, and their common nodes.

    Elements and nodes are ordered by z, then y, then x.

    Attributes
    ----------
    spacing_mm
        Edges of a voxel along x, y, z; shape (3,).
    voxels
        Indices x, y, z of the elements in the image, shape (n_elements, 3).
    modulus_mpa
        Young's modulus of the elements, shape (n_elements,).
    rows
        First node of each of an element's four edges along x, in the order of the local nodes; the
        edge's second node is the next one. Shape (n_elements, 4).
    layers
        First element of each layer along z, and their number at the end; shape (nz + 1,).
    nodes
        Lattice indices x, y, z of the nodes, shape (n_nodes, 3).
    node_at
        Node at each point of the lattice, -1 where none is; shape (nz + 1, ny + 1, nx + 1).
    """

    spacing_mm: FloatArray
    voxels: NDArray[np.int16]
    modulus_mpa: FloatArray
    rows: IntArray
    layers: NDArray[np.int64]
    nodes: NDArray[np.int16]
    node_at: IntArray

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @property
    def n_elements(self) -> int:
        """Number of elements."""
        return len(self.rows)

    def element_nodes(self, chosen: slice | BoolArray = slice(None)) -> IntArray:
        """Return the eight nodes of elements in the order of the local nodes; shape (n, 8)."""
        rows = self.rows[chosen]
        return np.stack([rows, rows + 1], axis=2).reshape(len(rows), 8)


def mesh_of(modulus_mpa: NDArray[Any], spacing_mm: FloatArray) -> Mesh:
    """Return the mesh of an image of Young's moduli.

    Parameters
    ----------
    modulus_mpa
        In MPa, indexed ``[x, y, z]``; 0 where there is no element.
    spacing_mm
        Edges of a voxel along x, y, z; shape (3,).
    """
    field = np.ascontiguousarray(modulus_mpa.T)
    solid = field > 0
    node_at = numbered(corners(solid))
    z, y, x = (axis.astype(np.int16) for axis in np.nonzero(solid))
    counts = np.count_nonzero(solid, axis=(1, 2))
    return Mesh(
        spacing_mm=np.asarray(spacing_mm, dtype=float),
        voxels=np.stack([x, y, z], axis=1),
        modulus_mpa=field[solid].astype(np.float64),
        rows=np.stack([node_at[z + b, y + a, x] for b in (0, 1) for a in (0, 1)], axis=1),
        layers=np.concatenate([[0], np.cumsum(counts)]),
        nodes=lattice_points(node_at),
        node_at=node_at,
    )


def lattice_points(node_at: IntArray) -> NDArray[np.int16]:
    """Return the lattice indices x, y, z of the numbered nodes; shape (n_nodes, 3)."""
    z, y, x = (axis.astype(np.int16) for axis in np.nonzero(node_at >= 0))
    return np.stack([x, y, z], axis=1)


def corners(solid: BoolArray) -> BoolArray:
    """Return the points of the lattice that are a corner of an element, by z, y, x."""
    nz, ny, nx = solid.shape
    result = np.zeros((nz + 1, ny + 1, nx + 1), dtype=bool)
    for c, b, a in np.ndindex(2, 2, 2):
        result[c : nz + c, b : ny + b, a : nx + a] |= solid
    return result


def numbered(chosen: BoolArray) -> IntArray:
    """Return the number of each chosen point in their order, -1 at the others."""
    numbers: IntArray = np.cumsum(chosen, dtype=np.int32).reshape(chosen.shape) - np.int32(1)
    numbers[~chosen] = -1
    return numbers
