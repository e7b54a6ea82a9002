"""Figure 1 of a study: the regions of interest of one vertebra on the CT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.cohort.frames import write_table
from bonecohort.images.nifti import read_nifti
from bonecohort.report.figures.style import (
    DOUBLE_COLUMN_MM,
    MM_PER_INCH,
    journal_style,
    save_figure,
)
from bonecohort.report.pictures.sheet import DPI, Box, Sheet, mark_sides, write_on
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.study.left_out import is_left_out
from bonecohort.techniques.hounsfield.picture import (
    PLANE_PROPORTION,
    PLANES,
    line_ends,
    measured_rois,
    show_plane,
    show_sagittal,
    title_plane,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure

    from bonecohort.images.volume import Volume
    from bonecohort.study.study import Study

NAME = "figure1_roi"
LETTERS = dict(zip(PLANES, "ABC", strict=True))
PLANE_PX, GAP_PX = 200.0, 8.0
PIXEL_MM = 0.4
LETTER_GAP_MM = 2.0
SHOWN_VALUES = ("plane", "hu", "sd_hu", "median_hu", "n_voxels", "area_mm2", "excluded_fraction")


def draw_figure_of_regions(study: Study, results: Path, out: Path) -> None:
    """Draw one vertebra of the study, where one was measured on a CT."""
    shown = vertebra_to_show(study, results)
    if shown:
        folder, record = shown
        mark = study.settings.report.decimal_mark
        draw_figure1(read_nifti(folder / "ct.nii.gz"), record, out, mark)


def vertebra_to_show(study: Study, results: Path) -> tuple[Path, dict[str, Any]] | None:
    """Return the middle vertebra of the first participant measured whole and without a flag.

    One that the table of exclusions leaves out is not shown.
    """
    levels = study.settings.levels
    partly = None
    for participant_id in study.included:
        folder = participant_folder(results, participant_id)
        paths = [folder / "hounsfield" / f"{level}.json" for level in levels]
        if not all(path.is_file() for path in paths):
            continue
        records = [read_record(path) for path in paths]
        if any(record["status"] != "measured" for record in records):
            continue
        middle = records[len(records) // 2]
        if is_left_out(study, participant_id, "hounsfield", levels[len(levels) // 2]):
            continue
        if not any(record["flags"] for record in records):
            return folder, middle
        partly = partly or (folder, middle)
    return partly


def draw_figure1(ct: Volume, record: Mapping[str, Any], out: Path, decimal_mark: str = ".") -> None:
    """Write ``figure1_roi`` as PNG, SVG and PDF, and the shown values as CSV.

    Parameters
    ----------
    ct
        The CT in HU.
    record
        A measured ``hounsfield/{level}.json``.
    out
        Folder written.
    decimal_mark
        Of the numbers in the figure.
    """
    with journal_style():
        save_figure(figure_of_rois(ct, record), out, NAME, decimal_mark)
    values = pd.DataFrame(measured_rois(record)).reindex(columns=list(SHOWN_VALUES))
    values.insert(0, "level", record["level"])
    write_table(out / f"{NAME}.csv", values)


def figure_of_rois(ct: Volume, record: Mapping[str, Any]) -> Figure:
    """Draw the sagittal view with lines A, B, C, and beside it the planes from upper to lower."""
    width_px = round(DOUBLE_COLUMN_MM / MM_PER_INCH * DPI)
    plane_height = PLANE_PX * PLANE_PROPORTION
    height_px = round(len(PLANES) * (plane_height + GAP_PX) - GAP_PX)
    sheet = Sheet(width_px, height_px)
    sagittal = Box(0, 0, width_px - PLANE_PX - GAP_PX, height_px)
    sagittal_axes, sagittal_view = show_sagittal(sheet, ct, [record], sagittal, PIXEL_MM)
    # Whole words, as A is also the name of a plane.
    mark_sides(sagittal_axes, sagittal_view, ("anterior", "posterior", "", ""), 14, height=-0.93)
    for roi in measured_rois(record):
        plane = roi["plane"]
        letter, row = LETTERS[plane], list(PLANES).index(plane)
        beside = Box(width_px - PLANE_PX, row * (plane_height + GAP_PX), PLANE_PX, plane_height)
        axes, view = show_plane(sheet, ct, roi, beside, PIXEL_MM)
        mark_sides(axes, view, ("R", "L", "", ""), 14)
        title_plane(axes, view, roi, f"{letter}  {plane}")
        across, down = line_ends(sagittal_view, roi)[1]
        write_on(sagittal_axes, (across + LETTER_GAP_MM, down), letter, 16,
                 color=PLANES[plane], bold=True, align=("left", "center"))  # fmt: skip
    return sheet.figure
