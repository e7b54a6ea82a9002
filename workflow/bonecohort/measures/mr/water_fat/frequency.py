"""At which frequency water is, as the header of an MR says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Mapping

POSSIBLE_MHZ = (6.0, 500.0)
"""Water at 0.15 to 11.7 T."""
MHZ_PER_T = 42.577


def water_mhz(sidecar: Mapping[str, Any]) -> float:
    """Return the frequency of water in MHz.

    Parameters
    ----------
    sidecar
        Of a converted image.

    Raises
    ------
    DataFault
        Neither the frequency nor the field strength is given, or water is at none such.
    """
    factors = {"ImagingFrequency": 1.0, "MagneticFieldStrength": MHZ_PER_T}
    told = [float(sidecar[key]) * factor for key, factor in factors.items() if key in sidecar]
    if not told:
        raise DataFault(
            "Neither (0018,0084) ImagingFrequency nor (0018,0087) MagneticFieldStrength is given; "
            "one of them is needed for the spectrum of fat."
        )
    frequency = told[0]
    least, most = POSSIBLE_MHZ
    if not least <= frequency <= most:
        raise DataFault(
            f"The frequency of water is {frequency:g} MHz by ImagingFrequency (MHz) or "
            f"MagneticFieldStrength (T); {least:g} to {most:g} MHz is possible."
        )
    return frequency
