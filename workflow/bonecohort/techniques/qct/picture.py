"""QC picture of a calibration: the rods or tissue samples on the CT, and density by HU."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.measures.calibration import Calibration
from bonecohort.report.figures.style import BLACK, BLUE, GREY, SKY_BLUE, VERMILION, journal_style
from bonecohort.report.pictures.sheet import Box, Sheet, mark_scale, mark_sides, points, write_on
from bonecohort.report.pictures.views import axial_view, sample
from bonecohort.report.printing.flag_words import in_few_words
from bonecohort.report.printing.format import number
from bonecohort.techniques.qct.flags import FLAGS
from bonecohort.techniques.qct.words import equation_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.report.pictures.views import View
    from bonecohort.techniques.qct.regions import Region

WINDOW_HU = (-250.0, 450.0)
PIXEL_MM = 0.6
MARGIN_MM, SAMPLE_WIDTH_MM, SAMPLE_HEIGHT_MM = 30.0, 90.0, 60.0
HEAD = (0.0, 0.0, 1.0)
SHEET_WIDTH_PX, SHEET_HEIGHT_PX, HEADER_PX, GAP_PX = 860, 460, 48, 12
IMAGE_WIDTH_PX, COLUMNS, ROWS = 400, 2, 3
SHOWN_HU = (-50.0, 300.0)
"""The line is drawn over these HU at least."""
LINE_CHARACTERS, LINES = 52, 3
ROOM_BELOW_AND_ABOVE = 0.1
"""Of the densities' range, for the names of the first and last rod."""


@dataclass(frozen=True)
class Shown:
    """What was measured on a CT.

    Attributes
    ----------
    regions
        Name → where it is.
    together
        Whether all are in one plane, as the rods of a phantom; else each has its own view.
    """

    ct: Volume
    regions: Mapping[str, Region]
    together: bool


@journal_style()
def draw_calibration(record: Mapping[str, Any], shown: Shown | None, participant_id: str) -> Figure:
    """Draw a participant's calibration.

    Parameters
    ----------
    record
        A measured ``qct/calibration.json``.
    shown
        What was measured on the CT; None where a table held it.
    participant_id
        Printed as the title.

    Returns
    -------
    Figure
        Left: the CT with what was measured, where it was. Right: density by HU.
    """
    sheet = Sheet(SHEET_WIDTH_PX, SHEET_HEIGHT_PX)
    sheet.text((GAP_PX, 10), participant_id, 21, bold=True)
    sheet.text(
        (SHEET_WIDTH_PX - GAP_PX, 16), record["calibration"]["method"], 13, color=GREY,
        align="right",
    )  # fmt: skip
    left = GAP_PX
    if shown is not None:
        height = SHEET_HEIGHT_PX - HEADER_PX - GAP_PX
        _show_regions(sheet, shown, Box(GAP_PX, HEADER_PX, IMAGE_WIDTH_PX, height))
        left += IMAGE_WIDTH_PX
    _draw_line(sheet, record, left)
    return sheet.figure


def _show_regions(sheet: Sheet, shown: Shown, box: Box) -> None:
    if shown.together:
        _show_view(sheet, shown.ct, shown.regions, box)
        return
    width, height = box.width_px / COLUMNS, box.height_px / ROWS
    for at, (name, region) in enumerate(shown.regions.items()):
        row, column = divmod(at, COLUMNS)
        place = Box(box.left_px + column * width, box.top_px + row * height, width - 4, height - 4)
        _show_view(sheet, shown.ct, {name: region}, place)


def _show_view(sheet: Sheet, ct: Volume, regions: Mapping[str, Region], box: Box) -> None:
    """Show the plane through the middle of some regions, with their outlines and names."""
    middles = {name: _middle(region) for name, region in regions.items()}
    places = np.array(list(middles.values()))
    low, high = places.min(axis=0), places.max(axis=0)
    proportion = box.width_px / box.height_px
    width = max(high[0] - low[0] + 2 * MARGIN_MM, SAMPLE_WIDTH_MM)
    height = max(high[1] - low[1] + 2 * MARGIN_MM, SAMPLE_HEIGHT_MM, width / proportion)
    centre = np.array([*(low[:2] + high[:2]) / 2, places[0, 2]])
    view = axial_view(centre, HEAD, height * proportion, height)
    pixels = view.points(PIXEL_MM)
    axes = sheet.panel(box, sample(ct, pixels), view, WINDOW_HU)
    for name, region in regions.items():
        _outline(axes, view, region, pixels)
        across, down = view.project(_top(region))
        write_on(axes, (float(across), float(down) - 2), name, 14, align=("center", "bottom"))
    mark_sides(axes, view, ("R", "L", "A", ""), 13, height=-0.9)
    mark_scale(axes, view)


