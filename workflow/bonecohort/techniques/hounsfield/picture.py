"""QC picture of a participant's Hounsfield regions.

The picture shows what was measured and where: a sagittal view that follows the vertebral bodies
with the planes drawn in, and every plane with its region and HU. Nothing in it names the patient
but the study's own participant id.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.report.figures.style import GREY, ORANGE, SKY_BLUE, VERMILION, YELLOW, journal_style
from bonecohort.report.figures.svg_text import HALO
from bonecohort.report.pictures.sheet import (
    Box,
    Sheet,
    mark_scale,
    mark_sides,
    write_on,
)
from bonecohort.report.pictures.views import (
    View,
    axial_view,
    curved_to,
    roi_outline,
    sagittal_view,
    sample,
)
from bonecohort.report.printing.flag_words import in_few_words, is_noteworthy
from bonecohort.report.printing.format import number
from bonecohort.techniques.hounsfield.decimals import PLANE_DECIMALS, VERTEBRA_DECIMALS
from bonecohort.techniques.hounsfield.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.images.volume import FloatArray, Volume

BONE_WINDOW_HU = (-100.0, 400.0)  # level 150, width 500
PLANES: Mapping[str, str] = {"upper": SKY_BLUE, "middle": YELLOW, "lower": ORANGE}
PIXEL_MM = 0.8  # near a CT pixel: shown unsmoothed, as small files
SAGITTAL_WIDTH_MM = 80.0
SAGITTAL_MARGIN_MM = 34.0  # a body above and below the outermost planes
UNMEASURED_HEIGHT_MM = 230.0  # the lumbar spine, shown when a vertebra was not measured
PLANE_WIDTH_MM, PLANE_HEIGHT_MM = 62.0, 48.0
PLANE_PROPORTION = PLANE_HEIGHT_MM / PLANE_WIDTH_MM
# The middle of a plane's picture lies a little behind the region's, to show the canal.
POSTERIOR_SHIFT_MM = 5.0

SHEET_WIDTH_PX, HEADER_PX, ROW_PX, ROW_TITLE_PX, GAP_PX = 860, 48, 156, 26, 6
FLAG_CHARACTERS, REASON_CHARACTERS, REASON_LINES = 46, 58, 6
FLAG_LEFT_PX, NOT_MEASURED_PX, LEAST_ROWS = 160, 36, 3


@journal_style()
def draw_hounsfield_qc(
    ct: Volume, records: Sequence[Mapping[str, Any]], participant_id: str
) -> Figure:
    """Draw a participant's Hounsfield regions on the CT.

    Parameters
    ----------
    ct
        The CT in HU.
    records
        One ``hounsfield/{level}.json`` a level, measured or excluded, in any order.
    participant_id
        Printed as the title.

    Returns
    -------
    Figure
        For :func:`~bonecohort.report.pictures.sheet.save_picture`. Left: bone-window sagittal view
        through the regions' centres, bent to follow a scoliosis. Right: a row a level, a column a
        plane.
    """
    ordered = sorted(records, key=lambda record: str(record["level"]))
    sheet = Sheet(SHEET_WIDTH_PX, HEADER_PX + ROW_PX * max(len(ordered), LEAST_ROWS))
    sheet.text((2 * GAP_PX, 10), participant_id, 21, bold=True)
    legend = "bone window (level 150, width 500 HU) · each region: mean ± SD"
    sheet.text((SHEET_WIDTH_PX - 2 * GAP_PX, 16), legend, 13, color=GREY, align="right")

    plane_height_px = ROW_PX - ROW_TITLE_PX - GAP_PX
    plane_px = plane_height_px / PLANE_PROPORTION
    grid_left = SHEET_WIDTH_PX - 3 * (plane_px + GAP_PX) - GAP_PX
    sagittal = Box(
        2 * GAP_PX, HEADER_PX, grid_left - 3 * GAP_PX, sheet.height_px - HEADER_PX - 2 * GAP_PX
    )
    axes, view = show_sagittal(sheet, ct, ordered, sagittal)
    mark_sides(axes, view, ("A", "P", "S", "I"), 15, height=-0.93)
    for row, record in enumerate(ordered):
        first_plane = Box(
            grid_left, HEADER_PX + row * ROW_PX + ROW_TITLE_PX, plane_px, plane_height_px
        )
        _draw_level(sheet, ct, record, first_plane)
    return sheet.figure


def measured_rois(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a record's regions that have a place in the patient."""
    return [roi for roi in record.get("rois") or [] if roi.get("center_lps_mm")]


def show_sagittal(
    sheet: Sheet,
    ct: Volume,
    records: Sequence[Mapping[str, Any]],
    box: Box,
    pixel_mm: float = PIXEL_MM,
) -> tuple[Axes, View]:
    """Show the sagittal view through the regions' centres with every plane as a line."""
    centres = np.array([roi["center_lps_mm"] for rec in records for roi in measured_rois(rec)])
    all_measured = all(measured_rois(record) for record in records)
    least_height_mm = 0.0 if all_measured else UNMEASURED_HEIGHT_MM
    view = _sagittal_view(ct, centres, box.width_px / box.height_px, least_height_mm)
    points = view.points(pixel_mm)
    bent = curved_to(points, centres) if len(centres) else points
    axes = sheet.panel(box, sample(ct, bent), view, BONE_WINDOW_HU)
    for record in records:
        _mark_level(axes, view, record)
    mark_scale(axes, view)
    return axes, view


