"""Whether a reader's regions lie in the vertebra they are named after, by a label map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.annotations.marks.markup import Markup
    from bonecohort.images.volume import Volume


def check_regions_in_label(
    regions: Sequence[Markup], level: str, labels: Volume, numbers: Mapping[str, int]
) -> None:
    """Refuse a region named after one vertebra whose centre lies in another's label.

    A centre in no vertebra's label is accepted: the map may be the coarser of the two.

    Parameters
    ----------
    regions
        Closed curves of ``level``, LPS mm.
    numbers
        Level → number in the label map.

    Raises
    ------
    DataFault
        With the region and the vertebra it lies in.
    """
    levels = {number: name for name, number in numbers.items()}
    for region in regions:
        if not region.points_lps_mm:
            continue
        centre = np.asarray(region.points_lps_mm, dtype=float).mean(axis=0)
        index = np.floor(labels.to_index(centre) + 0.5).astype(int)
        if (index < 0).any() or (index >= labels.array.shape).any():
            continue
        result = levels.get(int(labels.array[tuple(index)]), level)
        if result != level:
            raise DataFault(
                f"Markup '{region.name}' in {region.source} is of {level}, but its centre lies in "
                f"{result} of the vertebra label map; one of the two levels is wrong."
            )
