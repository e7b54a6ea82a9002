"""QC picture of a participant's T2 or T2*: an echo or the map, and each body's voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.report.pictures.body_regions import Shown, draw_body_regions
from bonecohort.report.printing.format import number
from bonecohort.techniques.t2.flags import FLAGS
from bonecohort.techniques.t2.methods import T2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from bonecohort.images.volume import Volume

QUANTILES = (0.01, 0.99)


def draw_t2_qc(
    image: Volume,
    regions: Mapping[str, Volume],
    records: Sequence[Mapping[str, Any]],
    participant_id: str,
) -> Figure:
    """Draw a participant's image with the regions measured.

    Parameters
    ----------
    image
        The last echo, or the T2 map.
    regions
        Level → mask of the voxels of its body's inside, outliers among them.
    records
        One ``t2/{level}.json`` or ``t2star/{level}.json`` a level, measured or excluded.
    participant_id
        Printed as the title.
    """
    low, high = (float(value) for value in np.nanquantile(image.array, QUANTILES))
    shown = Shown(
        image, regions, (low, max(high, low + 1e-6)), "last echo, or T2 map",
        value=_value, lines=_lines, flags=FLAGS,
    )  # fmt: skip
    return draw_body_regions(shown, records, participant_id)


def _value(record: Mapping[str, Any]) -> str:
    if not record["measurements"]:
        return ""
    (row,) = record["measurements"]
    called, decimals = ("T2", 0) if row["measure"] == T2 else ("T2*", 1)
    return f"{called} {number(row['value'], decimals)} ms"


def _lines(record: Mapping[str, Any]) -> list[str]:
    if "n_voxels" not in record:
        return []
    left_out = number(100 * record["left_out"], 0)
    return [f"{record['n_voxels']} voxels · {left_out}% left out"]
