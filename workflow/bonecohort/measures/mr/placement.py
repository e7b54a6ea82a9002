"""Whether labels lie on the bodies of an image: how much is inside it, and whether they fit.

Labels drawn on another series may lie beside the bodies: the patient moved, or an echo-planar
image is distorted along its phase encoding. A body differs from what surrounds it, brighter or
darker, and it is more even. Where both are clearer with the labels moved alike, they do not fit.
An image that shows no such difference cannot answer.
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
LARGEST_SHIFT_MM, STEP_MM = 10.0, 2.0
MOST_POINTS = 1500
CLIPPED = (0.02, 0.98)
"""Quantiles that values are clipped to: fluid outshines the rest."""
LEAST_SHIFT_MM = 3.0
LEAST_GAIN = 0.04
AGREEMENT_MM = 3.0
"""Contrast and evenness place the labels no further apart than this where both see the bodies."""
MISREGISTERED = "misregistered"
PARTLY_OUTSIDE, LEAST_INSIDE = "partly_outside", 0.9


@dataclass(frozen=True)
class Fit:
    """How well labels fit an image where they are, and where they fit best.

    Attributes
    ----------
    here, best
        Share of the image's variance between the bodies and the ring around them, 0 to 1.
    shift_mm
        From here to where that share is largest, LPS mm, shape (3,).
    even_mm
        From here to where the bodies are most even, LPS mm, shape (3,).
    at_end
        Whether the best place is at the end of the search.
    """

    here: float
    best: float
    shift_mm: FloatArray
    even_mm: FloatArray
    at_end: bool

    @property
    def is_off(self) -> bool:
        """Whether the labels fit clearly better elsewhere."""
        contrast_mm, even_mm = (float(np.linalg.norm(one)) for one in (self.shift_mm, self.even_mm))
        apart_mm = float(np.linalg.norm(self.shift_mm - self.even_mm))
        is_far = contrast_mm >= LEAST_SHIFT_MM and even_mm >= LEAST_SHIFT_MM / 2
        agreed = apart_mm < AGREEMENT_MM and not self.at_end
        return is_far and agreed and self.best - self.here > LEAST_GAIN


def share_inside(image: Volume, body: VertebralBody, across: int | None = None) -> float:
    """Return the share of a body's labelled voxels whose middle lies in an image, 0 to 1.

    Parameters
    ----------
    across
        An axis of the image along which it may end anywhere: that of a slice measured alone.
    """
    index = image.to_index(body.points_lps_mm)
    within = (index >= -0.5) & (index <= np.asarray(image.array.shape[:3]) - 0.5)
    if across is not None:
        within[:, across] = True
    return float(np.all(within, axis=1).mean())


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

    Contrast and evenness are averaged over bodies.
    """
    low, high = np.nanquantile(image.array, CLIPPED)
    read = Volume(np.clip(image.array, low, high), image.affine_lps)
    regions = [(_thinned(body.points_lps_mm), _ring(body)) for body in bodies]
    axes = np.delete(image.affine_lps[:3, :3], slice_axis(image.spacing_mm), axis=1)
    axes = axes / np.linalg.norm(axes, axis=0)
    steps = np.arange(-LARGEST_SHIFT_MM, LARGEST_SHIFT_MM + 1, STEP_MM)
    pairs = sorted(product(steps, steps), key=np.linalg.norm)  # of equal fits the nearest counts
    shifts = [axes @ np.array(pair) for pair in pairs]
    result = np.array([_scores(read, regions, shift) for shift in shifts])
    contrast, even = (int(np.argmax(result[:, which])) for which in (0, 1))
    return Fit(
        float(result[0, 0]),
        float(result[contrast, 0]),
        shifts[contrast],
        shifts[even],
        at_end=bool(np.abs(pairs[contrast]).max() >= LARGEST_SHIFT_MM),
    )


def _scores(
    image: Volume, regions: Sequence[tuple[FloatArray, FloatArray]], shift_mm: FloatArray
) -> tuple[float, float]:
    """Return contrast and evenness, averaged over bodies, of labels moved by a shift."""
    read = [[_values(image, points + shift_mm) for points in parts] for parts in regions]
    scores = np.array([(between_share(*own), evenness(*own)) for own in read])
    contrast, even = scores.mean(axis=0)
    return float(contrast), float(even)


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


def evenness(inside: FloatArray, ring: FloatArray) -> float:
    """Return 1 less the mean absolute deviation inside, over that of inside and ring together."""
    if not len(inside) or not len(ring):
        return 0.0
    spread = _deviation(np.concatenate([inside, ring]))
    return 1 - _deviation(inside) / spread if spread else 0.0


def _deviation(values: FloatArray) -> float:
    return float(np.abs(values - np.median(values)).mean())


def _ring(body: VertebralBody) -> FloatArray:
    """Return places around a body and outside the bone, LPS mm, shape (n, 3)."""
    near = (body.reach.array > RING_MM[0]) & (body.reach.array < RING_MM[1])
    places = body.reach.to_lps(np.argwhere(near).astype(float))
    bone = Volume(body.bone.array.astype(np.float32), body.bone.affine_lps)
    return _thinned(places[sample(bone, places, 0.0) < 0.5])


def _thinned(places: FloatArray) -> FloatArray:
    return places[:: max(1, len(places) // MOST_POINTS)]
