"""The 8-node hexahedron of one voxel: stiffness, and strain at its centroid.

Local node ``x + 2 y + 4 z`` lies at the corner ``(x, y, z)``, each 0 or 1; displacement ``3 node +
axis``. Strains are ordered xx, yy, zz, yz, xz, xy, shear strains as engineering strains.
Bathe KJ, Finite Element Procedures, 2nd ed. 2014, section 5.3.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CORNERS = np.array([(x, y, z) for z, y, x in product((0, 1), repeat=3)])
"""The corners of the local nodes, shape (8, 3)."""
GAUSS_POINTS = (0.5 - 0.5 / np.sqrt(3), 0.5 + 0.5 / np.sqrt(3))
"""Of two-point quadrature on 0 to 1: exact for a box."""
GAUSS_WEIGHT = 1 / 8
SHEARS = ((1, 2), (0, 2), (0, 1))


def elasticity(poisson: float) -> FloatArray:
    """Return the isotropic elasticity matrix of Young's modulus 1, shape (6, 6)."""
    scale = 1 / ((1 + poisson) * (1 - 2 * poisson))
    matrix = np.zeros((6, 6))
    matrix[:3, :3] = poisson * scale
    matrix[[0, 1, 2], [0, 1, 2]] = (1 - poisson) * scale
    matrix[[3, 4, 5], [3, 4, 5]] = 1 / (2 * (1 + poisson))
    return matrix


def strain_displacement(point: FloatArray, spacing_mm: FloatArray) -> FloatArray:
    """Return the matrix from the nodes' displacements in mm to strain, shape (6, 24).

    Parameters
    ----------
    point
        Place in the element, each coordinate from 0 to 1; shape (3,).
    spacing_mm
        Edges of the element along x, y, z.
    """
    shapes = np.where(CORNERS == 1, point, 1 - point)
    slopes = np.where(CORNERS == 1, 1.0, -1.0) / spacing_mm
    gradient = np.stack(
        [slopes[:, a] * np.delete(shapes, a, axis=1).prod(axis=1) for a in range(3)], axis=1
    )
    matrix = np.zeros((6, 24))
    for axis in range(3):
        matrix[axis, axis::3] = gradient[:, axis]
    for row, (first, second) in enumerate(SHEARS, start=3):
        matrix[row, first::3] = gradient[:, second]
        matrix[row, second::3] = gradient[:, first]
    return matrix


def stiffness(spacing_mm: FloatArray, poisson: float) -> FloatArray:
    """Return the stiffness matrix for a Young's modulus of 1 MPa, in N/mm; shape (24, 24).

    Parameters
    ----------
    spacing_mm
        Edges of the element along x, y, z; shape (3,).
    poisson
        Poisson's ratio.
    """
    law = elasticity(poisson) * GAUSS_WEIGHT * float(np.prod(spacing_mm))
    points = (np.array(point) for point in product(GAUSS_POINTS, repeat=3))
    strains = (strain_displacement(point, spacing_mm) for point in points)
    total: FloatArray = np.sum([strain.T @ law @ strain for strain in strains], axis=0)
    return total
