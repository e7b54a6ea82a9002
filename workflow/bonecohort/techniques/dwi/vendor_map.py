"""The scale of a vendor's ADC map, and its proof by fluid and marrow.

Vendors store an ADC in mm²/s, 10⁻³ or 10⁻⁶ mm²/s. A map is taken at the one scale at which its
own tissues are possible: free water at 37 °C has about 3.0·10⁻³ mm²/s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.local_values import local_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import FloatArray

FACTORS: Mapping[str, float] = {
    "mm2/s": 1000.0, "10-3 mm2/s": 1.0, "10-6 mm2/s": 0.001, "10-5 mm2/s": 0.01,
}  # fmt: skip
"""What turns values in a unit into 10⁻³ mm²/s."""
UNITS: Mapping[str, str] = {
    "mm2/s": "mm2/s",
    "10*-3.mm2/s": "10-3 mm2/s", "10-3.mm2/s": "10-3 mm2/s", "10-3mm2/s": "10-3 mm2/s",
    "10*-6.mm2/s": "10-6 mm2/s", "10-6.mm2/s": "10-6 mm2/s", "10-6mm2/s": "10-6 mm2/s",
    "um2/s": "10-6 mm2/s", "um2/ms": "10-3 mm2/s",
    "mm2.s-1": "mm2/s", "um2.s-1": "10-6 mm2/s",
    "10*-3.mm2.s-1": "10-3 mm2/s", "10*-6.mm2.s-1": "10-6 mm2/s",
}  # fmt: skip
"""Codes of real world value mappings."""
FLUID = (2.0, 4.5)
"""ADC of the brightest tissue, cerebrospinal fluid."""
FLUID_QUANTILE = 0.997
MARROW = (0.1, 1.5)
LARGEST_CV = 0.35
"""Of the cube about a voxel of tissue; in air the ADC is noise."""
SCALE_UNPROVEN = "scale_unproven"


@dataclass(frozen=True)
class AdcMap:
    """A vendor's map in 10⁻³ mm²/s.

    Attributes
    ----------
    image
        In 10⁻³ mm²/s.
    unit
        In which the values were stored: a key of ``FACTORS``.
    flags
        ``scale_unproven`` where no fluid proves the unit that the header declares.
    """

    image: Volume
    unit: str
    flags: tuple[str, ...] = ()


def in_adc_unit(stored: Volume, declared: str, marrow: FloatArray) -> AdcMap:
    """Return a map in 10⁻³ mm²/s, in the unit that its header declares or its tissues prove.

    Parameters
    ----------
    stored
        The map.
    declared
        Code of the unit that a real world value mapping declares; '' without one.
    marrow
        Values of the map in all bodies, shape (n,).

    Raises
    ------
    DataFault
        The tissues are possible in none of the units.
    """
    fluid, middle = _fluid(stored), float(np.median(marrow)) if len(marrow) else float("nan")
    known = UNITS.get(declared)
    tried = [known] if known else list(FACTORS)
    possible = [unit for unit in tried if _is_possible(FACTORS[unit], fluid, middle)]
    flags: tuple[str, ...] = ()
    if known and not possible and _lacks_fluid(FACTORS[known], fluid, middle):
        possible, flags = [known], (SCALE_UNPROVEN,)
    if len(possible) != 1:
        raise DataFault(_impossible(tried, fluid, middle, known))
    return AdcMap(
        Volume(stored.array * FACTORS[possible[0]], stored.affine_lps), possible[0], flags
    )


def _fluid(stored: Volume) -> float:
    """Return the 99.7th percentile of the map's smoothed tissue; NaN where there is none."""
    local = local_values(stored, np.asarray(stored.array) > 0)
    smooth = local.mean[local.sd < LARGEST_CV * local.mean]
    return float(np.quantile(smooth, FLUID_QUANTILE)) if len(smooth) else float("nan")


def _is_possible(factor: float, fluid: float, marrow: float) -> bool:
    return _within(factor * fluid, FLUID) and _within(factor * marrow, MARROW)


def _lacks_fluid(factor: float, fluid: float, marrow: float) -> bool:
    """Return whether the field of view may hold no fluid, but is else as it should be."""
    return _within(factor * marrow, MARROW) and not factor * fluid > FLUID[1]


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _impossible(tried: list[str], fluid: float, marrow: float, declared: str | None) -> str:
    text = "; ".join(
        f"read in {unit}, its 99.7th percentile is {FACTORS[unit] * fluid:.3g} and its marrow "
        f"{FACTORS[unit] * marrow:.3g}"
        for unit in tried
    )
    origin = f"Its header declares {declared}." if declared else "Its header declares no unit."
    return (
        f"The values of the ADC map have no scale that is possible: {text} (in 10-3 mm2/s); fluid "
        f"has {FLUID[0]:g} to {FLUID[1]:g}, marrow {MARROW[0]:g} to {MARROW[1]:g}. {origin} Export "
        "the map again with its rescale slope and intercept."
    )
