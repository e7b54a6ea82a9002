"""Planar closed curves that readers draw: their plane, area, and what lies inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray


def plane_axes(centred_mm: FloatArray) -> FloatArray:
    """Return axes of the plane through points about their mean, as columns, shape (3, 3).

    The normal points to the head; the first axis runs to the patient's left within the plane,
    the second to posterior. On a plane that holds the body's length they are any two of it.
    """
    normal = np.linalg.svd(centred_mm, full_matrices=True)[2][2]
    normal = normal if normal[2] >= 0 else -normal
    towards = np.eye(3)[np.argmin(np.abs(normal[:2]))]
    first = towards - (towards @ normal) * normal
    first /= np.linalg.norm(first)
    second = np.cross(normal, first)
    if towards[1]:
        first, second = -second, first
    return np.column_stack([first, second, normal])


def area_moments(corners_mm: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Return a polygon's area, centroid, and variances of its two coordinates (shoelace sums)."""
    x, y = corners_mm.T
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    cross = x * next_y - next_x * y
    signed = cross.sum() / 2
    if abs(signed) < 1e-9:
        return 0.0, np.zeros(2), np.zeros(2)
    centroid = np.array([((x + next_x) * cross).sum(), ((y + next_y) * cross).sum()])
    centroid /= 6 * signed
    squares = np.array(
        [
            ((x**2 + x * next_x + next_x**2) * cross).sum(),
            ((y**2 + y * next_y + next_y**2) * cross).sum(),
        ]
    )
    variances = np.maximum(squares / (12 * signed) - centroid**2, 0.0)
    return float(abs(signed)), centroid, variances


def in_polygon(x: FloatArray, y: FloatArray, corners_mm: FloatArray) -> NDArray[np.bool_]:
    """Return which points lie in a polygon, by the number of its edges to their right."""
    inside = np.zeros(x.shape, dtype=bool)
    for (x1, y1), (x2, y2) in zip(corners_mm, np.roll(corners_mm, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        inside ^= crosses & (x < x1 + (y - y1) / (y2 - y1) * (x2 - x1))
    return inside
