"""The fat fraction and R2* of vertebral bodies by the magnitudes of echoes: a fit a body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.region import measured_region, surroundings
from bonecohort.measures.mr.values import near_median, voxel_cm3
from bonecohort.measures.mr.water_fat.magnitude import fit_magnitudes, region_magnitudes
from bonecohort.techniques.fat_fraction.measure import LEAST_REGION, compared
from bonecohort.techniques.fat_fraction.outcome import (
    FittedValue,
    MeasuredBody,
    outcome_of,
    outlier_flags,
    unusual_flags,
)
from bonecohort.techniques.fat_fraction.relaxation import check_marrow
from bonecohort.techniques.fat_fraction.residuals import residual_flags
from bonecohort.techniques.fat_fraction.tissues import disc_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.mr.bodies import Bodies, VertebralBody
    from bonecohort.measures.mr.water_fat.magnitude import MagnitudeFit
    from bonecohort.measures.mr.water_fat.signal import Echoes
    from bonecohort.techniques.fat_fraction.outcome import BodyOutcome
    from bonecohort.techniques.fat_fraction.settings import MrFatSettings

LEAST_SPREAD = 0.02
"""Share of the median signal within which no voxel is an outlier."""
AMBIGUOUS = "ambiguous: {percent:.1f}% (residuals {residual:.2%} and {other:.2%})"


@dataclass(frozen=True)
class MagnitudeEchoes:
    """Magnitudes of echoes of one grid.

    Attributes
    ----------
    stack
        By echo time, shape (ni, nj, nk, n).
    noise_power
        Mean square of the magnitudes of noise; 0 where it is not known.
    """

    stack: Volume
    echoes: Echoes
    noise_power: float

    @cached_property
    def strength(self) -> Volume:
        """Root of the mean square of each voxel's echoes."""
        square = np.mean(np.square(self.stack.array, dtype=np.float32), axis=-1)
        return Volume(np.sqrt(square), self.stack.affine_lps)

    def fit(self, voxels: FloatArray) -> MagnitudeFit:
        """Fit the echoes of voxels together, shape (voxels, n)."""
        return fit_magnitudes(region_magnitudes(voxels, self.noise_power), self.echoes)


@dataclass(frozen=True)
class FittedBody:
    """One body's fit, and the voxels that it is of."""

    body: VertebralBody
    fit: MagnitudeFit
    n_voxels: int
    volume_cm3: float
    left_out: float

    def outcome(self, value: float, flags: list[str], settings: MrFatSettings) -> MeasuredBody:
        """Return one of the values that were fitted, as an outcome."""
        fitted = FittedValue(value, self.n_voxels, self.volume_cm3, self.left_out)
        shared = (*self.body.flags, *outlier_flags(self.left_out, settings))
        return MeasuredBody(self.body.level, fitted, (*shared, *flags))


def fitted_fat_fractions(
    signals: MagnitudeEchoes,
    bodies: Bodies,
    places: Mapping[str, FloatArray],
    settings: MrFatSettings,
) -> dict[str, BodyOutcome]:
    """Measure the fat fraction of every level, in %.

    Parameters
    ----------
    places
        Level → places in the discs beside its body, LPS mm, shape (n, 3).

    Raises
    ------
    PlacementFault
        The labels do not lie on the vertebrae.
    """

    def measure(body: VertebralBody) -> MeasuredBody:
        result = fitted_body(signals, body, settings)
        fit = result.fit
        flags = [*residual_flags(fit.residual), *unusual_flags(fit.percent)]
        if fit.is_ambiguous:
            flags.append(
                AMBIGUOUS.format(
                    percent=fit.other_percent, residual=fit.residual, other=fit.other_residual
                )
            )
        return result.outcome(fit.percent, flags, settings)

    outcomes = {level: outcome_of(level, body, measure) for level, body in bodies.items()}
    return compared(outcomes, disc_value(disc_fat_fractions(signals, places)))


def fitted_r2star(
    signals: MagnitudeEchoes, bodies: Bodies, settings: MrFatSettings
) -> dict[str, BodyOutcome]:
    """Measure the R2* of every level, in 1/s."""

    def measure(body: VertebralBody) -> MeasuredBody:
        result = fitted_body(signals, body, settings)
        check_marrow(result.fit.r2star)
        return result.outcome(result.fit.r2star, [], settings)

    return {level: outcome_of(level, body, measure) for level, body in bodies.items()}


def fitted_body(
    signals: MagnitudeEchoes, body: VertebralBody, settings: MrFatSettings
) -> FittedBody:
    """Fit the echoes of a body's inside.

    Raises
    ------
    DataFault
        The inside is too small, or has no signal.
    """
    strength = surroundings(signals.strength, body)
    inside = measured_region(signals.strength, body, settings.erosion_mm).array
    values = np.asarray(strength.array[inside], dtype=np.float64)
    LEAST_REGION.check(len(values), voxel_cm3(strength))
    kept = near_median(values, LEAST_SPREAD * float(np.median(values)))
    voxels = surroundings(signals.stack, body).array[inside][kept]
    count = len(voxels)
    return FittedBody(
        body,
        signals.fit(voxels),
        n_voxels=count,
        volume_cm3=count * voxel_cm3(strength),
        left_out=1 - count / len(values),
    )


def disc_fat_fractions(
    signals: MagnitudeEchoes, places: Mapping[str, FloatArray]
) -> dict[str, float]:
    """Return, by level, the fat fraction in % of the discs beside its body.

    A level whose discs lie outside the image, or have no signal, has none.
    """
    result = {}
    for level, points in places.items():
        index = np.moveaxis(signals.stack.to_index(points), -1, 0)
        read = np.stack(
            [
                ndimage.map_coordinates(
                    echo, index, output=np.float64, order=0, mode="constant", cval=np.nan
                )
                for echo in np.moveaxis(signals.stack.array, -1, 0)
            ],
            axis=-1,
        )
        voxels = read[np.isfinite(read).all(axis=-1)]
        if not len(voxels):
            continue
        try:
            result[level] = signals.fit(voxels).percent
        except DataFault:
            continue
    return result
