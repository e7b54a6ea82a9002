"""QC picture of a participant's diffusion: the ADC map, and the voxels measured in each body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.report.pictures.body_regions import Shown, draw_body_regions
from bonecohort.report.printing.format import number
from bonecohort.techniques.dwi.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from bonecohort.images.volume import Volume

WINDOW = (0.0, 2.0)
"""10⁻³ mm²/s; fluid is white."""
SHOWN_UNIT = "10⁻³ mm²/s"
FURTHER = {"ivim_f": ("f", "%", 1), "ivim_d": ("D", "", 2), "dki_k": ("K", "", 2)}
"""Measure → how it is called beneath the ADC, its unit and decimals."""


def draw_dwi_qc(
    adc: Volume,
    regions: Mapping[str, Volume],
    records: Sequence[Mapping[str, Any]],
    participant_id: str,
) -> Figure:
    """Draw a participant's ADC map with the regions measured.

    Parameters
    ----------
    adc
        In 10⁻³ mm²/s; NaN where there is none.
    regions
        Level → mask of the voxels of its body's inside, outliers among them.
    records
        One ``dwi/{level}.json`` a level, measured or excluded, in any order.
    participant_id
        Printed as the title.
    """
    shown = Shown(
        adc,
        regions,
        WINDOW,
        f"ADC, black {WINDOW[0]:g} to white {WINDOW[1]:g} · {SHOWN_UNIT}",
        value=_value,
        lines=_lines,
        flags=FLAGS,
    )
    return draw_body_regions(shown, records, participant_id)


def _values(record: Mapping[str, Any]) -> dict[str, float]:
    """Return the record's values by measure, of the first source that has it."""
    return {row["measure"]: row["value"] for row in reversed(record["measurements"])}


def _value(record: Mapping[str, Any]) -> str:
    adc = _values(record).get("adc")
    return "" if adc is None else f"ADC {number(adc, 2)}"


def _lines(record: Mapping[str, Any]) -> list[str]:
    details = next(iter(record.get("sources", {}).values()), None)
    if details is None:
        return []
    values = _values(record)
    lines = [f"{details['n_voxels']} voxels · {number(100 * details['left_out'], 0)}% left out"]
    if "snr_bmax" in values:
        b_highest = details["b_values_s_mm2"][-1]
        lines.append(f"SNR {number(values['snr_bmax'], 0)} at b {b_highest:g}")
    further = [
        f"{called} {number(values[measure], decimals)}{unit}"
        for measure, (called, unit, decimals) in FURTHER.items()
        if measure in values
    ]
    return [*lines, " · ".join(further)] if further else lines
