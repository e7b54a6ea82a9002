"""From Hounsfield units to bone mineral density: the calibration of one scan."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

Equivalent = Literal["HA", "K2HPO4"]
"""The mineral of the density: hydroxyapatite, or dipotassium phosphate."""


@dataclass(frozen=True)
class Calibration:
    """Bone mineral density by HU: ``intercept + slope · HU + curvature · HU²``.

    Attributes
    ----------
    method
        How it was obtained, as in the column ``method`` of measurements.csv: ``qct.rods.k2hpo4``.
    equivalent
        The mineral. Densities of different minerals are never compared.
    slope
        mg/cm³/HU, at 0 HU.
    intercept
        mg/cm³, at 0 HU.
    curvature
        mg/cm³/HU²; 0 for a line.
    r2
        Of the fit that gave it; None where nothing was fitted in the study.
    """

    method: str
    equivalent: Equivalent
    slope: float
    intercept: float
    curvature: float = 0.0
    r2: float | None = None

    @property
    def is_linear(self) -> bool:
        """Whether density is linear in HU, so that means of voxels and of regions agree."""
        return self.curvature == 0

    def density(self, hu: ArrayLike) -> FloatArray:
        """Return the density in mg/cm³ of values in HU, in their shape."""
        values = np.asarray(hu, dtype=np.float64)
        result: FloatArray = self.intercept + values * (self.slope + values * self.curvature)
        return result

    def corrected(self, slope: float, intercept: float, suffix: str) -> Calibration:
        """Return it followed by ``slope · density + intercept``, its method with a suffix."""
        return replace(
            self,
            method=f"{self.method}.{suffix}",
            slope=slope * self.slope,
            intercept=slope * self.intercept + intercept,
            curvature=slope * self.curvature,
        )

    def for_scaled_hu(self, factor: float, suffix: str) -> Calibration:
        """Return it for HU that are multiplied by a factor first, its method with a suffix."""
        return replace(
            self,
            method=f"{self.method}.{suffix}",
            slope=factor * self.slope,
            curvature=factor**2 * self.curvature,
        )

    def record(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Calibration:
        """Return the calibration that :meth:`record` wrote; other keys are ignored."""
        return cls(**{field_.name: record[field_.name] for field_ in fields(cls)})
