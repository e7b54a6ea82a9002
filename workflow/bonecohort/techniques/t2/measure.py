"""Measure T2 of vertebral bodies: echoes or a map in, a row or a reason a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.measurement import Measurement
from bonecohort.measures.mr.outcome import MeasuredBody, outcome_of
from bonecohort.measures.mr.placement import LEAST_INSIDE, PARTLY_OUTSIDE, share_inside
from bonecohort.measures.mr.region import measured_region, surroundings
from bonecohort.measures.mr.values import LeastRegion, near_median, voxel_cm3
from bonecohort.techniques.t2.decay import fit_decay
from bonecohort.techniques.t2.methods import MAP, MODALITY, T2, fitted_method

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.mr.bodies import Bodies, VertebralBody
    from bonecohort.measures.mr.outcome import BodyOutcome
    from bonecohort.techniques.t2.settings import T2Settings

READER = "auto"
LEAST_SPREAD = 0.02
"""Of the median, taken for the spread of voxels where that is smaller."""
MOST_OUTLIERS = 0.15
LEAST_R_SQUARED = 0.98
USUAL_MS, POSSIBLE_MS = (30.0, 200.0), (10.0, 500.0)
TO_MS = {"ms": 1.0, "s": 1000.0, "us": 0.001}


def measure_echoes(
    echoes: Volume, echo_ms: FloatArray, bodies: Bodies, settings: T2Settings
) -> dict[str, BodyOutcome]:
    """Fit the mean signals of each body.

    Parameters
    ----------
    echoes
        Shape (ni, nj, nk, n).
    echo_ms
        Echo times in ms, rising, shape (n,).
    bodies
        Level → its body, or the reason why there is none.
    """
    used = echo_ms[settings.skip_first :]

    def measure(body: VertebralBody) -> MeasuredBody:
        voxels, told, flags = _voxels(echoes, body, settings)
        signals = voxels.mean(axis=0)
        fit = fit_decay(used, signals[settings.skip_first :])
        if fit.r_squared < LEAST_R_SQUARED:
            flags.append(f"not_monoexponential: R² {fit.r_squared:.3f} (limit {LEAST_R_SQUARED:g})")
        details = told | {
            "echo_times_ms": echo_ms.tolist(),
            "signals": signals.tolist(),
            "r_squared": fit.r_squared,
        }
        return _measured(body.level, fit.t2_ms, fitted_method(used.tolist()), details, flags)

    return {level: outcome_of(body, measure) for level, body in bodies.items()}


def measure_map(
    image: Volume, unit: str, bodies: Bodies, settings: T2Settings
) -> dict[str, BodyOutcome]:
    """Measure the mean of each body in a T2 map.

    Parameters
    ----------
    image
        Shape (ni, nj, nk).
    unit
        That its header declares; '' where it declares none, and ms are taken.

    Raises
    ------
    DataFault
        The unit is none of time.
    """
    if unit and unit not in TO_MS:
        expected = ", ".join(TO_MS)
        raise DataFault(
            f"The header of the T2 map declares the unit '{unit}'; {expected} is expected."
        )
    stack = Volume(image.array[..., None], image.affine_lps)

    def measure(body: VertebralBody) -> MeasuredBody:
        voxels, told, flags = _voxels(stack, body, settings)
        return _measured(body.level, float(voxels.mean()) * TO_MS[unit or "ms"], MAP, told, flags)

    return {level: outcome_of(body, measure) for level, body in bodies.items()}


def _voxels(
    stack: Volume, body: VertebralBody, settings: T2Settings
) -> tuple[FloatArray, dict[str, Any], list[str]]:
    """Return a body's voxels without outliers, shape (n, volumes), what they are, and flags.

    A voxel without a signal above 0 in every volume is dropped.

    Raises
    ------
    RegionFault
        Too few voxels are left.
    """
    one = Volume(stack.array[..., 0], stack.affine_lps)
    region = measured_region(one, body, settings.erosion_mm).array
    found = np.asarray(surroundings(stack, body).array[region], dtype=np.float64)
    found = found[np.all(np.isfinite(found) & (found > 0), axis=1)]
    LeastRegion(settings.min_voxels).check(len(found), voxel_cm3(stack))
    mean = found.mean(axis=1)
    near = near_median(mean, LEAST_SPREAD * float(np.median(mean)))
    left_out = float(1 - near.mean())
    flags = list(body.flags)
    inside = share_inside(stack, body)
    if inside < LEAST_INSIDE:
        flags.append(f"{PARTLY_OUTSIDE}: {100 * inside:.0f}% lie inside")
    if left_out > MOST_OUTLIERS:
        flags.append(f"outliers: {100 * left_out:.1f}% (limit {100 * MOST_OUTLIERS:g}%)")
    return found[near], {"n_voxels": int(near.sum()), "left_out": left_out}, flags


def _measured(
    level: str, t2_ms: float, method: str, details: Mapping[str, Any], flags: list[str]
) -> MeasuredBody:
    low, high = POSSIBLE_MS
    if not low <= t2_ms <= high:
        raise DataFault(
            f"The T2 is {t2_ms:.3g} ms; {low:g} to {high:g} ms is possible in marrow. Is the image "
            "one of T2 in ms, or are the echo times wrong?"
        )
    low, high = USUAL_MS
    if not low <= t2_ms <= high:
        flags.append(f"unusual_t2: {t2_ms:.0f} ms (limits {low:g} and {high:g})")
    row = Measurement(level, MODALITY, T2, t2_ms, "ms", method, READER)
    return MeasuredBody((row,), details, tuple(flags))
