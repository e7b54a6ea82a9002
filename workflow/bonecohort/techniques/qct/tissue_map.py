"""``tissue_samples`` as a label map: 91 adipose, 92 air, 93 blood, 94 cortical bone, 95 muscle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.techniques.qct.fitted import Sample
from bonecohort.techniques.qct.regions import regions_of
from bonecohort.techniques.qct.tissue_table import check_area

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.images.volume import Volume
    from bonecohort.techniques.qct.regions import Region
    from bonecohort.techniques.qct.settings import Tissue

LABELS: Mapping[int, Tissue] = {
    91: "adipose",
    92: "air",
    93: "blood",
    94: "bone",
    95: "muscle",
}


def measure_tissues(ct: Volume, labels: Volume, needed: Sequence[Tissue]) -> dict[Tissue, Sample]:
    """Measure the samples of some tissues on a CT.

    Raises
    ------
    DataFault
        A sample is absent, outside the image, too small, or holds voxels without a value.
    """
    found = {}
    for number, region in tissue_regions(ct, labels, needed).items():
        tissue, values = LABELS[number], region.values
        check_area(tissue, region.largest_area_mm2)
        if not np.isfinite(values).all():
            raise DataFault(f"The sample of {tissue} holds voxels without a value.")
        found[tissue] = Sample(tissue, float(values.mean()), float(values.std(ddof=1)), len(values))
    return found


def tissue_regions(ct: Volume, labels: Volume, needed: Sequence[Tissue]) -> dict[int, Region]:
    """Return where the samples of some tissues are, by their labels.

    Raises
    ------
    DataFault
        A sample is absent, or outside the image.
    """
    names = {
        number: f"The sample of {tissue} (label {number})"
        for number, tissue in LABELS.items()
        if tissue in needed
    }
    return regions_of(ct, labels, names)
