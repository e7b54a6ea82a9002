"""Coarse levels: the matrix has 27 blocks of 3 × 3 a node, one for each neighbour.

Neighbour ``s`` of a node lies at ``(s % 3 - 1, s // 3 % 3 - 1, s // 9 - 1)`` along x, y, z. A block
row holds ``3 neighbour + axis`` columns, so a node's three rows have shape (3, 81).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import prange

from bonecohort.measures.finite_elements.compiled import compiled, compiled_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBOURS = 27
COLUMNS = 81
OWN = 13
"""The neighbour that is the node itself."""
FIXED = 1e-6
"""A diagonal smaller than this part of the largest is of a fixed displacement."""
HALVES = (1.0, 0.5, 0.25, 0.125)
"""Weights of interpolation, by the number of axes along which a fine node lies between coarse."""


def neighbours(node_at: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the 27 neighbours of each node, -1 where there is none; shape (n_nodes, 27)."""
    padded = np.pad(node_at, 1, constant_values=-1)
    nz, ny, nx = node_at.shape
    chosen = node_at >= 0
    result = np.empty((int(chosen.sum()), NEIGHBOURS), dtype=np.int32)
    for s, (z, y, x) in enumerate(np.ndindex(3, 3, 3)):
        result[:, s] = padded[z : z + nz, y : y + ny, x : x + nx][chosen]
    return result