def _sagittal_view(
    ct: Volume, centres: FloatArray, proportion: float, least_height_mm: float
) -> View:
    """Return the view that holds all regions, as wide as the panel's proportion asks."""
    if len(centres):
        low, high = centres.min(axis=0), centres.max(axis=0)
        middle = (low + high) / 2
        height_mm = float(high[2] - low[2]) + 2 * SAGITTAL_MARGIN_MM
    else:
        middle = ct.to_lps((np.array(ct.array.shape) - 1) / 2)
        height_mm = 0.0
    height_mm = max(height_mm, least_height_mm, SAGITTAL_WIDTH_MM / proportion)
    return sagittal_view(middle, height_mm * proportion, height_mm)


def _mark_level(axes: Axes, view: View, record: Mapping[str, Any]) -> None:
    """Draw a vertebra's planes where they cut the sagittal view, and name the vertebra."""
    rois = measured_rois(record)
    for roi in rois:
        ends = line_ends(view, roi)
        axes.plot(*ends.T, color=PLANES[roi["plane"]], linewidth=2.2, solid_capstyle="butt",
                  path_effects=[HALO])  # fmt: skip
    if rois:
        height = float(np.mean([view.project(roi["center_lps_mm"])[1] for roi in rois]))
        write_on(axes, (-view.width_mm / 2 * 0.93, height), str(record["level"]), 20,
                 align=("left", "center"), bold=True)  # fmt: skip


def line_ends(view: View, roi: Mapping[str, Any]) -> FloatArray:
    """Return the ends, in view mm and anterior first, of the line in which a region cuts the view.

    The line is as long as the region reaches along it.
    """
    towards = np.cross(
        np.asarray(roi["normal_lps"], dtype=float), np.cross(view.right_lps, view.down_lps)
    )
    along = np.array([towards @ view.right_lps, towards @ view.down_lps])
    along *= np.sign(along[0]) / np.linalg.norm(along)
    centre = view.project(roi["center_lps_mm"])
    reach = (view.project(roi_outline(roi)) - centre) @ along
    ends: FloatArray = centre + np.outer([reach.min(), reach.max()], along)
    return ends


def _draw_level(sheet: Sheet, ct: Volume, record: Mapping[str, Any], first_plane: Box) -> None:
    """Draw one row: the vertebra's HU and flags, and its planes or why there are none."""
    rois = {roi["plane"]: roi for roi in measured_rois(record)}
    left, top = first_plane.left_px, first_plane.top_px
    level, hu = str(record["level"]), record.get("hu")
    if hu is None:
        sheet.text((left, top - 25), f"{level}  not measured", 18, color=VERMILION, bold=True)
    else:
        sheet.text((left, top - 25), f"{level}  {number(hu, VERTEBRA_DECIMALS)} HU", 18, bold=True)
    raised = [str(flag) for flag in record.get("flags") or []]
    flags = "; ".join(in_few_words(raised, FLAGS))
    if flags:
        shown = textwrap.shorten(flags, FLAG_CHARACTERS, placeholder=" …")
        title_px = FLAG_LEFT_PX if hu is not None else FLAG_LEFT_PX + NOT_MEASURED_PX
        color = VERMILION if any(is_noteworthy(flag, FLAGS) for flag in raised) else GREY
        sheet.text((left + title_px, top - 22), shown, 14, color=color)
    for column, plane in enumerate(PLANES):
        if plane in rois:
            beside = left + column * (first_plane.width_px + GAP_PX)
            axes, view = show_plane(sheet, ct, rois[plane], replace(first_plane, left_px=beside))
            mark_sides(axes, view, ("R", "L", "A", ""), 12)
            title_plane(axes, view, rois[plane], plane)
    if not rois:
        reason = str(record.get("reason") or "No region of interest has a place on the CT.")
        lines = textwrap.wrap(reason, REASON_CHARACTERS, max_lines=REASON_LINES, placeholder=" …")
        sheet.text((left, top + 4), "\n".join(lines), 15, color=GREY)


def show_plane(
    sheet: Sheet, ct: Volume, roi: Mapping[str, Any], box: Box, pixel_mm: float = PIXEL_MM
) -> tuple[Axes, View]:
    """Show a region in its own plane, with its outline as measured."""
    view = axial_view(roi["center_lps_mm"], roi["normal_lps"], PLANE_WIDTH_MM, PLANE_HEIGHT_MM)
    view = replace(view, centre_lps_mm=view.centre_lps_mm + POSTERIOR_SHIFT_MM * view.down_lps)
    axes = sheet.panel(box, sample(ct, view.points(pixel_mm)), view, BONE_WINDOW_HU)
    axes.plot(*view.project(roi_outline(roi)).T, color=PLANES[roi["plane"]], linewidth=1.8)
    return axes, view


def title_plane(axes: Axes, view: View, roi: Mapping[str, Any], title: str) -> None:
    """Write a plane's title at the top left, mean ± SD of its region at the bottom left."""
    left, _, bottom, top = view.extent_mm
    write_on(axes, (left + 1.5, top + 1), title, 15, align=("left", "top"),
             color=PLANES[roi["plane"]])  # fmt: skip
    mean, sd = (number(roi.get(name), PLANE_DECIMALS) for name in ("hu", "sd_hu"))
    reading = f"{mean} ± {sd} HU"
    write_on(axes, (left + 1.5, bottom - 1), reading, 16, align=("left", "bottom"), bold=True)
