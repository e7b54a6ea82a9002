"""Volumetric bone mineral density of vertebrae from their HU, and the classes of a mean."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.measures.measurement import Measurement
from bonecohort.techniques.qct.methods import ACR_CLASS, ACR_METHOD, MODALITY, UNITS, VBMD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bonecohort.measures.calibration import Calibration, Equivalent
    from bonecohort.techniques.declare import SiteMean

HU_MODALITY = "CT"
REGIONS = ("hu_upper", "hu_middle", "hu_lower")
"""The HU of a vertebra's regions of interest."""
NORMAL_ABOVE, OSTEOPOROSIS_BELOW = 120.0, 80.0
"""mg/cm³ (ACR practice parameter for quantitative CT)."""


def densities(rows: Iterable[Measurement], calibration: Calibration) -> list[Measurement]:
    """Return the density of every vertebra and reader: the mean of its regions' densities.

    Parameters
    ----------
    rows
        One participant's measurements. A vertebra without HU of all regions has no density.
    calibration
        Of the scan.
    """
    hu: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.modality == HU_MODALITY and row.measure in REGIONS and row.value is not None:
            hu[row.site, row.reader][row.measure] = row.value
    return [
        Measurement(
            site,
            MODALITY,
            VBMD,
            float(np.mean(calibration.density([own[name] for name in REGIONS]))),
            UNITS[VBMD],
            calibration.method,
            reader,
        )
        for (site, reader), own in hu.items()
        if len(own) == len(REGIONS)
    ]


def acr_class(mean_density: float) -> int:
    """Return 0 above 120 mg/cm³ (normal), 1 from 80 to 120 (low), 2 below 80 (osteoporosis).

    A billionth of a mg/cm³ is no difference: a mean that is 120 compares as 120.
    """
    density = round(mean_density, 9)
    if density > NORMAL_ABOVE:
        return 0
    return 2 if density < OSTEOPOROSIS_BELOW else 1


def class_rows(
    rows: Sequence[Measurement], mean: SiteMean, equivalent: Equivalent
) -> list[Measurement]:
    """Return the class of each reader's mean over the vertebrae of a participant's value.

    Parameters
    ----------
    rows
        Of :func:`densities`.
    mean
        The mean: a reader without as many of its sites as it needs has no class.
    equivalent
        Mineral of the densities. The classes were made for K2HPO4: the method names another.
    """
    method = ACR_METHOD if equivalent == "K2HPO4" else f"{ACR_METHOD}.{equivalent.lower()}"
    by_reader: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.site in mean.sites and row.value is not None:
            by_reader[row.reader].append(row.value)
    return [
        Measurement(
            mean.site,
            MODALITY,
            ACR_CLASS,
            float(acr_class(fmean(values))),
            UNITS[ACR_CLASS],
            method,
            reader,
        )
        for reader, values in by_reader.items()
        if len(values) >= mean.least
    ]
