"""Between a lattice of nodes and the coarser one that has every second node along each axis.

A displacement between coarse nodes is interpolated trilinearly. Restriction is its transpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.measures.finite_elements.compiled import compiled_part

if TYPE_CHECKING:
    from numpy.typing import NDArray


def parents(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the points of the coarse lattice that chosen fine points are interpolated from."""
    result = np.zeros([size // 2 + 1 for size in chosen.shape], dtype=bool)
    for z, y, x in np.ndindex(2, 2, 2):
        part = chosen[z::2, y::2, x::2]
        nz, ny, nx = part.shape
        for c, b, a in np.ndindex(z + 1, y + 1, x + 1):
            result[c : nz + c, b : ny + b, a : nx + a] |= part
    return result


@compiled_part
def restrict(
    fine_at: NDArray[np.int32],
    fixed: NDArray[np.uint8],
    coarse_nodes: NDArray[np.int16],
    fine: NDArray[Any],
    coarse: NDArray[Any],
) -> None:
    """Write the coarse forces of fine ones.

    Parameters
    ----------
    fine_at
        Fine node at each point of the fine lattice.
    fixed
        Bits of the fixed displacements of each fine node, whose forces do not count.
    coarse_nodes
        Lattice indices x, y, z of the coarse nodes.
    fine, coarse
        Forces, shape (n_nodes, 3).
    """
    nz, ny, nx = fine_at.shape
    for node in range(len(coarse_nodes)):
        total = np.zeros(3, coarse.dtype)
        x, y, z = 2 * coarse_nodes[node, 0], 2 * coarse_nodes[node, 1], 2 * coarse_nodes[node, 2]
        for k in range(max(z - 1, 0), min(z + 2, nz)):
            for j in range(max(y - 1, 0), min(y + 2, ny)):
                for i in range(max(x - 1, 0), min(x + 2, nx)):
                    child = fine_at[k, j, i]
                    if child >= 0:
                        distance = abs(i - x) + abs(j - y) + abs(k - z)
                        weight = fine.dtype.type(1) / fine.dtype.type(1 << distance)
                        for axis in range(3):
                            if not (fixed[child] >> axis) & 1:
                                total[axis] += weight * fine[child, axis]
        for axis in range(3):
            coarse[node, axis] = total[axis]


@compiled_part
def prolong(
    coarse_at: NDArray[np.int32],
    fixed: NDArray[np.uint8],
    fine_nodes: NDArray[np.int16],
    coarse: NDArray[Any],
    fine: NDArray[Any],
) -> None:
    """Write the fine displacements interpolated from coarse ones; 0 where they are fixed."""
    for node in range(len(fine_nodes)):
        x, y, z = fine_nodes[node, 0], fine_nodes[node, 1], fine_nodes[node, 2]
        for axis in range(3):
            fine[node, axis] = 0
        odd = (x & 1) + (y & 1) + (z & 1)
        weight = fine.dtype.type(1) / fine.dtype.type(1 << odd)
        for k in range(z // 2, (z + 1) // 2 + 1):
            for j in range(y // 2, (y + 1) // 2 + 1):
                for i in range(x // 2, (x + 1) // 2 + 1):
                    parent = coarse_at[k, j, i]
                    for axis in range(3):
                        if not (fixed[node] >> axis) & 1:
                            fine[node, axis] += weight * coarse[parent, axis]
