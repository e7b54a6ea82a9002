"""Measure T2 and T2* of vertebral bodies: echoes or a map in, a row or a reason out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.measurement import Measurement
from bonecohort.measures.mr.air_noise import air_noise
from bonecohort.measures.mr.outcome import MeasuredBody, outcome_of, with_flags
from bonecohort.measures.mr.placement import placement_flags
from bonecohort.measures.mr.region import region_mask
from bonecohort.techniques.t2.decay import fit_decay
from bonecohort.techniques.t2.in_phase import check_in_phase, in_phase
from bonecohort.techniques.t2.methods import (
    IN_PHASE,
    MAP,
    MODALITY,
    OF_GRADIENT_ECHO,
    OF_SPIN_ECHO,
    fitted_method,
)
from bonecohort.techniques.t2.region import region_voxels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.mr.bodies import Bodies, VertebralBody
    from bonecohort.measures.mr.outcome import BodyOutcome
    from bonecohort.techniques.t2.methods import Quantity
    from bonecohort.techniques.t2.settings import T2Settings

READER = "auto"
LEAST_ECHOES = 4
"""Of a spin echo, that are fitted."""
LEAST_R_SQUARED = 0.98
LEAST_SNR = 3.0
"""Below it, at the last fitted echo, the fit depends on the noise that air shows."""
TO_MS = {"ms": 1.0, "s": 1000.0, "us": 0.001}


@dataclass(frozen=True)
class _Echoes:
    """A stack, shape (ni, nj, nk, n), its echo times in ms, and which echoes are fitted."""

    stack: Volume
    times_ms: FloatArray
    is_used: NDArray[np.bool_]


def measure_echoes(
    echoes: Volume, echo_ms: FloatArray, bodies: Bodies, settings: T2Settings
) -> dict[str, BodyOutcome]:
    """Fit T2 to the mean signals of each body.

    Parameters
    ----------
    echoes
        Of a spin echo, shape (ni, nj, nk, n).
    echo_ms
        Echo times in ms, rising, shape (n,).
    bodies
        Level → its body, or the reason why there is none.

    Raises
    ------
    DataFault
        Too few echoes are left to fit.
    """
    is_used = np.arange(len(echo_ms)) >= settings.skip_first
    used = echo_ms[is_used]
    if len(used) < LEAST_ECHOES:
        raise DataFault(
            f"{len(used)} echoes are left to fit; at least {LEAST_ECHOES} are needed beside the "
            "echoes left out (t2.skip_first)."
        )
    method = fitted_method(used.tolist())
    fitted = _Echoes(echoes, echo_ms, is_used)
    return _fitted(fitted, bodies, settings, OF_SPIN_ECHO, method)


def measure_in_phase(
    echoes: Volume, echo_ms: FloatArray, water_mhz: float, bodies: Bodies, settings: T2Settings
) -> dict[str, BodyOutcome]:
    """Fit T2* to the mean signals of each body at the echoes where water and fat are in phase.

    Parameters
    ----------
    echoes
        Magnitudes of a gradient echo, shape (ni, nj, nk, n).
    echo_ms
        Echo times in ms, rising, shape (n,).
    water_mhz
        Frequency of water.
    bodies
        Level → its body, or the reason why there is none.

    Raises
    ------
    DataFault
        Too few echoes are in phase.
    """
    is_used = in_phase(echo_ms, water_mhz)
    check_in_phase(echo_ms, is_used, water_mhz)
    fitted = _Echoes(echoes, echo_ms, is_used)
    return _fitted(fitted, bodies, settings, OF_GRADIENT_ECHO, IN_PHASE)


def _fitted(
    echoes: _Echoes, bodies: Bodies, settings: T2Settings, quantity: Quantity, method: str
) -> dict[str, BodyOutcome]:
    """Fit one exponential to the mean signals of each body."""
    stack, times_ms, is_used = echoes.stack, echoes.times_ms, echoes.is_used
    first = Volume(stack.array[..., 0], stack.affine_lps)
    inside = region_mask(first, bodies, settings.erosion_mm)
    noise_sd = air_noise(first.array, stack.array[..., -1], inside) or 0.0

    def measure(body: VertebralBody) -> MeasuredBody:
        voxels, told, flags = region_voxels(stack, body, settings)
        signals = voxels.mean(axis=0)
        used = signals[is_used]
        fit = fit_decay(times_ms[is_used], used, noise_sd, quantity.called)
        row = _row(body.level, fit.time_ms, quantity, method)
        if fit.r_squared < LEAST_R_SQUARED:
            flags.append(f"not_monoexponential: R² {fit.r_squared:.3f} (limit {LEAST_R_SQUARED:g})")
        if used[-1] < LEAST_SNR * noise_sd:
            snr = used[-1] / noise_sd
            flags.append(f"noise_floor: signal / noise {snr:.1f} (limit {LEAST_SNR:g})")
        details = told | {
            "echo_times_ms": times_ms.tolist(),
            "echoes_fitted": is_used.tolist(),
            "signals": signals.tolist(),
            "noise_sd": noise_sd or None,
            "r_squared": fit.r_squared,
        }
        return MeasuredBody((row,), details, (*flags, *_unusual(fit.time_ms, quantity)))

    result = {level: outcome_of(body, measure) for level, body in bodies.items()}
    return with_flags(result, _placement(first, bodies))


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
        voxels, told, flags = region_voxels(stack, body, settings)
        t2_ms = float(voxels.mean()) * TO_MS[unit or "ms"]
        row = _row(body.level, t2_ms, OF_SPIN_ECHO, MAP)
        return MeasuredBody((row,), told, (*flags, *_unusual(t2_ms, OF_SPIN_ECHO)))

    result = {level: outcome_of(body, measure) for level, body in bodies.items()}
    return with_flags(result, _placement(image, bodies))


def _placement(image: Volume, bodies: Bodies) -> tuple[str, ...]:
    """Return a flag where the labels fit an image better elsewhere."""
    return placement_flags(image, [one for one in bodies.values() if not isinstance(one, str)])


def _row(level: str, time_ms: float, quantity: Quantity, method: str) -> Measurement:
    """Return the row of a relaxation time.

    Raises
    ------
    DataFault
        No marrow has it.
    """
    low, high = quantity.possible_ms
    if not low <= time_ms <= high:
        called = quantity.called
        raise DataFault(
            f"The {called} is {time_ms:.3g} ms; {low:g} to {high:g} ms is possible in marrow. Is "
            f"the image one of {called} in ms, or are the echo times wrong?"
        )
    return Measurement(level, MODALITY, quantity.measure, time_ms, "ms", method, READER)


def _unusual(time_ms: float, quantity: Quantity) -> list[str]:
    low, high = quantity.usual_ms
    if low <= time_ms <= high:
        return []
    return [f"unusual_{quantity.measure}: {time_ms:.3g} ms (limits {low:g} and {high:g} ms)"]
