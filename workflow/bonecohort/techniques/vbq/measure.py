"""Bone quality scores of regions that a label map places: an image in, rows or reasons out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.measurement import Measurement
from bonecohort.measures.mr.bodies import VertebralBody
from bonecohort.measures.mr.outcome import MeasuredBody, outcome_of
from bonecohort.measures.mr.placement import (
    LEAST_INSIDE,
    PARTLY_OUTSIDE,
    placement_flags,
    share_inside,
)
from bonecohort.measures.mr.values import LeastRegion, near_median, voxel_cm3
from bonecohort.techniques.vbq.fluid import measure_fluid
from bonecohort.techniques.vbq.methods import (
    EBQ,
    EBQ_MARROW,
    METHOD_OF,
    MODALITY,
    NUMBER,
    VBQ_LEVEL,
)
from bonecohort.techniques.vbq.regions import band_regions, marrow_region, mid_sagittal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.measures.mr.bodies import Bodies
    from bonecohort.measures.mr.outcome import Outcomes
    from bonecohort.techniques.vbq.band import Side
    from bonecohort.techniques.vbq.fluid import Fluid
    from bonecohort.techniques.vbq.methods import Sequence
    from bonecohort.techniques.vbq.regions import Slab
    from bonecohort.techniques.vbq.settings import VbqSettings

    BoolArray = NDArray[np.bool_]

READER = "auto"
LEAST_SPREAD = 0.02
"""Of the median signal, taken for the spread of voxels where that is smaller."""
LEAST_BAND = 8
"""Voxels of a band under an endplate."""
MOST_APART = 0.4
"""An endplate whose signal differs more from the marrow's is flagged: Modic changes."""


def measure_bodies(
    image: Volume, canal: Volume, bodies: Bodies, sequence: Sequence, settings: VbqSettings
) -> Outcomes:
    """Measure the marrow and the endplates of vertebral bodies against CSF.

    Parameters
    ----------
    image
        T1-weighted, in any unit; shape (ni, nj, nk).
    canal
        Mask of the canal without the cord, on any grid.
    bodies
        Level → its body, or the reason why there is none.

    Raises
    ------
    DataFault
        No body is there, they lie outside the image, or no CSF can be measured.
    """
    result = [body for body in bodies.values() if isinstance(body, VertebralBody)]
    if not result:
        raise DataFault(" ".join(dict.fromkeys(map(str, bodies.values()))))
    slab = mid_sagittal(image, result)
    fluid = measure_fluid(slab, canal, bodies, settings)
    flags = (*fluid.flags, *placement_flags(image, result))
    given = _Given(image, slab, fluid, sequence, settings, flags)
    return {
        level: outcome_of(body, lambda body: _measure(given, body))
        for level, body in bodies.items()
    }


@dataclass(frozen=True)
class _Given:
    """What every body is measured with."""

    image: Volume
    slab: Slab
    fluid: Fluid
    sequence: Sequence
    settings: VbqSettings
    flags: tuple[str, ...]

    def row(self, site: str, measure: str, value: float) -> Measurement:
        method = METHOD_OF[measure, self.sequence]
        return Measurement(site, MODALITY, measure, value, NUMBER, method, READER)


def _measure(given: _Given, body: VertebralBody) -> MeasuredBody:
    slab, settings = given.slab, given.settings
    values = signals_in(slab.image, marrow_region(slab, body, settings.erosion_mm))
    LeastRegion(settings.min_voxels).check(len(values), voxel_cm3(slab.image))
    near = near_median(values, LEAST_SPREAD * float(np.median(values)))
    left_out = float(1 - near.mean())
    marrow = float(values[near].mean())
    score = marrow / given.fluid.signal
    flags = [*body.flags, *given.flags]
    if left_out > settings.max_outlier_fraction:
        limit = 100 * settings.max_outlier_fraction
        flags.append(f"outliers: {100 * left_out:.1f}% (limit {limit:g}%)")
    rows = [given.row(body.level, VBQ_LEVEL, score)]
    endplates: dict[str, Any] = {}
    bands: dict[Side, BoolArray] = {}
    inside = share_inside(given.image, body, slab.axis)
    if inside < LEAST_INSIDE:  # an end of the body may not be in the image
        flags.append(f"{PARTLY_OUTSIDE}: {100 * inside:.0f}% lie inside")
    else:
        bands = band_regions(slab, body, settings.band_mm, settings.band_width)
    for side, signal in _band_signals(slab.image, bands).items():
        site = f"{body.level}.{side}"
        ratio = signal / given.fluid.signal
        rows += [given.row(site, EBQ, ratio), given.row(site, EBQ_MARROW, signal / marrow)]
        endplates[side] = {"signal": signal, "n_voxels": int(bands[side].sum())}
        if abs(ratio / score - 1) > MOST_APART:
            flags.append(f"endplate_apart: {side}, {signal / marrow:.2f} times the marrow")
    details = {
        "signal": marrow,
        "sd": float(values[near].std(ddof=1)),
        "n_voxels": int(near.sum()),
        "left_out": left_out,
        "csf": given.fluid.record(),
        "endplates": endplates,
    }
    return MeasuredBody(tuple(rows), details, tuple(flags))


def signals_in(image: Volume, region: BoolArray) -> FloatArray:
    """Return the signals above 0 of a region's voxels, shape (n,)."""
    values = np.asarray(image.array[region], dtype=np.float64)
    result: FloatArray = values[np.isfinite(values) & (values > 0)]
    return result


def _band_signals(image: Volume, bands: Mapping[Side, BoolArray]) -> dict[Side, float]:
    """Return the mean signal of each band that is large enough."""
    values = {side: signals_in(image, band) for side, band in bands.items()}
    return {side: float(one.mean()) for side, one in values.items() if len(one) >= LEAST_BAND}
