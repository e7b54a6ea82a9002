"""QC picture of what was measured in vertebral bodies: an image, and the voxels of each body."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.report.figures.style import GREY, SKY_BLUE, VERMILION, journal_style
from bonecohort.report.pictures.sheet import Box, Sheet, mark_scale, mark_sides, write_on
from bonecohort.report.pictures.views import axial_view, curved_to, sagittal_view, sample
from bonecohort.report.printing.flag_words import in_few_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.report.pictures.views import View
    from bonecohort.report.printing.flag_words import FlagWords

PIXEL_MM = 0.8
SAGITTAL_WIDTH_MM, SAGITTAL_MARGIN_MM = 80.0, 34.0
AXIAL_WIDTH_MM, AXIAL_HEIGHT_MM = 62.0, 48.0
HEAD = (0.0, 0.0, 1.0)

SHEET_WIDTH_PX, HEADER_PX, ROW_PX, GAP_PX = 860, 48, 156, 6
AXIAL_WIDTH_PX, TEXT_WIDTH_PX = 192, 250
LINE_CHARACTERS, LINES, LEAST_ROWS = 34, 5, 3


@dataclass(frozen=True)
class Shown:
    """What the picture is of.

    Attributes
    ----------
    image
        What was measured on.
    regions
        Level → mask of the voxels of its body's inside, outliers among them.
    window
        The values that are black and white.
    legend
        What they are, in words.
    value
        A record's value in words, "41.2%"; '' where it holds none.
    lines
        Further lines of a record.
    flags
        The words of the technique's flags, by their codes.
    """

    image: Volume
    regions: Mapping[str, Volume]
    window: tuple[float, float]
    legend: str
    value: Callable[[Mapping[str, Any]], str]
    lines: Callable[[Mapping[str, Any]], list[str]]
    flags: Mapping[str, FlagWords]


@journal_style()
def draw_body_regions(
    shown: Shown, records: Sequence[Mapping[str, Any]], participant_id: str
) -> Figure:
    """Draw a participant's image with the regions measured.

    Parameters
    ----------
    records
        One record a level, measured or excluded, in any order.
    participant_id
        Printed as the title.

    Returns
    -------
    Figure
        Left: a sagittal view through the bodies' middles, bent to follow a scoliosis. Right: a row
        a level, its axial view and values.
    """
    ordered = sorted(records, key=lambda record: str(record["level"]))
    sheet = Sheet(SHEET_WIDTH_PX, HEADER_PX + ROW_PX * max(len(ordered), LEAST_ROWS))
    sheet.text((2 * GAP_PX, 10), participant_id, 21, bold=True)
    legend = f"{shown.legend} · outlined: voxels measured"
    sheet.text((SHEET_WIDTH_PX - 2 * GAP_PX, 16), legend, 13, color=GREY, align="right")
    axial_left = SHEET_WIDTH_PX - AXIAL_WIDTH_PX - TEXT_WIDTH_PX - 3 * GAP_PX
    height_px = sheet.height_px - HEADER_PX - 2 * GAP_PX
    box = Box(2 * GAP_PX, HEADER_PX, axial_left - 5 * GAP_PX, height_px)
    _show_sagittal(sheet, shown, ordered, box)
    for row, record in enumerate(ordered):
        top = HEADER_PX + row * ROW_PX
        box = Box(axial_left, top, AXIAL_WIDTH_PX, ROW_PX - 2 * GAP_PX)
        region = shown.regions.get(str(record["level"]))
        if region is not None and region.array.any():
            _show_axial(sheet, shown, region, record, box)
        _write_values(sheet, shown, record, (axial_left + AXIAL_WIDTH_PX + 2 * GAP_PX, top))
    return sheet.figure


def middle_of(region: Volume) -> FloatArray:
    """Return the middle of a mask, LPS mm, shape (3,)."""
    middle: FloatArray = region.to_lps(np.argwhere(region.array).astype(float)).mean(axis=0)
    return middle


def outline(axes: Axes, view: View, region: Volume, points_lps_mm: FloatArray, color: str) -> None:
    """Draw where a mask ends in a view whose pixels lie at points, shape (rows, columns, 3)."""
    within = np.nan_to_num(sample(_as_numbers(region), points_lps_mm))
    if within.max() <= 0.5:
        return
    left, right, bottom, top = view.extent_mm
    rows, columns = within.shape
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = top + (np.arange(rows) + 0.5) * (bottom - top) / rows
    axes.contour(x, y, within, levels=[0.5], colors=[color], linewidths=1.6)


def _show_sagittal(
    sheet: Sheet, shown: Shown, records: Sequence[Mapping[str, Any]], box: Box
) -> None:
    image, regions = shown.image, shown.regions
    middles = {level: middle_of(mask) for level, mask in regions.items() if mask.array.any()}
    proportion = box.width_px / box.height_px
    if middles:
        places = np.array(list(middles.values()))
        low, high = places.min(axis=0), places.max(axis=0)
    else:
        places = np.empty((0, 3))
        low = high = image.to_lps((np.array(image.array.shape) - 1) / 2)
    height_mm = max(high[2] - low[2] + 2 * SAGITTAL_MARGIN_MM, SAGITTAL_WIDTH_MM / proportion)
    view = sagittal_view((low + high) / 2, height_mm * proportion, height_mm)
    points = view.points(PIXEL_MM)
    bent = curved_to(points, places) if len(places) else points
    axes = sheet.panel(box, sample(image, bent), view, shown.window)
    measured = {str(record["level"]) for record in records if record["status"] == "measured"}
    for level, middle in middles.items():
        color = SKY_BLUE if level in measured else VERMILION
        outline(axes, view, regions[level], bent, color)
        height = float(view.project(middle)[1])
        write_on(axes, (-view.width_mm / 2 * 0.93, height), level, 20,
                 align=("left", "center"), bold=True)  # fmt: skip
    mark_sides(axes, view, ("A", "P", "S", "I"), 15, height=-0.93)
    mark_scale(axes, view)


def _show_axial(
    sheet: Sheet, shown: Shown, region: Volume, record: Mapping[str, Any], box: Box
) -> None:
    view = axial_view(middle_of(region), HEAD, AXIAL_WIDTH_MM, AXIAL_HEIGHT_MM)
    points = view.points(PIXEL_MM)
    axes = sheet.panel(box, sample(shown.image, points), view, shown.window)
    color = SKY_BLUE if record["status"] == "measured" else VERMILION
    outline(axes, view, region, points, color)
    mark_sides(axes, view, ("R", "L", "A", ""), 12)


def _write_values(
    sheet: Sheet, shown: Shown, record: Mapping[str, Any], place_px: tuple[float, float]
) -> None:
    """Write a level's value, its region and its flags, or why it was not measured."""
    left, top = place_px
    value, level = shown.value(record), str(record["level"])
    if value:
        sheet.text((left, top), f"{level}  {value}", 18, bold=True)
    else:
        sheet.text((left, top), f"{level}  not measured", 18, color=VERMILION, bold=True)
    text = record["reason"] or "; ".join(in_few_words(record["flags"], shown.flags))
    lines = [
        *shown.lines(record),
        *textwrap.wrap(text, LINE_CHARACTERS, max_lines=LINES, placeholder=" …"),
    ]
    sheet.text((left, top + 28), "\n".join(lines), 14, color=GREY)


def _as_numbers(region: Volume) -> Volume:
    return type(region)(region.array.astype(np.float32), region.affine_lps)
