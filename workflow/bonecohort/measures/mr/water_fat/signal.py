"""What water and fat signal at each echo time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    ComplexArray = NDArray[np.complex128]
    FloatArray = NDArray[np.float64]

SHIFTS_PPM = (-3.80, -3.40, -2.60, -1.94, -0.39, 0.60)
"""Shift of each peak of fat to water (Hamilton 2011, doi:10.1002/nbm.1622)."""
AMPLITUDES = (0.087, 0.693, 0.128, 0.004, 0.039, 0.048)
"""Relative amplitude of each peak, likewise."""


@dataclass(frozen=True)
class Echoes:
    """When the echoes of a sequence are, and at which frequency.

    Attributes
    ----------
    times_s
        Echo times in s, ascending, shape (n,).
    f0_mhz
        Frequency of water in MHz.
    """

    times_s: FloatArray
    f0_mhz: float

    @property
    def period_hz(self) -> float:
        """Range of field shifts that echoes of equal spacing distinguish, in Hz."""
        return 1.0 / float(np.diff(self.times_s).min())

    @property
    def basis(self) -> ComplexArray:
        """Signal of a unit of water and of a unit of fat at each echo, shape (n, 2)."""
        shares = np.array(AMPLITUDES) / sum(AMPLITUDES)
        hz = np.array(SHIFTS_PPM) * self.f0_mhz
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
