"""Find the walls of a body on the CT, near where the label says they are.

On rays about the body's axis the cortical shell is brighter than its flanks. An ellipse is sought
that runs along most of it; near that ellipse the shell is followed, and a smooth closed curve is
fitted, which bridges gaps: pedicles, and the mouth of the vein. Behind, only rays below the
pedicles count. A ray ends where it has left the bone, so that the arch behind the canal is no wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.techniques.hounsfield.endplate_search import outshining, sample_filled

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.techniques.hounsfield.endplate_search import Frame

RAYS = 72
ANGLES = np.arange(RAYS) * 2 * np.pi / RAYS
DIRECTIONS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=-1)
"""Unit vectors (left, posterior) of the rays, shape (RAYS, 2)."""
RADIUS_STEP_MM = 0.5
RADII_MM = np.arange(3.0, 48.0, RADIUS_STEP_MM)
BEHIND = 0.1
LEVELS = np.where(
    np.sin(ANGLES)[:, None] > BEHIND, np.linspace(-0.3, 0.0, 6), np.linspace(-0.22, 0.22, 6)
)
"""Heights of each ray from the body's middle, as fractions of its height."""
RIDGE_HU = (-100.0, 250.0)
RIDGE_PART, STEP_PART = 0.6, 0.4
"""How a ray's brightness is made of the shell over its flanks, and of the fall outwards."""
MOST_BRIGHT_HU = 90.0
"""What is brighter counts as this: a pedicle's shell must not outweigh the body's."""
MARROW_WITHIN_MM = 10.0
LEFT_BONE = 0.35
LEFT_BONE_LEAST_HU, LEFT_BONE_SOFT_HU = 20.0, 20.0
"""A ray has left the bone this far below the marrow's HU; from there nothing on it counts."""
LEFT_COST_HU = 30.0
SHELL_HALF_MM = 1.0
"""The body ends this far beyond the middle of its shell: half the thickest cortex."""
MOVES_MM = np.arange(-6.0, 6.1, 2.0)
GROWTHS_MM = np.arange(-8.0, 8.1, 2.0)
COMMON_MM, UNCOMMON_COST = 6.0, 0.1
"""An ellipse this far from the label's must be brighter by this fraction."""
LEAST_HALF_MM = 8.0
DEEPEST = 0.95
"""A lumbar body is less deep than this part of its width. The canal is no part of it."""
NEAR_MM, NARROWING_MM, NEAREST_MM = 4.0, 0.5, 2.0
"""How near the curve the shell is followed: at first, less by each pass, and at last."""
PASSES, REWEIGHTS = 6, 3
ORDER = 4
ROUNDNESS = 0.3
"""Weight against the curve's finer waves, by the square of their order."""
WEAK_FRACTION = 0.35
TUKEY, LEAST_SCALE_MM = 4.685, 0.4
FOLLOWED_WEIGHT = 0.3


@dataclass(frozen=True)
class Wall:
    """A closed curve about a frame's axis.

    Attributes
    ----------
    coefficients
        Fourier series of the radius in mm by angle from left to posterior.
    followed
        Share of the rays whose shell lies on the curve.
    """

    coefficients: FloatArray
    followed: float

    def radius_mm(self, angle: FloatArray) -> FloatArray:
        """Return the radius at angles in radians."""
        radius: FloatArray = harmonics(angle) @ self.coefficients
        return radius

    def slope_mm(self, angle: FloatArray) -> FloatArray:
        """Return the change of the radius in mm per radian."""
        turned = np.zeros_like(self.coefficients)
        for n in range(1, ORDER + 1):
            turned[2 * n - 1], turned[2 * n] = (
                n * self.coefficients[2 * n],
                -n * self.coefficients[2 * n - 1],
            )
        slope: FloatArray = harmonics(angle) @ turned
        return slope

    def distance_mm(self, uv_mm: FloatArray) -> FloatArray:
        """Return how far places (..., 2) lie inside the curve, to first order; mm."""
        angle = np.arctan2(uv_mm[..., 1], uv_mm[..., 0])
        radius = self.radius_mm(angle)
        across = np.cos(np.arctan2(self.slope_mm(angle), radius))
        distance: FloatArray = (radius - np.linalg.norm(uv_mm, axis=-1)) * across
        return distance

    def box_mm(self) -> tuple[FloatArray, FloatArray]:
        """Return the least and the largest (left, posterior) of the curve; mm."""
        points = self.radius_mm(ANGLES)[:, None] * DIRECTIONS
        return points.min(axis=0), points.max(axis=0)


