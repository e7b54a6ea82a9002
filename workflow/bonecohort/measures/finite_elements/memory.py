"""What a model will need of memory, estimated before it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.finite_elements.levels import COARSEST_NODES
from bonecohort.measures.finite_elements.mesh import corners
from bonecohort.measures.finite_elements.transfer import parents

if TYPE_CHECKING:
    from bonecohort.measures.finite_elements.mesh import BoolArray

BYTES_A_NODE = 360
"""Of the finest level: displacements, forces and work space, and a node's share of elements."""
BYTES_A_COARSE_NODE = 1300
"""Of which the matrix has 972."""
BYTES_A_POINT = 20
"""Of the lattice, and of the image of moduli."""
BYTES_OF_THE_PROGRAM = 260_000_000
"""Python, its libraries and the compiled code."""
BYTES_A_MB = 1_000_000


def memory_mb(solid: BoolArray) -> int:
    """Return the memory in MB that a model of so many voxels needs at most.

    Parameters
    ----------
    solid
        Whether there is an element at a voxel, indexed ``[x, y, z]``.
    """
    points = corners(solid.T)
    total = BYTES_OF_THE_PROGRAM + BYTES_A_POINT * points.size
    total += BYTES_A_NODE * int(np.count_nonzero(points))
    while True:
        points = parents(points)
        count = int(np.count_nonzero(points))
        total += BYTES_A_COARSE_NODE * count
        if count <= COARSEST_NODES:
            return -(-total // BYTES_A_MB)


def check_memory(solid: BoolArray, limit_mb: int) -> None:
    """Raise a DataFault when the model needs more memory than there is for it."""
    needed = memory_mb(solid)
    if needed > limit_mb:
        raise DataFault(
            f"The finite element model of {int(np.count_nonzero(solid)):,} elements needs "
            f"{needed:,} MB of memory; {limit_mb:,} MB are allowed. Allow more, or crop the image."
        )
