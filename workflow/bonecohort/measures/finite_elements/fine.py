"""The finest level, element by element: no matrix of it is stored.

A batch of elements is worked at once, one element a lane of the machine's vector unit. Several
threads work on layers of elements that share no node, those of equal parity along z. So a sum has
the same order for any number of threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import prange

from bonecohort.measures.finite_elements.compiled import compiled, compiled_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

LANES = 16
DOFS = 24


@compiled
def apply(
    rows: NDArray[np.int32],
    layers: NDArray[np.int64],
    modulus: NDArray[Any],
    stiffness: NDArray[Any],
    displacement: NDArray[Any],
    force: NDArray[Any],
) -> None:
    """Write the nodal forces in N of displacements in mm.

    Parameters
    ----------
    rows, layers, modulus
        As in the mesh.
    stiffness
        Of an element of modulus 1, shape (24, 24).
    displacement, force
        Shape (n_nodes, 3), of the type of ``modulus`` and ``stiffness``.
    """
    for node in prange(len(force)):
        for axis in range(3):
            force[node, axis] = 0
    n_layers = len(layers) - 1
    for parity in range(2):
        for pair in prange((n_layers - parity + 1) // 2):
            layer = 2 * pair + parity
            moved = np.zeros((DOFS, LANES), force.dtype)
            pushed = np.zeros((DOFS, LANES), force.dtype)
            for start in range(layers[layer], layers[layer + 1], LANES):
                stop = min(start + LANES, layers[layer + 1])
                _gather(rows[start:stop], modulus[start:stop], displacement, moved)
                _multiply(stiffness, moved, pushed)
                _scatter(rows[start:stop], pushed, force)


@compiled_part
def _gather(
    rows: NDArray[np.int32], modulus: NDArray[Any], displacement: NDArray[Any], moved: NDArray[Any]
) -> None:
    """Write the displacements of a batch's nodes, times the elements' moduli, by lanes."""
    for lane in range(len(rows)):
        for row in range(4):
            node = rows[lane, row]
            for axis in range(3):
                moved[6 * row + axis, lane] = modulus[lane] * displacement[node, axis]
                moved[6 * row + 3 + axis, lane] = modulus[lane] * displacement[node + 1, axis]


@compiled_part
def _multiply(stiffness: NDArray[Any], moved: NDArray[Any], pushed: NDArray[Any]) -> None:
    """Write the forces of all lanes; eight products a sum, as a store costs more than one."""
    for i in range(DOFS):
        for lane in range(LANES):
            pushed[i, lane] = 0
        for j in range(0, DOFS, 8):
            for lane in range(LANES):
                pushed[i, lane] += (
                    stiffness[i, j] * moved[j, lane]
                    + stiffness[i, j + 1] * moved[j + 1, lane]
                    + stiffness[i, j + 2] * moved[j + 2, lane]
                    + stiffness[i, j + 3] * moved[j + 3, lane]
                    + stiffness[i, j + 4] * moved[j + 4, lane]
                    + stiffness[i, j + 5] * moved[j + 5, lane]
                    + stiffness[i, j + 6] * moved[j + 6, lane]
                    + stiffness[i, j + 7] * moved[j + 7, lane]
                )


@compiled_part
def _scatter(rows: NDArray[np.int32], pushed: NDArray[Any], force: NDArray[Any]) -> None:
    """Add the lanes' forces to those of their nodes."""
    for lane in range(len(rows)):
        for row in range(4):
            node = rows[lane, row]
            for axis in range(3):
                force[node, axis] += pushed[6 * row + axis, lane]
                force[node + 1, axis] += pushed[6 * row + 3 + axis, lane]


@compiled_part
def diagonal_blocks(
    rows: NDArray[np.int32],
    modulus: NDArray[np.float64],
    fixed: NDArray[np.uint8],
    stiffness: NDArray[np.float64],
    blocks: NDArray[np.float32],
) -> None:
    """Add each node's own 3 × 3 block of the matrix to zeros of shape (n_nodes, 3, 3).

    Rows and columns of the fixed displacements, marked by the bits of ``fixed``, are left 0.
    """
    for e in range(len(rows)):
        for corner in range(8):
            node = rows[e, corner // 2] + corner % 2
            at = slice(3 * corner, 3 * corner + 3)
            _add_free(modulus[e], stiffness[at, at], fixed[node], blocks[node])


@compiled_part
def _add_free(
    modulus: float, own: NDArray[np.float64], bits: int, block: NDArray[np.float32]
) -> None:
    """Add the rows and columns of a node's free displacements to its block."""
    for p in range(3):
        for q in range(3):
            if not ((bits >> p) | (bits >> q)) & 1:
                block[p, q] += np.float32(modulus * own[p, q])
