"""What is prescribed on the two ends of a model that is loaded along z."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.measures.finite_elements.mesh import BoolArray, Mesh

X, Y, Z = 1, 2, 4
"""Bits of a node's fixed displacements."""
CONSTRAINED, FRICTIONLESS, PMMA = "constrained", "frictionless", "pmma"


@dataclass(frozen=True)
class Ends:
    """The fixed displacements of a mesh.

    Attributes
    ----------
    fixed
        Their bits at each node, shape (n_nodes,).
    top
        Whether a node is moved, shape (n_nodes,); the other fixed displacements are 0.
    displacement_mm
        Of the top along z; negative for compression.
    height_mm
        Between the ends.
    """

    fixed: NDArray[np.uint8]
    top: BoolArray
    displacement_mm: float
    height_mm: float


def ends_of(
    mesh: Mesh, boundary: str, strain: float, ends: tuple[BoolArray, BoolArray] | None = None
) -> Ends:
    """Return what a boundary prescribes.

    Parameters
    ----------
    boundary
        ``constrained``: no end node moves sideways. ``frictionless``: end nodes are held along z
        alone, and the whole against rigid motion. ``pmma``: bottom held, top free sideways.
    strain
        Prescribed, of the height; negative for compression.
    ends
        Whether a node is of the bottom, and of the top, each in one layer of the lattice; shape
        (n_nodes,) each. None: all nodes of the first and of the last layer.
    """
    z = mesh.nodes[:, 2]
    at_bottom, at_top = ends or (z == z.min(), z == z.max())
    fixed = np.where(at_bottom | at_top, Z, 0).astype(np.uint8)
    if boundary == CONSTRAINED:
        fixed[at_bottom | at_top] |= X | Y
    elif boundary == PMMA:
        fixed[at_bottom] |= X | Y
    else:
        _hold_rigid_motion(mesh, at_bottom, fixed)
    height = float(mesh.spacing_mm[2]) * (int(z[at_top][0]) - int(z[at_bottom][0]))
    return Ends(fixed, at_top, strain * height, height)


def _hold_rigid_motion(mesh: Mesh, at_bottom: BoolArray, fixed: NDArray[np.uint8]) -> None:
    """Hold one bottom node sideways, and one in line with it against turning about z."""
    (nodes,) = np.nonzero(at_bottom)
    x, y = mesh.nodes[nodes, 0].astype(int), mesh.nodes[nodes, 1].astype(int)
    along_x, along_y = _longest_line(x, y), _longest_line(y, x)
    is_x = x[along_x[1]] - x[along_x[0]] >= y[along_y[1]] - y[along_y[0]]
    first, second = along_x if is_x else along_y
    fixed[nodes[first]] |= X | Y
    fixed[nodes[second]] |= Y if is_x else X


def _longest_line(along: NDArray[np.int_], across: NDArray[np.int_]) -> tuple[int, int]:
    """Return the ends of the line of nodes, of one place across, that are farthest apart."""
    order = np.lexsort((along, across))
    (starts,) = np.nonzero(np.diff(across[order], prepend=across[order[0]] - 1))
    last = np.append(starts[1:], len(order)) - 1
    line = int((along[order[last]] - along[order[starts]]).argmax())
    return int(order[starts[line]]), int(order[last[line]])