@compiled
def apply(
    matrix: NDArray[np.float32],
    beside: NDArray[np.int32],
    displacement: NDArray[np.float32],
    force: NDArray[np.float32],
) -> None:
    """Write the product of the matrix, shape (n, 3, 81), with displacements of shape (n, 3)."""
    n_nodes = len(matrix)
    chunk = 256
    for part in prange((n_nodes + chunk - 1) // chunk):
        around = np.zeros(COLUMNS, np.float32)
        for node in range(part * chunk, min((part + 1) * chunk, n_nodes)):
            for s in range(NEIGHBOURS):
                other = beside[node, s]
                for axis in range(3):
                    around[3 * s + axis] = displacement[other, axis] if other >= 0 else 0
            for axis in range(3):
                total = np.float32(0)
                for column in range(COLUMNS):
                    total += matrix[node, axis, column] * around[column]
                force[node, axis] = total


@compiled_part
def from_elements(
    voxels: NDArray[np.int16],
    rows: NDArray[np.int32],
    modulus: NDArray[np.float64],
    fixed: NDArray[np.uint8],
    stiffness: NDArray[np.float64],
    interpolation: NDArray[np.float64],
    coarse_at: NDArray[np.int32],
    matrix: NDArray[np.float32],
) -> None:
    """Add the stiffness of the finest level's elements, restricted, to the first coarse matrix.

    Parameters
    ----------
    voxels, rows, modulus
        As in the mesh.
    fixed
        Bits of the fixed displacements of each fine node.
    stiffness
        Of an element of modulus 1, shape (24, 24).
    interpolation
        From a coarse element's nodes to those of each of its 8 children, shape (8, 8, 8).
    coarse_at
        Coarse node at each point of the coarse lattice.
    matrix
        Shape (n_coarse, 3, 81), of zeros.
    """
    whole = np.zeros((8, 24, 24))
    for child in range(8):
        _restricted(stiffness, interpolation[child], np.ones((8, 3)), whole[child])
    own = np.zeros((24, 24))
    is_free = np.ones((8, 3))
    for e in range(len(rows)):
        voxel = voxels[e]
        child = (voxel[0] & 1) + 2 * (voxel[1] & 1) + 4 * (voxel[2] & 1)
        if _free(rows[e], fixed, is_free):
            _add_element(modulus[e], whole[child], voxel, coarse_at, matrix)
        else:
            _restricted(stiffness, interpolation[child], is_free, own)
            _add_element(modulus[e], own, voxel, coarse_at, matrix)


@compiled_part
def _free(rows: NDArray[np.int32], fixed: NDArray[np.uint8], is_free: NDArray[np.float64]) -> bool:
    """Write which displacements of an element's nodes are free; return whether all are."""
    bits = 0
    for corner in range(8):
        node = rows[corner // 2] + corner % 2
        bits |= fixed[node]
        for axis in range(3):
            is_free[corner, axis] = 1 - ((fixed[node] >> axis) & 1)
    return bits == 0


@compiled_part
def _add_element(
    modulus: float,
    own: NDArray[np.float64],
    voxel: NDArray[np.int16],
    coarse_at: NDArray[np.int32],
    matrix: NDArray[np.float32],
) -> None:
    """Add a child's stiffness, restricted to its coarse element, to the coarse matrix."""
    x, y, z = voxel[0] // 2, voxel[1] // 2, voxel[2] // 2
    for a in range(8):
        i, j, k = a & 1, (a >> 1) & 1, a >> 2
        node = coarse_at[z + k, y + j, x + i]
        for b in range(8):
            s = OWN + (b & 1) - i + 3 * (((b >> 1) & 1) - j) + 9 * ((b >> 2) - k)
            for p in range(3):
                for q in range(3):
                    value = modulus * own[3 * a + p, 3 * b + q]
                    matrix[node, p, 3 * s + q] += np.float32(value)


@compiled_part
def _restricted(
    stiffness: NDArray[np.float64],
    weights: NDArray[np.float64],
    is_free: NDArray[np.float64],
    result: NDArray[np.float64],
) -> None:
    """Write a child's stiffness in the displacements of its coarse element, shape (24, 24)."""
    half = np.zeros((24, 24))
    for p in range(3):
        for q in range(3):
            for i in range(8):
                for b in range(8):
                    total = 0.0
                    for j in range(8):
                        value = stiffness[3 * i + p, 3 * j + q] * is_free[i, p] * is_free[j, q]
                        total += value * weights[j, b]
                    half[3 * i + p, 3 * b + q] = total
            for a in range(8):
                for b in range(8):
                    total = 0.0
                    for i in range(8):
                        total += weights[i, a] * half[3 * i + p, 3 * b + q]
                    result[3 * a + p, 3 * b + q] = total


@compiled_part
def coarsened(
    fine_matrix: NDArray[np.float32],
    beside: NDArray[np.int32],
    fine_at: NDArray[np.int32],
    coarse_nodes: NDArray[np.int16],
    matrix: NDArray[np.float32],
) -> None:
    """Write the next coarser matrix: that of the fine level between its interpolation.

    Parameters
    ----------
    fine_matrix, beside
        Matrix and neighbours of the fine level.
    fine_at
        Fine node at each point of the fine lattice.
    coarse_nodes
        Lattice indices x, y, z of the coarse nodes.
    matrix
        Shape (n_coarse, 3, 81).
    """
    nz, ny, nx = fine_at.shape
    for node in range(len(coarse_nodes)):
        rows = np.zeros((3, COLUMNS))
        x, y, z = 2 * coarse_nodes[node, 0], 2 * coarse_nodes[node, 1], 2 * coarse_nodes[node, 2]
        for k in range(max(z - 1, 0), min(z + 2, nz)):
            for j in range(max(y - 1, 0), min(y + 2, ny)):
                for i in range(max(x - 1, 0), min(x + 2, nx)):
                    child = fine_at[k, j, i]
                    if child >= 0:
                        from_node = (i - x, j - y, k - z)
                        _add_child(fine_matrix[child], beside[child], from_node, rows)
        for p in range(3):
            for column in range(COLUMNS):
                matrix[node, p, column] = np.float32(rows[p, column])


@compiled_part
def _add_child(
    matrix: NDArray[np.float32],
    beside: NDArray[np.int32],
    from_node: tuple[int, int, int],
    rows: NDArray[np.float64],
) -> None:
    """Add a fine node's rows of the matrix, interpolated, to those of a coarse node.

    Parameters
    ----------
    from_node
        Steps of the fine lattice along x, y, z from the coarse node.
    """
    i, j, k = from_node
    weight = HALVES[abs(i) + abs(j) + abs(k)]
    for s in range(NEIGHBOURS):
        if beside[s] < 0:
            continue
        u, v, w = i + s % 3 - 1, j + s // 3 % 3 - 1, k + s // 9 - 1
        part = weight * HALVES[(u & 1) + (v & 1) + (w & 1)]
        for c in range(w // 2, (w + 1) // 2 + 1):
            for b in range(v // 2, (v + 1) // 2 + 1):
                for a in range(u // 2, (u + 1) // 2 + 1):
                    column = 3 * (OWN + a + 3 * b + 9 * c)
                    for p in range(3):
                        for q in range(3):
                            rows[p, column + q] += part * matrix[p, 3 * s + q]


@compiled_part
def invert_blocks(blocks: NDArray[np.float32]) -> None:
    """Invert symmetric 3 × 3 blocks in place, shape (n, 3, 3).

    A row and column whose diagonal is 0, beside the largest, is of a fixed displacement and
    stays 0.
    """
    for node in range(len(blocks)):
        own = blocks[node].astype(np.float64)
        least = FIXED * max(own[0, 0], own[1, 1], own[2, 2])
        for p in range(3):
            for q in range(3):
                if min(own[p, p], own[q, q]) <= least and p != q:
                    own[p, q] = 0.0
        is_held = np.array([own[p, p] > least for p in range(3)])
        for p in range(3):
            if not is_held[p]:
                own[p, p] = 1.0
        determinant = 0.0
        for p in range(3):
            i, j = (p + 1) % 3, (p + 2) % 3
            determinant += own[0, p] * (own[1, i] * own[2, j] - own[1, j] * own[2, i])
        for p in range(3):
            for q in range(3):
                i, j, k, m = (p + 1) % 3, (p + 2) % 3, (q + 1) % 3, (q + 2) % 3
                cofactor = own[i, k] * own[j, m] - own[i, m] * own[j, k]
                held = is_held[p] and is_held[q]
                blocks[node, p, q] = np.float32(cofactor / determinant if held else 0.0)