def harmonics(angle: FloatArray) -> FloatArray:
    """Return 1, cos, sin, cos 2 … of angles, shape (..., 2 ORDER + 1)."""
    waves = [f(n * angle) for n in range(1, ORDER + 1) for f in (np.cos, np.sin)]
    return np.stack([np.ones_like(angle), *waves], axis=-1)


def shell_brightness(ct: Volume, frame: Frame, height_mm: float) -> FloatArray:
    """Return by angle and radius how much a place looks like a body's wall; HU.

    The frame's origin is the middle of the body.
    """
    points = np.empty((RAYS, len(RADII_MM), LEVELS.shape[1], 3))
    points[..., :2] = (RADII_MM[:, None] * DIRECTIONS[:, None])[:, :, None]
    points[..., 2] = LEVELS[:, None] * height_mm
    hu = sample_filled(ct, frame.to_lps(points))
    extent_mm = float(np.abs(frame.axes_lps[:, :2].T @ ct.affine_lps[:3, :3]).sum(axis=1).min())
    ridge = np.clip(outshining(hu, RADIUS_STEP_MM, extent_mm), *RIDGE_HU).mean(axis=2)
    mean = hu.mean(axis=2)
    mean = (np.pad(mean, ((0, 0), (1, 1)), mode="edge")[:, :-2] + mean + np.roll(mean, -1, 1)) / 3
    mean[:, -1] = mean[:, -2]
    beyond = round(max(3.0, 1.2 * extent_mm) / RADIUS_STEP_MM)
    outside = np.pad(mean, ((0, 0), (0, beyond)), mode="edge")[:, beyond:]
    bright = RIDGE_PART * ridge + STEP_PART * np.clip(mean - outside, *RIDGE_HU)
    marrow = float(np.median(mean[:, RADII_MM < MARROW_WITHIN_MM]))
    least = marrow - max(LEFT_BONE_LEAST_HU, LEFT_BONE * (marrow + LEFT_BONE_LEAST_HU))
    lowest = np.minimum.accumulate(mean, axis=1)
    within = np.clip((lowest - least) / LEFT_BONE_SOFT_HU + 1, 0, 1)
    bright = np.minimum(bright, MOST_BRIGHT_HU)
    result: FloatArray = np.where(bright > 0, bright * within, bright) - LEFT_COST_HU * (1 - within)
    return result


