"""The order of the vertebrae in a label map, from head to foot."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bonecohort.annotations.labels.schemes import HEAD_TO_FOOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import FloatArray


def order_contradiction(points: Mapping[str, FloatArray], scheme: Mapping[str, int]) -> str | None:
    """Return how the labels' places contradict their order from head to foot, if they do."""
    ordered = [level for level in HEAD_TO_FOOT if level in points]
    # VerSe's T13 is numbered out of turn but lies between T12 and L1, as in HEAD_TO_FOOT.
    heights = {level: float(points[level][:, 2].mean()) for level in ordered}
    for above, below in pairwise(ordered):
        if heights[above] <= heights[below]:
            return (
                f"The label map's numbering contradicts the anatomy: {above} (label "
                f"{scheme[above]}) does not lie above {below} (label {scheme[below]}). Check "
                "the label scheme and the orientation of the label map."
            )
    return None
