"""The largest ellipse inside a region of a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

    BoolArray = NDArray[np.bool_]

ELONGATIONS = np.geomspace(0.6, 3.0, 25)
"""Left-right over antero-posterior semi-axis: what is tried."""


@dataclass(frozen=True)
class PlanarEllipse:
    """An ellipse along the two axes of a plane; mm."""

    center_mm: tuple[float, float]
    semi_axes_mm: tuple[float, float]

    @property
    def area_mm2(self) -> float:
        """Area of the ellipse."""
        return float(np.pi * self.semi_axes_mm[0] * self.semi_axes_mm[1])


def largest_ellipse(inside: BoolArray, u_mm: FloatArray, v_mm: FloatArray) -> PlanarEllipse | None:
    """Find the largest ellipse, along the grid's axes, that holds no point outside the region.

    Stretching the second axis by an elongation turns ellipses of that elongation into circles,
    and the largest circle in a region is the highest point of its distance transform.

    Parameters
    ----------
    inside
        Which grid points may be covered, shape (nu, nv).
    u_mm, v_mm
        Evenly spaced coordinates of the grid, the same spacing on both.

    Returns
    -------
    PlanarEllipse or None
        None when no point is inside.
    """
    step = float(u_mm[1] - u_mm[0])
    # The nearest point outside lies at most one step beyond the box around those inside.
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return None
    padded = np.pad(inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
    u_mm, v_mm = u_mm[rows[0] :], v_mm[columns[0] :]
    best: PlanarEllipse | None = None
    for elongation in ELONGATIONS:
        radius = ndimage.distance_transform_edt(padded, sampling=(step, step * elongation))
        largest = float(radius.max())
        # The middle of a plateau: a long region has many centres equally good.
        i, j = np.nonzero(radius >= largest - 1e-6)
        nearest = np.argmin((i - i.mean()) ** 2 + (j - j.mean()) ** 2)
        ellipse = PlanarEllipse(
            center_mm=(float(u_mm[i[nearest] - 1]), float(v_mm[j[nearest] - 1])),
            semi_axes_mm=(largest, largest / float(elongation)),
        )
        if best is None or ellipse.area_mm2 > best.area_mm2:
            best = ellipse
    return best
