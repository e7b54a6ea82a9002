"""Mass attenuation coefficients of tissues and minerals, from 15 to 200 keV.

Values of NIST's tables XCOM and ICRU-46 in cm²/g.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray

Material = Literal["adipose", "air", "blood", "bone", "muscle", "k2hpo4", "triglyceride", "water"]
ENERGY_KEV = (15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 150.0, 200.0)
MASS_ATTENUATION_CM2_G: dict[Material, tuple[float, ...]] = {
    "adipose": (
        1.083, 0.5677, 0.3063, 0.2396, 0.2123, 0.1974, 0.18, 0.1688, 0.15, 0.1368,
    ),
    "air": (
        1.614, 0.7779, 0.3538, 0.2485, 0.208, 0.1875, 0.1662, 0.1541, 0.1356, 0.1233,
    ),
    "blood": (
        1.744, 0.8428, 0.3852, 0.2715, 0.2278, 0.2057, 0.1827, 0.1695, 0.1492, 0.1358,
    ),
    "bone": (
        9.032, 4.001, 1.331, 0.6655, 0.4242, 0.3148, 0.2229, 0.1855, 0.148, 0.1309,
    ),
    "muscle": (
        1.693, 0.8205, 0.3783, 0.2685, 0.2262, 0.2048, 0.1823, 0.1693, 0.1492, 0.1358,
    ),
    "k2hpo4": (
        14.11, 6.18, 1.975, 0.9327, 0.5573, 0.389, 0.2508, 0.1972, 0.148, 0.1283,
    ),
    "triglyceride": (
        0.8731, 0.4811, 0.2815, 0.2293, 0.2072, 0.1945, 0.1789, 0.1683, 0.1499, 0.1369,
    ),
    "water": (
        1.673, 0.8096, 0.3756, 0.2683, 0.2269, 0.2059, 0.1837, 0.1707, 0.1505, 0.137,
    ),
}  # fmt: skip


def mass_attenuation(material: Material, energy_kev: FloatArray) -> FloatArray:
    """Return a material's coefficients in cm²/g at energies in keV, interpolated linearly."""
    result: FloatArray = np.interp(energy_kev, ENERGY_KEV, MASS_ATTENUATION_CM2_G[material])
    return result
