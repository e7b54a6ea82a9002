"""``tissue_samples`` as a label map: 91 adipose, 92 air, 93 blood, 94 cortical bone, 95 muscle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.techniques.qct.fitted import Sample
from bonecohort.techniques.qct.range_ends import refuse_cut_off, refuse_padding
from bonecohort.techniques.qct.regions import regions_of
from bonecohort.techniques.qct.tissue_table import check_area, tissue_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.annotations.labels.label_map import LabelMap
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


def measure_tissues(ct: Volume, labels: LabelMap, needed: Sequence[Tissue]) -> dict[Tissue, Sample]:
    """Measure the samples of some tissues on a CT.

    Raises
    ------
    DataFault
        A sample is absent, outside the image, too small, cut off, or without a value.
    """
    result = {}
    regions = tissue_regions(ct, labels, needed)
    for tissue, region in regions.items():
        values = region.values
        check_area(tissue, region.largest_area_mm2)
        if not np.isfinite(values).all():
            raise DataFault(f"The sample of {tissue} holds voxels without a value.")
        result[tissue] = Sample(
            tissue, float(values.mean()), float(values.std(ddof=1)), len(values)
        )
    if "air" in regions:
        refuse_padding(regions["air"].values)
    others = {f"the sample of {name}": one.values for name, one in regions.items() if name != "air"}
    refuse_cut_off(ct, others)
    return result


def tissue_regions(ct: Volume, labels: LabelMap, needed: Sequence[Tissue]) -> dict[Tissue, Region]:
    """Return where the samples of some tissues are.

    A segmentation marks them by the names of its segments, a plain label map by its numbers.

    Raises
    ------
    DataFault
        A sample is absent, there are two of a tissue, or one lies outside the image.
    """
    numbers = _numbers(labels)
    absent = [tissue for tissue in needed if tissue not in numbers]
    if absent:
        raise DataFault(
            f"No segment of the label map is named {' or '.join(absent)}; segments named "
            f"{', '.join(needed)} are expected."
        )
    names = {numbers[tissue]: f"The sample of {tissue}" for tissue in needed}
    regions = regions_of(ct, labels.volume, names)
    return {tissue: regions[numbers[tissue]] for tissue in needed}


def _numbers(labels: LabelMap) -> dict[Tissue, int]:
    """Return the number of each tissue in a label map."""
    if not labels.names:
        return {tissue: number for number, tissue in LABELS.items()}
    result: dict[Tissue, int] = {}
    for number, name in labels.names.items():
        tissue = tissue_named(name)
        if tissue in result:
            raise DataFault(f"Two segments of the label map are {tissue}; one is expected.")
        if tissue:
            result[tissue] = number
    return result
