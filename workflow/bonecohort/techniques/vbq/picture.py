"""QC picture of bone quality scores: the mid-sagittal slice with the regions, and the values."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.report.figures.style import GREEN, GREY, ORANGE, SKY_BLUE, VERMILION, journal_style
from bonecohort.report.pictures.body_regions import outline
from bonecohort.report.pictures.sheet import Box, Sheet, mark_scale, mark_sides, write_on
from bonecohort.report.pictures.views import sagittal_view, sample
from bonecohort.report.printing.flag_words import in_few_words
from bonecohort.report.printing.format import number
from bonecohort.techniques.vbq.flags import FLAGS
from bonecohort.techniques.vbq.methods import EBQ, VBQ_LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from bonecohort.images.volume import FloatArray, Volume

PIXEL_MM, WIDTH_MM, MARGIN_MM = 0.5, 120.0, 34.0
WINDOW_QUANTILES = (0.01, 0.985)
SHEET_WIDTH_PX, HEADER_PX, ROW_PX, GAP_PX, TEXT_WIDTH_PX = 860, 48, 132, 6, 310
LINE_CHARACTERS, LINES, LEAST_ROWS = 40, 4, 4
COLORS = {"marrow": SKY_BLUE, "endplates": GREEN, "CSF": ORANGE}


@dataclass(frozen=True)
class Drawn:
    """What is outlined: masks of regions that a label map places, or curves of a reader.

    Attributes
    ----------
    masks
        Tissue in ``COLORS`` → its mask.
    curves
        Tissue and corners of each curve, LPS mm, shape (n, 3).
    places
        Level → where its name stands, LPS mm, shape (3,).
    """

    masks: Mapping[str, Volume]
    curves: Sequence[tuple[str, FloatArray]]
    places: Mapping[str, FloatArray]


@journal_style()
def draw_vbq_qc(
    image: Volume, drawn: Drawn, records: Sequence[Mapping[str, Any]], participant_id: str
) -> Figure:
    """Draw a participant's mid-sagittal slice with the regions, and a row a level.

    Parameters
    ----------
    image
        T1-weighted.
    records
        One ``vbq/{level}.json`` a level, measured or excluded.
    participant_id
        Printed as the title.
    """
    sheet = Sheet(SHEET_WIDTH_PX, HEADER_PX + ROW_PX * max(len(records), LEAST_ROWS))
    sheet.text((2 * GAP_PX, 10), participant_id, 21, bold=True)
    legend = "T1 · outlined: marrow blue, under endplates green, CSF orange"
    sheet.text((SHEET_WIDTH_PX - 2 * GAP_PX, 16), legend, 13, color=GREY, align="right")
    text_left = SHEET_WIDTH_PX - TEXT_WIDTH_PX
    height_px = sheet.height_px - HEADER_PX - 2 * GAP_PX
    _show_slice(sheet, image, drawn, Box(2 * GAP_PX, HEADER_PX, text_left - 5 * GAP_PX, height_px))
    for row, record in enumerate(sorted(records, key=lambda one: str(one["level"]))):
        _write_values(sheet, record, (text_left, HEADER_PX + row * ROW_PX))
    return sheet.figure


def _show_slice(sheet: Sheet, image: Volume, drawn: Drawn, box: Box) -> None:
    places = np.array(list(drawn.places.values()))
    if not len(places):
        places = image.to_lps((np.array(image.array.shape) - 1) / 2)[None]
    low, high = places.min(axis=0), places.max(axis=0)
    proportion = box.width_px / box.height_px
    height_mm = max(high[2] - low[2] + 2 * MARGIN_MM, WIDTH_MM / proportion)
    centre = (low + high) / 2
    centre[0] = np.median(places[:, 0])
    view = sagittal_view(centre, height_mm * proportion, height_mm)
    points = view.points(PIXEL_MM)
    window = np.nanquantile(image.array, WINDOW_QUANTILES)
    axes = sheet.panel(box, sample(image, points), view, (float(window[0]), float(window[1])))
    for tissue, mask in drawn.masks.items():
        outline(axes, view, mask, points, COLORS[tissue])
    for tissue, corners in drawn.curves:
        x, y = view.project(np.vstack([corners, corners[:1]])).T
        axes.plot(x, y, color=COLORS[tissue], linewidth=1.6)
    for level, place in drawn.places.items():
        at = (-view.width_mm / 2 * 0.93, float(view.project(place)[1]))
        write_on(axes, at, level, 20, align=("left", "center"), bold=True)
    mark_sides(axes, view, ("A", "P", "S", "I"), 15, height=-0.93)
    mark_scale(axes, view)


def _write_values(sheet: Sheet, record: Mapping[str, Any], place_px: tuple[float, float]) -> None:
    left, top = place_px
    level = str(record["level"])
    values = {(row["site"], row["measure"]): row["value"] for row in record["measurements"]}
    score = values.get((level, VBQ_LEVEL))
    if score is None:
        sheet.text((left, top), f"{level}  not measured", 18, color=VERMILION, bold=True)
    else:
        sheet.text((left, top), f"{level}  VBQ {number(score, 2)}", 18, bold=True)
    told = record["reason"] or "; ".join(in_few_words(record["flags"], FLAGS))
    wrapped = textwrap.wrap(told, LINE_CHARACTERS, max_lines=LINES, placeholder=" …")
    sheet.text((left, top + 28), "\n".join([*_lines(record, values), *wrapped]), 14, color=GREY)


def _lines(record: Mapping[str, Any], values: Mapping[tuple[str, str], float]) -> list[str]:
    if "csf" not in record:
        return []
    fluid = record["csf"]
    told = f"marrow {number(record['signal'], 0)} · CSF {number(fluid['signal'], 0)}"
    lines = [f"{told} at {fluid['level']}"]
    ebq = [
        f"{side} {number(values[key], 2)}"
        for side in ("superior", "inferior")
        if (key := (f"{record['level']}.{side}", EBQ)) in values
    ]
    return [*lines, f"EBQ {', '.join(ebq)}"] if ebq else lines
