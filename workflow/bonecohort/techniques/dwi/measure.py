"""Measure the diffusion of vertebral bodies: signals by b value in, rows or a reason a level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import VertebralBody
from bonecohort.measures.mr.outcome import MeasuredBody, outcome_of, with_flags
from bonecohort.measures.mr.placement import placement_flags
from bonecohort.measures.mr.region import region_mask
from bonecohort.measures.mr.values import RegionFault
from bonecohort.techniques.dwi.adc import TO_SHOWN, adc_map, fit_adc
from bonecohort.techniques.dwi.ivim import fit_ivim, suits_ivim
from bonecohort.techniques.dwi.kurtosis import fit_kurtosis, suits_kurtosis
from bonecohort.techniques.dwi.noise import SNR_UNKNOWN, image_noise, region_noise
from bonecohort.techniques.dwi.region import region_signals
from bonecohort.techniques.dwi.rows import adc_rows, ivim_rows, kurtosis_rows
from bonecohort.techniques.dwi.signals import from_b_min
from bonecohort.techniques.dwi.vendor_map import MARROW, in_adc_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.measurement import Measurement
    from bonecohort.measures.mr.bodies import Bodies
    from bonecohort.measures.mr.outcome import BodyOutcome
    from bonecohort.techniques.dwi.noise import Noise
    from bonecohort.techniques.dwi.region import RegionSignals
    from bonecohort.techniques.dwi.settings import DwiSettings
    from bonecohort.techniques.dwi.signals import BSignals

LEAST_R_SQUARED, SNR_FOR_R_SQUARED = 0.95, 10.0


@dataclass(frozen=True)
class Diffusion:
    """The ADC map of one source, 10⁻³ mm²/s, and an outcome a level."""

    adc: Volume
    outcomes: Mapping[str, BodyOutcome]

    def flagged(self, flags: tuple[str, ...]) -> Diffusion:
        """Return the same with flags on every level."""
        return Diffusion(self.adc, with_flags(self.outcomes, flags))


def measure_signals(signals: BSignals, bodies: Bodies, settings: DwiSettings) -> Diffusion:
    """Measure ADC, and IVIM and kurtosis where the b values suffice.

    Parameters
    ----------
    signals
        The stack, one volume a b value.
    bodies
        Level → its body, or the reason why there is none.

    Raises
    ------
    DataFault
        Fewer than two b values reach ``b_min``.
    """
    fitted = from_b_min(signals, settings.b_min)
    volumes = [fitted.volume(at).array for at in range(len(fitted.b_values))]
    adc = Volume(TO_SHOWN * adc_map(fitted.b_values, volumes), fitted.images.affine_lps)
    noise = image_noise(signals, region_mask(adc, bodies, settings.erosion_mm))
    images = _Images(signals, fitted, adc, noise)
    outcomes = {
        level: outcome_of(body, lambda body: _measure(images, body, settings))
        for level, body in bodies.items()
    }
    flags = (*signals.flags, *placement_flags(signals.volume(0), _found(bodies)))
    return Diffusion(adc, outcomes).flagged(flags)


def measure_map(
    stored: Volume, unit: str, b_values: FloatArray, bodies: Bodies, settings: DwiSettings
) -> Diffusion:
    """Measure a vendor's ADC map.

    Parameters
    ----------
    stored
        The map in whatever unit.
    unit
        Code of the unit that a real world value mapping declares; '' without one.
    b_values
        That it was computed from, s/mm²; empty where they are not known.

    Raises
    ------
    DataFault
        No unit is possible.
    """
    inside = region_mask(stored, bodies, settings.erosion_mm)
    values = np.asarray(stored.array[inside], dtype=np.float64)
    scaled = in_adc_unit(stored, unit, values[np.isfinite(values) & (values != 0)])

    def measure(body: VertebralBody) -> MeasuredBody:
        region = region_signals(scaled.image, None, body, settings)
        value = float(region.adc.mean())
        rows = adc_rows(
            body.level, value, float(np.median(region.adc)), None, b_values, is_map=True
        )
        details = _details(region) | {"stored_in": scaled.unit}
        return MeasuredBody(rows, details, (*region.flags, *_unusual(value), SNR_UNKNOWN))

    flags = (*scaled.flags, *placement_flags(scaled.image, _found(bodies)))
    outcomes = {level: outcome_of(body, measure) for level, body in bodies.items()}
    return Diffusion(scaled.image, outcomes).flagged(flags)


@dataclass(frozen=True)
class _Images:
    """The stack, its part that the ADC is fitted to, the ADC map, and the noise."""

    signals: BSignals
    fitted: BSignals
    adc: Volume
    noise: Noise | None


def _measure(images: _Images, body: VertebralBody, settings: DwiSettings) -> MeasuredBody:
    signals, fitted = images.signals, images.fitted
    region = region_signals(images.adc, signals.images, body, settings)
    highest = region.signals[:, -1]
    noise = images.noise or region_noise(highest)
    snr = float(np.median(highest)) / noise.sd if noise else None
    b_highest = float(signals.b_values[-1])
    snr_flags = _snr_flags(snr, noise, b_highest, settings)
    means = region.signals.mean(axis=0)
    is_fitted = np.isin(signals.b_values, fitted.b_values)
    fit = fit_adc(fitted.b_values, means[is_fitted])
    if fit.d_mm2_s <= 0:
        raise DataFault(
            "The signal does not fall as b rises: its ADC would be "
            f"{TO_SHOWN * fit.d_mm2_s + 0.0:.3g}e-3 mm2/s. Do the b values belong to the volumes?"
        )
    value = TO_SHOWN * fit.d_mm2_s
    rows = adc_rows(body.level, value, float(np.median(region.adc)), snr, fitted.b_values)
    more, model_flags = _models(body.level, signals.b_values, means)
    details = _details(region) | {
        "b_values_s_mm2": signals.b_values.tolist(),
        "signals": means.tolist(),
        "r_squared": fit.r_squared,
        "snr_bmax": snr,
        "noise_sd": noise.sd if noise else None,
        "noise_from": noise.origin if noise else "",
    }
    if snr is not None and snr > SNR_FOR_R_SQUARED and fit.r_squared < LEAST_R_SQUARED:
        model_flags.append(
            f"not_monoexponential: R² {fit.r_squared:.3f} (limit {LEAST_R_SQUARED:g})"
        )
    flags = (*region.flags, *snr_flags, *model_flags, *_unusual(value))
    return MeasuredBody((*rows, *more), details, flags)


def _snr_flags(
    snr: float | None, noise: Noise | None, b_value: float, settings: DwiSettings
) -> list[str]:
    """Return what the noise has to say.

    Raises
    ------
    RegionFault
        The signal is lost in it.
    """
    if snr is None or noise is None:
        return [SNR_UNKNOWN]
    if snr < settings.min_snr:
        raise RegionFault(
            f"The signal-to-noise ratio (SNR) at b {b_value:g} s/mm² is {snr:.1f}, of noise from "
            f"the {noise.origin}; at least {settings.min_snr:g} is needed: noise would lower the "
            "ADC.",
            "noise_floor",
        )
    flags = []
    if snr < settings.snr_flag:
        flags.append(f"noise_floor: {snr:.1f} at b {b_value:g} (limit {settings.snr_flag:g})")
    if noise.origin == "background":
        flags.append("noise_estimate")
    return flags


def _models(
    level: str, b_values: FloatArray, means: FloatArray
) -> tuple[list[Measurement], list[str]]:
    """Return the rows of IVIM and kurtosis where the b values suffice, and flags."""
    rows: list[Measurement] = []
    flags: list[str] = []
    if suits_ivim(b_values):
        try:
            ivim = fit_ivim(b_values, means)
        except DataFault as fault:
            flags.append(f"no_ivim: {fault.reason}")
        else:
            rows += ivim_rows(level, ivim, b_values)
            flags += [f"no_dstar: {ivim.reason}"] if ivim.reason else []
    if suits_kurtosis(b_values):
        try:
            kurtosis = fit_kurtosis(b_values, means)
        except DataFault as fault:
            flags.append(f"no_kurtosis: {fault.reason}")
        else:
            rows += kurtosis_rows(level, kurtosis)
            left = kurtosis.n_left_out
            flags += [f"high_b_left_out: {left}"] if left else []
    return rows, flags


def _unusual(adc: float) -> tuple[str, ...]:
    least, most = MARROW
    if least <= adc <= most:
        return ()
    return (f"unusual_adc: {adc:.2f}e-3 mm2/s (limits {least:g} and {most:g})",)


def _details(region: RegionSignals) -> dict[str, Any]:
    mean = float(region.adc.mean())
    return {
        "n_voxels": len(region.adc),
        "volume_cm3": region.volume_cm3,
        "left_out": region.left_out,
        "inside_image": region.inside_image,
        "cv": float(region.adc.std(ddof=1)) / mean if mean and len(region.adc) > 1 else None,
    }


def _found(bodies: Bodies) -> list[VertebralBody]:
    return [body for body in bodies.values() if isinstance(body, VertebralBody)]
