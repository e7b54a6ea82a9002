"""What water and fat signal at each echo time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    ComplexArray = NDArray[np.complex128]
    FloatArray = NDArray[np.float64]

WATER_PPM = 4.70
"""Chemical shift of water at 37 °C."""


@dataclass(frozen=True)
class FatSpectrum:
    """The peaks of fat.

    Attributes
    ----------
    name
        Its name in the settings.
    words
        What it is, in words.
    shifts_ppm
        Shift of each peak to water.
    amplitudes
        Relative amplitude of each peak.
    """

    name: str
    words: str
    shifts_ppm: tuple[float, ...]
    amplitudes: tuple[float, ...]


def triglyceride_peaks(
    chain_length: float, double_bonds: float, interrupted: float
) -> dict[float, float]:
    """Return the ten peaks of a triglyceride: chemical shift in ppm → protons.

    The formulae are those of Hamilton 2011 (doi:10.1002/nbm.1622).

    Parameters
    ----------
    chain_length
        Carbon atoms of a fatty acid.
    double_bonds, interrupted
        Double bonds, and methylene-interrupted ones, of a molecule.
    """
    return {
        0.90: 9.0,
        1.30: 6 * (chain_length - 4) - 8 * double_bonds + 2 * interrupted,
        1.59: 6.0,
        2.03: 4 * (double_bonds - interrupted),
        2.25: 6.0,
        2.77: 2 * interrupted,
        4.10: 2.0,
        4.30: 2.0,
        5.21: 1.0,
        5.31: 2 * double_bonds,
    }


_MARROW_PEAKS = triglyceride_peaks(chain_length=17.4, double_bonds=2.95, interrupted=0.94)
LIVER = FatSpectrum(
    "liver",
    "six peaks, Hamilton 2011",
    (-3.80, -3.40, -2.60, -1.94, -0.39, 0.60),
    (0.087, 0.693, 0.128, 0.004, 0.039, 0.048),
)
"""Hamilton 2011 (doi:10.1002/nbm.1622)."""
MARROW = FatSpectrum(
    "marrow",
    "ten peaks of marrow, ndb 2.95, nmidb 0.94",
    tuple(ppm - WATER_PPM for ppm in _MARROW_PEAKS),
    tuple(_MARROW_PEAKS.values()),
)
"""Of vertebral marrow, the means of spectra of L5 at 3 T (Syväri 2020)."""
SPECTRA: Mapping[str, FatSpectrum] = {
    fat_spectrum.name: fat_spectrum for fat_spectrum in (LIVER, MARROW)
}


@dataclass(frozen=True)
class Echoes:
    """When the echoes of a sequence are, and at which frequency.

    Attributes
    ----------
    times_s
        Echo times in s, ascending, shape (n,).
    f0_mhz
        Frequency of water in MHz.
    spectrum
        The peaks of fat.
    """

    times_s: FloatArray
    f0_mhz: float
    spectrum: FatSpectrum = LIVER

    @property
    def period_hz(self) -> float:
        """Range of field shifts that echoes of equal spacing distinguish, in Hz."""
        return 1.0 / float(np.diff(self.times_s).min())

    @property
    def basis(self) -> ComplexArray:
        """Signal of a unit of water and of a unit of fat at each echo, shape (n, 2)."""
        shares = np.array(self.spectrum.amplitudes) / sum(self.spectrum.amplitudes)
        hz = np.array(self.spectrum.shifts_ppm) * self.f0_mhz
        fat = np.exp(2j * np.pi * np.outer(self.times_s, hz)) @ shares
        basis: ComplexArray = np.stack([np.ones_like(fat), fat], axis=1)
        return basis

    def turned(self, field_hz: FloatArray) -> ComplexArray:
        """Return what shifts of the field do to a signal, shape (…, n).

        Parameters
        ----------
        field_hz
            Shape (…,).
        """
        turned: ComplexArray = np.exp(2j * np.pi * np.multiply.outer(field_hz, self.times_s))
        return turned