def _middle(region: Region) -> FloatArray:
    """Return the middle of a region's slice that is nearest its middle, LPS mm."""
    index = np.argwhere(region.mask)
    slices = index[:, region.slice_axis]
    nearest = slices[np.abs(slices - slices.mean()).argmin()]
    middle: FloatArray = region.place.to_lps(index[slices == nearest].astype(float)).mean(axis=0)
    return middle


def _top(region: Region) -> FloatArray:
    """Return the place in the middle of a region's anterior border, LPS mm."""
    points_lps_mm = region.place.to_lps(np.argwhere(region.mask).astype(float))
    x, _, z = _middle(region)
    return np.array([x, points_lps_mm[:, 1].min(), z])


def _outline(axes: Axes, view: View, region: Region, pixels_lps_mm: FloatArray) -> None:
    numbers = type(region.place)(region.mask.astype(np.float32), region.affine_lps)
    within = np.nan_to_num(sample(numbers, pixels_lps_mm))
    if within.max() <= 0.5:
        return
    left, right, bottom, top = view.extent_mm
    rows, columns = within.shape
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = top + (np.arange(rows) + 0.5) * (bottom - top) / rows
    axes.contour(x, y, within, levels=[0.5], colors=[SKY_BLUE], linewidths=1.6)


def _draw_line(sheet: Sheet, record: Mapping[str, Any], left_px: float) -> None:
    """Draw density by HU with what it was fitted to, and print the line in words."""
    details = record["details"]
    calibration = Calibration.of_record(details.get("uncorrected", record["calibration"]))
    samples: Sequence[Mapping[str, Any]] = record["samples"]
    line_text = _words(calibration, record)
    top, below = HEADER_PX + 6, 44 + 18 * len(line_text) + 30
    axes = sheet.figure.add_axes((
        (left_px + 76) / sheet.width_px,
        below / sheet.height_px,
        (sheet.width_px - left_px - 76 - 2 * GAP_PX) / sheet.width_px,
        (sheet.height_px - top - below) / sheet.height_px,
    ))  # fmt: skip
    rods = [one for one in samples if one["density"] is not None]
    # By its residual: the HU of a rod with a density of water of its own are not those of bone.
    hu = [
        (one["density"] - residual - calibration.intercept) / calibration.slope
        for one, residual in zip(rods, details.get("residuals", ()), strict=True)
    ]
    span = np.linspace(min([*hu, SHOWN_HU[0]]), max([*hu, SHOWN_HU[1]]), 101)
    axes.plot(span, calibration.density(span), color=BLUE, linewidth=1.6)
    axes.plot(hu, [one["density"] for one in rods], "o", color=VERMILION, markersize=6)
    for one, at in zip(rods, hu, strict=True):
        axes.annotate(one["name"], (at, one["density"]), xytext=(6, -10),
                      textcoords="offset points", fontsize=points(13))  # fmt: skip
    tissues = [one for one in samples if one["density"] is None]
    inside = [one for one in tissues if span[0] <= one["hu"] <= span[-1]]
    for at, one in enumerate(inside):
        axes.axvline(one["hu"], color=GREY, linewidth=0.8, linestyle=":")
        axes.annotate(one["name"], (one["hu"], 1.0), xycoords=("data", "axes fraction"),
                      xytext=(2, -10 - 12 * at), textcoords="offset points", fontsize=points(13),
                      color=GREY)  # fmt: skip
    axes.margins(y=ROOM_BELOW_AND_ABOVE)
    axes.set_xlabel("HU", fontsize=points(14))
    axes.set_ylabel(f"mg {calibration.equivalent}/cm³", fontsize=points(14))
    axes.tick_params(labelsize=points(13))
    axes.grid(visible=True)
    sheet.text((left_px + 20, sheet.height_px - 18 * len(line_text) - 14), "\n".join(line_text), 14,
               color=BLACK)  # fmt: skip


def _words(calibration: Calibration, record: Mapping[str, Any]) -> list[str]:
    """Return the line, its fit and its flags in a few lines."""
    text = f"density = {equation_words(calibration)}"
    fit = [] if calibration.r2 is None else [f"R² {calibration.r2:.5f}"]
    details = record["details"]
    if "slope_se" in details:
        worst = max(details["residuals"], key=abs)
        fit += [
            f"SE of the slope {details['slope_se']:.4f}",
            f"residuals up to {number(worst, 1)}",
        ]
    if "energy_kev" in details:
        fit.append(f"energy of the fit {details['energy_kev']:g} keV")
    tissues = [one for one in record["samples"] if one["density"] is None]
    measured = [f"{one['name']} {number(one['hu'], 0)}" for one in tissues]
    hu = textwrap.wrap(f"{', '.join(measured)} HU", LINE_CHARACTERS) if measured else []
    flags = "; ".join(in_few_words(record["flags"], FLAGS))
    wrapped = textwrap.wrap(flags, LINE_CHARACTERS, max_lines=LINES, placeholder=" …")
    return [text, " · ".join(fit), *hu, *wrapped]
