"""QC picture of a participant's fat fractions: the map, and the voxels measured in each body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.report.pictures.body_regions import Shown, draw_body_regions
from bonecohort.report.printing.format import number
from bonecohort.techniques.fat_fraction.flags import FLAGS
from bonecohort.techniques.fat_fraction.methods import MAGNITUDE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from bonecohort.images.volume import Volume

WINDOW_PERCENT = (0.0, 100.0)
LEGENDS = {MAGNITUDE: "mean echo, white is the signal of bright tissue"}
"""Method → what is shown, where it is no fat fraction."""


def draw_fat_fraction_qc(
    image: Volume,
    regions: Mapping[str, Volume],
    records: Sequence[Mapping[str, Any]],
    participant_id: str,
    *,
    method: str = "",
) -> Figure:
    """Draw a participant's fat fraction map with the regions measured.

    Parameters
    ----------
    image
        The map in %, or what stands for it.
    regions
        Level → mask of the voxels of its body's inside, outliers among them.
    records
        One ``fat_fraction/{level}.json`` a level, measured or excluded, in any order.
    participant_id
        Printed as the title.
    method
        How the fat fraction was obtained.
    """
    shown = Shown(
        image,
        regions,
        WINDOW_PERCENT,
        LEGENDS.get(method, "fat fraction, black 0 to white 100%"),
        value=_value,
        lines=_lines,
        flags=FLAGS,
    )
    return draw_body_regions(shown, records, participant_id)


def _values(record: Mapping[str, Any]) -> dict[str, float]:
    return {row["measure"]: row["value"] for row in record["measurements"]}


def _value(record: Mapping[str, Any]) -> str:
    values = _values(record)
    fat = values.get("pdff", values.get("fat_fraction_signal"))
    return "" if fat is None else f"{number(fat, 1)}%"


def _lines(record: Mapping[str, Any]) -> list[str]:
    lines = []
    region = record.get("regions", {}).get("fat_fraction")
    if region:
        sd = "" if region["sd"] is None else f"SD {number(region['sd'], 1)} · "
        left_out = f"{number(100 * region['left_out'], 0)}% left out"
        lines.append(f"{sd}{region['n_voxels']} voxels · {left_out}")
    values = _values(record)
    if "r2star" in values:
        lines.append(f"R2* {number(values['r2star'], 0)} 1/s")
    return lines
