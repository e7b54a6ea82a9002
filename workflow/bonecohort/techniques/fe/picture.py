"""QC picture of a participant's models: the effective strain on three cuts, with the caps."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.report.figures.style import GREY, SKY_BLUE, VERMILION, journal_style
from bonecohort.report.pictures.sheet import Box, Sheet
from bonecohort.report.pictures.views import View
from bonecohort.report.printing.flag_words import in_few_words
from bonecohort.report.printing.format import number
from bonecohort.techniques.fe.cuts import CUTS
from bonecohort.techniques.fe.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.techniques.fe.cuts import Cut

WINDOW = (-0.012, 0.015)
"""Effective strain shown black and white: bone without load is grey."""
SHEET_WIDTH_PX, HEADER_PX, ROW_PX, CUT_PX, GAP_PX = 860, 64, 190, 180, 6
MARGIN = 1.06
LINE_CHARACTERS, LINES, SITE_CHARACTERS = 34, 8, 24
ACROSS, DOWN = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, -1.0])


@journal_style()
def draw_fe_qc(
    cuts: Mapping[str, Mapping[str, Cut]],
    records: Sequence[Mapping[str, Any]],
    participant_id: str,
) -> Figure:
    """Draw a participant's models, a row a site.

    Parameters
    ----------
    cuts
        Site → its three cuts, of those that were measured.
    records
        One record a site, measured or excluded.
    participant_id
        Printed as the title.
    """
    sheet = Sheet(SHEET_WIDTH_PX, HEADER_PX + ROW_PX * len(records))
    sheet.text((2 * GAP_PX, 10), participant_id, 21, bold=True)
    legend = f"effective strain, grey 0 to white {100 * WINDOW[1]:g}% · outlined: caps"
    sheet.text((SHEET_WIDTH_PX - 2 * GAP_PX, 14), legend, 13, color=GREY, align="right")
    for column, name in enumerate(CUTS):
        sheet.text((_left(column), HEADER_PX - 22), name, 13, color=GREY)
    for row, record in enumerate(records):
        top = HEADER_PX + row * ROW_PX
        for column, cut in enumerate(cuts.get(str(record["level"]), {}).values()):
            _show_cut(sheet, cut, Box(_left(column), top, CUT_PX, CUT_PX))
        _write_values(sheet, record, (_left(len(CUTS)), top))
    return sheet.figure


def _left(column: int) -> float:
    return 2 * GAP_PX + column * (CUT_PX + GAP_PX)


def _show_cut(sheet: Sheet, cut: Cut, box: Box) -> None:
    height, width = (MARGIN * max(cut.size_mm),) * 2
    view = View(np.zeros(3), ACROSS, DOWN, width, height)
    axes = sheet.panel(box, _centred(cut, (height, width)), view, WINDOW)
    if cut.is_cap.any():
        _outline_caps(axes, cut)


def _centred(cut: Cut, size_mm: tuple[float, float]) -> Any:
    """Return a cut's strain in the middle of a larger picture of the same scale."""
    rows, columns = cut.strain.shape
    around = [
        round((size_mm[axis] / cut.size_mm[axis] - 1) * cut.strain.shape[axis] / 2)
        for axis in (0, 1)
    ]
    picture = np.full((rows + 2 * around[0], columns + 2 * around[1]), np.nan, np.float32)
    picture[around[0] : around[0] + rows, around[1] : around[1] + columns] = cut.strain
    return picture


def _outline_caps(axes: Axes, cut: Cut) -> None:
    (height, width), (rows, columns) = cut.size_mm, cut.strain.shape
    x = (np.arange(columns + 2) - 0.5) * width / columns - width / 2
    y = (np.arange(rows + 2) - 0.5) * height / rows - height / 2
    caps = np.pad(cut.is_cap, 1).astype(float)
    axes.contour(x, y, caps, levels=[0.5], colors=[SKY_BLUE], linewidths=1.4)


def _write_values(sheet: Sheet, record: Mapping[str, Any], place_px: tuple[float, float]) -> None:
    """Write a site's failure load, its model and its flags, or why there is none."""
    left, top = place_px
    values = {row["measure"]: row["value"] for row in record["measurements"]}
    site = _shortened(str(record["level"]))
    lines = []
    if not values:
        sheet.text((left, top), site, 18, color=VERMILION, bold=True)
        sheet.text((left, top + 24), "not measured", 16, color=VERMILION)
    else:
        sheet.text((left, top), site, 18, bold=True)
        load = f"failure load {number(values['failure_load'], 0)} N"
        sheet.text((left, top + 24), load, 16)
        model = record["model"]
        lines = [
            f"stiffness {number(values['stiffness'], 0)} N/mm",
            f"{model['n_elements']:,} elements, {number(model['height_mm'], 1)} mm high",
            f"{model['iterations']} iterations",
        ]
    text = record["reason"] or "; ".join(in_few_words(record["flags"], FLAGS))
    lines += textwrap.wrap(text, LINE_CHARACTERS, max_lines=LINES - len(lines), placeholder=" …")
    sheet.text((left, top + 48), "\n".join(lines), 14, color=GREY)


def _shortened(site: str) -> str:
    """Return the name of a site that fits beside the cuts."""
    return site if len(site) <= SITE_CHARACTERS else f"{site[: SITE_CHARACTERS - 1]}…"
