"""Standardized BMD: what a BMD of one maker's densitometer would be on a common scale."""

from __future__ import annotations

from bonecohort.techniques.dxa.names import (
    HIP,
    HOLOGIC,
    LUNAR,
    NECK,
    NORLAND,
    SPINE,
    SPINE_FROM_L2,
    TROCHANTER,
)

HUI1997, LU2001 = "dxa.sbmd.hui1997", "dxa.sbmd.lu2001"
METHODS = {SPINE: HUI1997, SPINE_FROM_L2: HUI1997, HIP: HUI1997, NECK: LU2001, TROCHANTER: LU2001}
"""The work of each site's formula."""
SPINE_TERMS = {HOLOGIC: (1.0550, 0.972), LUNAR: (0.9683, 1.100), NORLAND: (0.9743, 0.969)}
"""Slope, and mean BMD in g/cm² of the women that the formula was made on."""
SPINE_MEAN = 1.0436
TERMS = {
    HIP: {HOLOGIC: (0.006, 1.008), LUNAR: (-0.031, 0.979), NORLAND: (0.026, 1.012)},
    NECK: {HOLOGIC: (0.019, 1.087), LUNAR: (-0.023, 0.939), NORLAND: (0.006, 0.985)},
    TROCHANTER: {HOLOGIC: (-0.017, 1.105), LUNAR: (-0.042, 0.949), NORLAND: (0.057, 0.961)},
}
"""Intercept in g/cm² and slope."""
MG_PER_G = 1000.0


def standardized_bmd(site: str, maker: str, bmd_g_cm2: float) -> float | None:
    """Return sBMD in mg/cm²; None of a site or maker without a formula.

    Spine and total hip: Hui et al. 1997. Femoral neck and trochanter: Lu et al. 2001. The formula
    of the spine was made for L2-L4.
    """
    if site in (SPINE, SPINE_FROM_L2) and maker in SPINE_TERMS:
        slope, mean = SPINE_TERMS[maker]
        return MG_PER_G * (slope * (bmd_g_cm2 - mean) + SPINE_MEAN)
    if maker in TERMS.get(site, {}):
        intercept, slope = TERMS[site][maker]
        return MG_PER_G * (intercept + slope * bmd_g_cm2)
    return None
