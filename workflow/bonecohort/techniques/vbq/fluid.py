"""The signal of cerebrospinal fluid (CSF) that marrow is compared with: at L3, else L2, else L4."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.mr.bodies import VertebralBody
from bonecohort.techniques.vbq.regions import fluid_region

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.measures.mr.bodies import Bodies
    from bonecohort.techniques.vbq.regions import Slab
    from bonecohort.techniques.vbq.settings import VbqSettings

CSF_LEVELS = ("L3", "L2", "L4")
"""In the order of preference; levels are never averaged."""
CSF_LEVEL = "csf_level"
QUARTILES, IQR_OF_SD = (0.25, 0.75), 1.349
"""The SD by quartiles sees what fills a quarter of a region: roots. The MAD needs half of it."""


@dataclass(frozen=True)
class Fluid:
    """The signal of CSF at a level, its number of voxels, and their SD by quartiles over median."""

    level: str
    signal: float
    n_voxels: int
    cv: float

    def record(self) -> dict[str, Any]:
        """Return it in plain JSON types."""
        return asdict(self)

    @property
    def flags(self) -> tuple[str, ...]:
        """What is odd about it: another level than the usual."""
        return () if self.level == CSF_LEVELS[0] else (f"{CSF_LEVEL}: {self.level}",)


def measure_fluid(slab: Slab, canal: Volume, bodies: Bodies, settings: VbqSettings) -> Fluid:
    """Return the median signal of the fluid at the first level that is fit for it.

    Raises
    ------
    DataFault
        No level is, with the reason of each.
    """
    reasons = []
    for level in CSF_LEVELS:
        body = bodies.get(level, "it is no level of the study")
        if not isinstance(body, VertebralBody):
            reasons.append(f"{level}: no vertebral body")
            continue
        region = fluid_region(slab, canal, body, settings.csf_erosion_mm)
        values = np.asarray(slab.image.array[region], dtype=np.float64)
        fluid = _fluid(level, values[np.isfinite(values) & (values > 0)])
        if fluid is None or fluid.n_voxels < settings.min_csf_voxels:
            result = 0 if fluid is None else fluid.n_voxels
            reasons.append(
                f"{level}: {result} voxels with a signal, at least {settings.min_csf_voxels} needed"
            )
        elif fluid.cv > settings.max_csf_cv:
            reasons.append(
                f"{level}: the signal varies by {100 * fluid.cv:.0f}%, at most "
                f"{100 * settings.max_csf_cv:.0f}% expected"
            )
        else:
            return fluid
    raise DataFault(f"The CSF cannot be measured. {'; '.join(reasons)}.")


def _fluid(level: str, values: FloatArray) -> Fluid | None:
    if not len(values):
        return None
    median = float(np.median(values))
    low, high = np.quantile(values, QUARTILES)
    return Fluid(level, median, len(values), float(high - low) / IQR_OF_SD / median)
