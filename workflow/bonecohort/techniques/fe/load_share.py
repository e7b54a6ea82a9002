"""The share of the load that cortical bone carries, where it and trabecular bone have labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.measures.finite_elements.response import axial_force_n

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bonecohort.measures.finite_elements.mesh import BoolArray, Mesh
    from bonecohort.measures.finite_elements.solve import Solution

TRABECULAR, CORTICAL = 100, 127
"""Labels that Scanco's evaluation writes."""


@dataclass(frozen=True)
class LoadShare:
    """Shares of the reaction that pass through cortical elements, 0 to 1.

    Attributes
    ----------
    first, last
        In the slices of the two ends.
    middle
        At mid-height: in the middle slice, or the mean of the two slices beside the middle.
    """

    first: float
    middle: float
    last: float


def cortical_load_share(
    mesh: Mesh, solution: Solution, poisson: float, labels: NDArray[np.integer]
) -> LoadShare | None:
    """Return the shares of the load; None where the model has not both kinds of bone.

    Parameters
    ----------
    labels
        Of the elements, shape (n_elements,).
    """
    is_cortical = labels == CORTICAL
    if not (is_cortical.any() and (labels == TRABECULAR).any()):
        return None
    last = len(mesh.layers) - 2

    def share(layer: int) -> float:
        return _share_in_layer(mesh, solution, poisson, is_cortical, layer)

    middle = (share(last // 2) + share((last + 1) // 2)) / 2
    return LoadShare(share(0), middle, share(last))


def _share_in_layer(
    mesh: Mesh, solution: Solution, poisson: float, is_cortical: BoolArray, layer: int
) -> float:
    elements = slice(int(mesh.layers[layer]), int(mesh.layers[layer + 1]))
    force = axial_force_n(mesh, solution, poisson, elements)
    return float(force[is_cortical[elements]].sum() / force.sum())
