"""Whether labels lie on the bodies of an image: how much is inside it, and whether they fit.

Labels drawn on another series may lie beside the bodies: the patient moved, or an echo-planar
image is distorted along its phase encoding. The image differs between a body and what surrounds it,
brighter or darker; where the difference is clearer with the labels moved, they do not fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.images.volume import Volume
from bonecohort.measures.mr.region import slice_axis
from bonecohort.measures.vertebra.surface import sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.mr.bodies import VertebralBody

RING_MM = (-4.0, -1.5)
"""How far outside the surface the surroundings are read."""
LARGEST_SHIFT_MM, STEP_MM = 8.0, 2.0
MOST_POINTS = 1500
CLIPPED = (0.02, 0.98)
"""Quantiles that values are clipped to: fluid outshines the rest."""
LEAST_SHIFT_MM = 3.0
LEAST_GAIN = 0.08
MISREGISTERED = "misregistered"
PARTLY_OUTSIDE, LEAST_INSIDE = "partly_outside", 0.9


@dataclass(frozen=True)
class Fit:
    """How well labels fit an image where they are, and where they fit best.

    Attributes
    ----------
    here, best
        Share of the variance of the image that the labels explain, 0 to 1.
    shift_mm
        From here to where they fit best, LPS mm, shape (3,).
    """

    here: float
    best: float
    shift_mm: FloatArray

    @property
    def is_off(self) -> bool:
        """Whether the labels fit clearly better elsewhere."""
        return (
            float(np.linalg.norm(self.shift_mm)) >= LEAST_SHIFT_MM
            and self.best - self.here > LEAST_GAIN
        )


def share_inside(image: Volume, body: VertebralBody) -> float:
    """Return the share of a body's labelled voxels whose middle lies in an image, 0 to 1."""
    index = image.to_index(body.points_lps_mm)
    shape = np.asarray(image.array.shape[:3])
    return float(np.all((index >= -0.5) & (index <= shape - 0.5), axis=1).mean())


def placement_flags(image: Volume, bodies: Sequence[VertebralBody]) -> tuple[str, ...]:
    """Return a flag where the labels of an image's bodies fit better elsewhere.

    Parameters
    ----------
    image
        In which marrow differs from what surrounds it; shape (ni, nj, nk).
    """
    seen = [body for body in bodies if share_inside(image, body) >= LEAST_INSIDE]
    fit = labels_fit(image, seen) if seen else None
    if fit is None or not fit.is_off:
        return ()
    away = " ".join(f"{part:+.0f}" for part in fit.shift_mm)
    return (
        (
            f"{MISREGISTERED}: the labels fit better {np.linalg.norm(fit.shift_mm):.0f} mm away "
            f"({away} mm to left, back and head)"
        ),
    )


def labels_fit(image: Volume, bodies: Sequence[VertebralBody]) -> Fit:
    """Compare the fit of labels where they are with that of labels moved within the slices.

    The fit is the share of variance that lies between the inside and a ring around it, averaged
    over bodies.
    """
    low, high = np.nanquantile(image.array, CLIPPED)
    read = Volume(np.clip(image.array, low, high), image.affine_lps)
    regions = [(_thinned(body.points_lps_mm), _ring(body)) for body in bodies]
    axes = np.delete(image.affine_lps[:3, :3], slice_axis(image.spacing_mm), axis=1)
    axes = axes / np.linalg.norm(axes, axis=0)
    steps = np.arange(-LARGEST_SHIFT_MM, LARGEST_SHIFT_MM + 1, STEP_MM)
    shifts = [axes @ np.array(pair) for pair in product(steps, steps)]
    shifts.sort(key=lambda shift: float(np.linalg.norm(shift)))  # of equal fits the nearest counts
    found = [_explained(read, regions, shift) for shift in shifts]
    best = int(np.argmax(found))
    return Fit(found[0], found[best], shifts[best])


def _explained(
    image: Volume, regions: Sequence[tuple[FloatArray, FloatArray]], shift_mm: FloatArray
) -> float:
    return float(
        np.mean(
            [
                between_share(*(_values(image, points + shift_mm) for points in parts))
                for parts in regions
            ]
        )
    )


def _values(image: Volume, points: FloatArray) -> FloatArray:
    values = sample(image, points, np.nan)
    return values[np.isfinite(values)]


def between_share(first: FloatArray, second: FloatArray) -> float:
    """Return the share of variance that lies between two groups; 0 where one is empty."""
    if not len(first) or not len(second):
        return 0.0
    both = np.concatenate([first, second])
    total = float(((both - both.mean()) ** 2).sum())
    within = sum(float(((one - one.mean()) ** 2).sum()) for one in (first, second))
    return 1 - within / total if total else 0.0


def _ring(body: VertebralBody) -> FloatArray:
    """Return places around a body and outside the bone, LPS mm, shape (n, 3)."""
    near = (body.reach.array > RING_MM[0]) & (body.reach.array < RING_MM[1])
    places = body.reach.to_lps(np.argwhere(near).astype(float))
    bone = Volume(body.bone.array.astype(np.float32), body.bone.affine_lps)
    return _thinned(places[sample(bone, places, 0.0) < 0.5])


def _thinned(places: FloatArray) -> FloatArray:
    return places[:: max(1, len(places) // MOST_POINTS)]