def find_ellipse(bright: FloatArray, half_axes_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return centre and half-axes of the ellipse that runs along the brightest shell; mm."""
    changes = np.array(list(product(MOVES_MM, MOVES_MM, GROWTHS_MM, GROWTHS_MM)))
    halves = np.maximum(half_axes_mm + changes[:, 2:], LEAST_HALF_MM)
    shallow = halves[:, 1] <= DEEPEST * halves[:, 0]
    changes, halves = changes[shallow], halves[shallow]
    score = read(bright, ellipse_radius_mm(changes[:, :2], halves)).mean(axis=1)
    score -= UNCOMMON_COST * abs(score.max()) * ((changes / COMMON_MM) ** 2).sum(axis=1)
    best = int(score.argmax())
    return changes[best, :2], halves[best]


def ellipse_radius_mm(center_mm: FloatArray, half_axes_mm: FloatArray) -> FloatArray:
    """Return by ray the radius of ellipses, shapes (..., 2) → (..., RAYS); they hold the origin."""
    square = half_axes_mm**2
    along = (1 / square) @ (DIRECTIONS**2).T
    offset = (center_mm / square) @ DIRECTIONS.T
    rest = (center_mm**2 / square).sum(axis=-1, keepdims=True) - 1
    radius: FloatArray = (offset + np.sqrt(np.maximum(offset**2 - along * rest, 0))) / along
    return radius


def read(bright: FloatArray, radius_mm: FloatArray) -> FloatArray:
    """Read brightness at a radius of every ray, shape (..., RAYS), linearly."""
    place = (radius_mm - RADII_MM[0]) / RADIUS_STEP_MM
    low = np.clip(np.floor(place).astype(int), 0, len(RADII_MM) - 2)
    part = np.clip(place - low, 0, 1)
    ray = np.arange(RAYS)
    result: FloatArray = bright[ray, low] * (1 - part) + bright[ray, low + 1] * part
    return result


def fit_wall(bright: FloatArray, first_mm: FloatArray) -> Wall:
    """Follow the shell near first radii, shape (RAYS,), and fit a smooth closed curve to it."""
    basis = harmonics(ANGLES)
    orders = np.array([0, *(n for n in range(1, ORDER + 1) for _ in range(2))], dtype=float)
    stiff = np.diag(np.where(orders > 2, ROUNDNESS * orders**2, 1e-6))
    radius = first_mm
    coefficients = np.linalg.lstsq(basis, first_mm, rcond=None)[0].astype(np.float64)
    weight = np.zeros(RAYS)
    for k in range(PASSES):
        near = max(NEAR_MM - NARROWING_MM * k, NEAREST_MM)
        shell, usable = follow(bright, radius, near)
        weight = usable
        for _ in range(REWEIGHTS):
            if not weight.any():
                return Wall(coefficients, 0.0)
            weighted = basis * weight[:, None]
            coefficients = np.linalg.solve(basis.T @ weighted + stiff, weighted.T @ shell).astype(
                np.float64
            )
            residual = shell - basis @ coefficients
            scale = max(1.4826 * float(np.median(np.abs(residual[usable > 0]))), LEAST_SCALE_MM)
            weight = usable * np.clip(1 - (residual / (TUKEY * scale)) ** 2, 0, None) ** 2
        radius = np.clip(basis @ coefficients, first_mm - NEAR_MM, first_mm + NEAR_MM)
    coefficients[0] += SHELL_HALF_MM
    return Wall(coefficients, float((weight > FOLLOWED_WEIGHT).mean()))


def follow(
    bright: FloatArray, radius_mm: FloatArray, near_mm: float
) -> tuple[FloatArray, FloatArray]:
    """Return by ray the brightest radius near a given radius, and a weight of 0 to 1."""
    away = np.abs(RADII_MM - radius_mm[:, None])
    nearby = np.where(away <= near_mm, bright * (1 - 0.3 * (away / near_mm) ** 2), -np.inf)
    ray, top = np.arange(RAYS), np.clip(nearby.argmax(axis=1), 1, len(RADII_MM) - 2)
    before, at, after = (bright[ray, top + k] for k in (-1, 0, 1))
    curve = np.minimum(before - 2 * at + after, -1e-6)
    part = np.clip((before - after) / (2 * curve), -0.5, 0.5)
    # A maximum at the end of what was looked at is none.
    inner = np.abs(RADII_MM[top] - radius_mm) < near_mm - RADIUS_STEP_MM / 2
    strength = np.clip(at, 0, None) * inner
    if not strength.any():
        return RADII_MM[top], np.zeros(RAYS)
    weak = WEAK_FRACTION * float(np.median(strength[strength > 0]))
    return RADII_MM[top] + part * RADIUS_STEP_MM, np.clip(strength / weak - 0.5, 0, 1)


def wall_through(points_mm: FloatArray, followed: float) -> Wall:
    """Fit the closed curve to places (n, 2) about the origin."""
    angle = np.arctan2(points_mm[:, 1], points_mm[:, 0])
    radius = np.linalg.norm(points_mm, axis=1)
    return Wall(np.linalg.lstsq(harmonics(angle), radius, rcond=None)[0], followed)
