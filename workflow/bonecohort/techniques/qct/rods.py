"""Calibration by the rods of a phantom that was scanned with the participant.

Rods whose solid is like water: density is regressed on HU. Rods of a Mindways phantom have a
water-equivalent density of their own. It is taken from HU first, and the difference between the
reference's and water's attenuation is put back (Mindways QCT PRO; the constants are those of the
certificate).
"""

from __future__ import annotations

from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.measures.calibration import Calibration, Equivalent
from bonecohort.techniques.qct.fitted import LARGEST_RESIDUAL, Fitted, check_fit
from bonecohort.techniques.qct.methods import MINDWAYS, RODS, method_of
from bonecohort.techniques.qct.settings import FEWEST_RODS, SHORTEST_RANGE
from bonecohort.techniques.qct.straight_line import fit_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.techniques.qct.fitted import Sample

SIGMA_WATER, BETA_WATER = 0.2174, 999.6
"""σ_CT = σ_ref − 0.2174 HU cm³/mg and β_CT = β_ref + 999.6 HU."""
DIFFERENT_RODS = 10.0
"""mg/cm³; of rods so far apart the denser one must have more HU."""
WATER_RANGE = (500.0, 1500.0)
"""mg/cm³; between these lie the water-equivalent densities of rods."""
NOISE_HU = 10.0
"""By so many HU a rod may lie below one of nearly the same density."""
SD_FACTOR, LEAST_SD_HU = 3.0, 1.0
"""A rod is uneven whose SD is above 3 times the median of all. Less than 1 HU counts as 1."""


def calibrate_by_rods(rods: Sequence[Sample], equivalent: Equivalent) -> Fitted:
    """Regress density on HU.

    Raises
    ------
    DataFault
        The rods are too few, too alike, uneven, out of order, or off the line.
    """
    densities, hu = [_density(rod) for rod in rods], [rod.hu for rod in rods]
    _check_rods(rods, hu)
    line = fit_line(hu, densities)
    calibration = Calibration(
        method_of(RODS, equivalent), equivalent, line.slope, line.intercept, r2=line.r2
    )
    residuals = [float(value) for value in line.residuals]
    return _fitted(calibration, rods, line.slope_se, residuals)


def calibrate_by_mindways(rods: Sequence[Sample]) -> Fitted:
    """Fit HU − ρ_water = σ_ref · ρ_K2HPO4 + β_ref; then ρ = (HU − β_CT) / σ_CT.

    Raises
    ------
    DataFault
        As of :func:`calibrate_by_rods`.
    """
    densities = [_density(rod) for rod in rods]
    _check_water(rods)
    without_water = [rod.hu - (rod.water or 0.0) for rod in rods]
    _check_rods(rods, without_water)
    line = fit_line(densities, without_water)
    sigma, beta = line.slope - SIGMA_WATER, line.intercept + BETA_WATER
    if sigma <= 0:
        raise DataFault(
            f"The Mindways rods give {line.slope:.3f} HU cm³/mg; more than {SIGMA_WATER:g} is "
            "expected."
        )
    calibration = Calibration(
        method_of(MINDWAYS, "K2HPO4"), "K2HPO4", 1 / sigma, -beta / sigma, r2=line.r2
    )
    # A residual in HU is one of so many mg/cm³ less: density is on the other axis.
    residuals = [-float(value) / line.slope for value in line.residuals]
    return _fitted(calibration, rods, line.slope_se / sigma**2, residuals)


def _fitted(
    calibration: Calibration, rods: Sequence[Sample], slope_se: float, residuals: list[float]
) -> Fitted:
    flags = check_fit(calibration, "rods")
    worst = max(residuals, key=abs)
    if abs(worst) > LARGEST_RESIDUAL:
        rod = rods[residuals.index(worst)].name
        flags = (*flags, f"rod_off_the_line: rod {rod} by {worst:+.1f} mg/cm³")
    details = {"slope_se": slope_se, "residuals": residuals}
    return Fitted(calibration, tuple(rods), flags, details)


def _density(rod: Sample) -> float:
    if rod.density is None:
        raise DataFault(f"Rod {rod.name} has no density.")
    return rod.density


def _check_rods(rods: Sequence[Sample], ordinate_hu: Sequence[float]) -> None:
    """Refuse rods that give no line; the ordinate is what rises with density."""
    if len(rods) < FEWEST_RODS:
        raise DataFault(f"The phantom has {len(rods)} rods; {FEWEST_RODS} or more are needed.")
    densities = [_density(rod) for rod in rods]
    span = max(densities) - min(densities)
    if span < SHORTEST_RANGE:
        raise DataFault(
            f"The densities of the rods span {span:.3g} mg/cm³; {SHORTEST_RANGE:g} or more are "
            "needed. Are they in g/cm³?"
        )
    if len(set(densities)) < FEWEST_RODS:
        raise DataFault(
            f"The rods have {len(set(densities))} different densities; {FEWEST_RODS} or more are "
            "needed: two always lie on a line."
        )
    _check_evenness(rods)
    _check_order(rods, ordinate_hu)


def _check_water(rods: Sequence[Sample]) -> None:
    least, most = WATER_RANGE
    for rod in rods:
        water = rod.water or 0.0
        if not least <= water <= most:
            raise DataFault(
                f"Rod {rod.name} has a water-equivalent density of {water:g}; {least:g} to "
                f"{most:g} mg/cm³ is expected, as on the phantom's certificate."
            )


def _check_order(rods: Sequence[Sample], ordinate_hu: Sequence[float]) -> None:
    by_density = sorted(zip(rods, ordinate_hu, strict=True), key=lambda pair: _density(pair[0]))
    for (lower, below), (upper, above) in combinations(by_density, 2):
        is_far = _density(upper) - _density(lower) >= DIFFERENT_RODS
        if above <= below if is_far else above < below - NOISE_HU:
            raise DataFault(
                f"Rod {upper.name} ({_density(upper):g} mg/cm³) has {upper.hu:.1f} HU, no more "
                f"than rod {lower.name} ({_density(lower):g} mg/cm³) with {lower.hu:.1f} HU: HU "
                "must rise with density. Were rods mixed up?"
            )


def _check_evenness(rods: Sequence[Sample]) -> None:
    known = [rod.sd_hu for rod in rods if rod.sd_hu is not None]
    if len(known) < FEWEST_RODS:
        return
    most = SD_FACTOR * max(median(known), LEAST_SD_HU)
    for rod in rods:
        if rod.sd_hu is not None and rod.sd_hu > most:
            raise DataFault(
                f"Rod {rod.name} is uneven: its SD is {rod.sd_hu:.1f} HU; at most {most:.1f} is "
                "expected, three times the median of the rods. Look for an air bubble, or a label "
                "that leaves the rod."
            )
