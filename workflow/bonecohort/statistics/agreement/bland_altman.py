"""Bland–Altman agreement of two readers (Bland & Altman, Stat Methods Med Res 1999;8:135)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bonecohort.statistics.agreement.estimate import TAIL, Estimate
from bonecohort.statistics.values import is_constant

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIMITS_OF_AGREEMENT = float(stats.norm.isf(TAIL))
"""Standard deviations from the mean difference: 1.96, which hold 95% of normal differences."""
SAME_DIFFERENCE = "every difference is the same, so there is no interval"


def bland_altman(first: NDArray[np.float64], second: NDArray[np.float64]) -> dict[str, Estimate]:
    """Return mean difference, SD, 95% limits of agreement and smallest detectable difference.

    Differences are first − second, at least two. The interval of a limit is their approximation,
    variance s² (1/n + 1.96² / (2 (n − 1))), with Student's t of n − 1 degrees of freedom. The
    smallest detectable difference between two readers, 1.96 s, leaves their bias out
    (Bruynesteyn et al., Ann Rheum Dis 2005;64:179).
    """
    differences = first - second
    n, mean = len(differences), float(differences.mean())
    if is_constant(differences) or _is_dust(differences, first):
        zero, same = (Estimate(value, warning=SAME_DIFFERENCE) for value in (0.0, mean))
        return {
            "mean_difference": same,
            "sd_difference": zero,
            "limit_low": same,
            "limit_high": same,
            "smallest_detectable_difference": zero,
        }
    sd = float(differences.std(ddof=1))
    t = float(stats.t.isf(TAIL, n - 1))
    z = LIMITS_OF_AGREEMENT
    of_limit = sd * t * float(np.sqrt(1 / n + z**2 / (2 * (n - 1))))
    low, high = (sd * float(np.sqrt((n - 1) / stats.chi2.isf(p, n - 1))) for p in (TAIL, 1 - TAIL))
    return {
        "mean_difference": _around(mean, sd * t / n**0.5),
        "sd_difference": Estimate(sd, low, high),
        "limit_low": _around(mean - z * sd, of_limit),
        "limit_high": _around(mean + z * sd, of_limit),
        "smallest_detectable_difference": Estimate(z * sd, z * low, z * high),
    }


def _around(value: float, half_width: float) -> Estimate:
    return Estimate(value, value - half_width, value + half_width)


def _is_dust(differences: NDArray[np.float64], readings: NDArray[np.float64]) -> bool:
    """Return whether differences vary by no more than rounding of the readings."""
    return bool(np.ptp(differences) <= 1e-12 * np.abs(readings).max())
