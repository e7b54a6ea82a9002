"""A calibration that was fitted to a scan: the line, and what it was fitted to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.techniques.qct.settings import SLOPE_RANGE

if TYPE_CHECKING:
    from bonecohort.measures.calibration import Calibration

LOWEST_R2 = 0.98
DOUBTFUL_R2 = 0.995
LARGEST_RESIDUAL = 5.0
"""mg/cm³; a rod that is further off is flagged."""
SLOPE_OVER_HU = (0.0, 200.0)
"""Over these HU, of trabecular bone, the slope of a curve is taken."""
MOST_AT_WATER = 100.0
"""mg/cm³; no calibration gives water, of 0 HU, a density farther from 0."""


@dataclass(frozen=True)
class Sample:
    """What a calibration was fitted to: a rod, or a sample of a tissue.

    Attributes
    ----------
    name
        As the table or the settings call it.
    hu
        Mean HU.
    sd_hu, n_voxels
        SD and number of the voxels; None where they are not known.
    density
        Of a rod, mg/cm³ of its mineral; None of a tissue.
    water
        Of a rod of a Mindways phantom, water-equivalent density in mg/cm³; None of others.
    """

    name: str
    hu: float
    sd_hu: float | None = None
    n_voxels: int | None = None
    density: float | None = None
    water: float | None = None

    def record(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class Fitted:
    """A calibration, what it was fitted to, and what there is to say of it.

    Attributes
    ----------
    calibration
        From HU to mg/cm³.
    samples
        Rods or tissues; none of an equation from elsewhere.
    flags
        Of the scan.
    details
        What else the record holds: the standard error of the slope, the residuals, the energy.
    """

    calibration: Calibration
    samples: tuple[Sample, ...] = ()
    flags: tuple[str, ...] = ()
    details: dict[str, Any] | None = None


def check_fit(calibration: Calibration, called: str) -> tuple[str, ...]:
    """Return the flags of a fit.

    Parameters
    ----------
    calibration
        Fitted to a scan.
    called
        What it was fitted to: "rods".

    Raises
    ------
    DataFault
        R² is below 0.98, or the slope or the density at 0 HU is not one of a CT.
    """
    r2 = calibration.r2 or 0.0
    if r2 < LOWEST_R2:
        raise DataFault(
            f"The {called} do not lie on a line: R² is {r2:.4f}; {LOWEST_R2:g} or more is expected."
        )
    low_hu, high_hu = SLOPE_OVER_HU
    low, high = calibration.density([low_hu, high_hu])
    slope, (least, most) = float(high - low) / (high_hu - low_hu), SLOPE_RANGE
    if not least <= slope <= most:
        raise DataFault(
            f"The slope by the {called} is {slope:.3f} mg/cm³/HU; {least:g} to {most:g} is "
            "expected. Are their densities in mg/cm³, and their values HU?"
        )
    at_water = float(calibration.density([0.0])[0])
    if abs(at_water) > MOST_AT_WATER:
        raise DataFault(
            f"By the {called} water (0 HU) has {at_water:.0f} mg/cm³; {-MOST_AT_WATER:g} to "
            f"{MOST_AT_WATER:g} is expected. Are their values HU, without an offset such as 1024?"
        )
    return (f"low_r2: {r2:.4f}",) if r2 < DOUBTFUL_R2 else ()
