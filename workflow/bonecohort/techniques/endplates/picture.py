"""QC picture of a participant's endplate measurements on the sagittal T2-weighted MR.

The lines are shown on the slice they were drawn on; each measure has its colour, and each
level's lengths stand beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from bonecohort.report.figures.style import (
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY_BLUE,
    VERMILION,
    YELLOW,
    journal_style,
)
from bonecohort.report.figures.svg_text import HALO
from bonecohort.report.pictures.sheet import Box, Sheet, mark_scale, mark_sides, write_on
from bonecohort.report.pictures.views import POSTERIOR, View, sample
from bonecohort.report.printing.format import counted, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    from bonecohort.images.volume import FloatArray, Volume

Line: TypeAlias = "tuple[str, ArrayLike, ArrayLike]"
"""Name (``L3_sup_1_width``), first and second end in LPS mm."""

MEASURE_COLOURS: Mapping[str, str] = {
    "width": ORANGE,
    "depth": VERMILION,
    "body_width": SKY_BLUE,
    "body_height": GREEN,
    "contour": PURPLE,
}
MARGIN_MM = 14.0
LEAST_SIDE_MM = 60.0
PIXEL_MM = 0.7
MOST_SLICES = 3
INTENSITY_PERCENTILES = (1.0, 99.5)

SHEET_WIDTH_PX, HEADER_PX, GAP_PX = 860, 48, 10
MOST_PICTURE_PX = 760
LIST_PX = 250
LINE_PX = 17
PAGE_BYTES = 35_000
"""Of the picture in the page, at most."""


@journal_style()
def draw_endplates_qc(t2: Volume, lines: Sequence[Line], participant_id: str) -> Figure:
    """Draw the measured lines on the T2-weighted slices nearest to them.

    Parameters
    ----------
    t2
        Sagittal T2-weighted MR.
    lines
        ``(name, end_1_lps_mm, end_2_lps_mm)``. Lines of one name of which each begins where the
        one before ends are the edges of one drawn outline. Without any, the whole middle slice
        is shown.
    participant_id
        Printed as the title.

    Returns
    -------
    Figure
        For :func:`~bonecohort.report.pictures.sheet.save_picture`: one panel a slice, at most three
        (those with most lines; the header counts lines on others), zoomed to all lines.
    """
    marks = join_edges(lines)
    middle = t2.array.shape[_slice_axis(t2)] // 2
    by_slice = _group_by_slice(t2, marks) or {middle: []}
    shown = sorted(sorted(by_slice, key=lambda k: (-len(by_slice[k]), k))[:MOST_SLICES])
    framed = np.concatenate([m.points_lps_mm for m in marks] or [_slice_corners(t2, middle)])
    margin_mm = MARGIN_MM if marks else 0.0
    views = {index: _view(t2, index, framed, margin_mm) for index in shown}
    first = views[shown[0]]
    free_px = SHEET_WIDTH_PX - LIST_PX - GAP_PX * (2 + len(shown))
    panel_px = min(free_px / len(shown), MOST_PICTURE_PX * first.width_mm / first.height_mm)
    panel_height_px = panel_px * first.height_mm / first.width_mm

    listed = _lengths_by_level([mark for index in shown for mark in by_slice[index]])
    list_height = sum(LINE_PX * (len(rows) + 2) for rows in listed.values())
    height_px = round(HEADER_PX + max(panel_height_px, list_height) + GAP_PX)
    sheet = Sheet(SHEET_WIDTH_PX, height_px)
    sheet.text((2 * GAP_PX, 10), participant_id, 21, bold=True)
    hidden = len(marks) - sum(len(by_slice[index]) for index in shown)
    subtitle = "endplate measurements, sagittal T2-weighted MR" + (
        f" · {counted(hidden, 'mark')} on other slices not shown" if hidden else ""
    )
    sheet.text((SHEET_WIDTH_PX - GAP_PX, 16), subtitle, 13, color=GREY, align="right")
    if not marks:
        sheet.text((SHEET_WIDTH_PX - LIST_PX, HEADER_PX), "no mark drawn", 15, color=GREY)

    n_slices = t2.array.shape[_slice_axis(t2)]
    window = _window(t2, first)
    for column, index in enumerate(shown):
        left = 2 * GAP_PX + column * (panel_px + GAP_PX)
        view = views[index]
        box = Box(left, HEADER_PX, panel_px, panel_height_px)
        axes = sheet.panel(box, sample(t2, view.points(PIXEL_MM)), view, window)
        _draw_marks(axes, view, by_slice[index])
        mark_sides(axes, view, ("A", "P", "S", f"slice {index + 1} of {n_slices}"), 14, -0.93)
        mark_scale(axes, view)
    list_left = 2 * GAP_PX + len(shown) * (panel_px + GAP_PX) + GAP_PX
    _write_lengths(sheet, listed, list_left)
    return sheet.figure


@dataclass(frozen=True)
class Mark:
    """A reader's mark: a line (two points) or an outline (more), LPS mm, shape (n, 3)."""

    name: str
    points_lps_mm: FloatArray

    @property
    def level(self) -> str:
        """The first part of the name, ``L3`` of ``L3_sup_1_width``."""
        return _words(self.name)[0]

    @property
    def text(self) -> str:
        """What the mark is, and for a line its length: ``sup 1 width  10.6 mm``."""
        words = " ".join(_words(self.name)[1:])
        if len(self.points_lps_mm) > 2:
            return words
        length_mm = float(np.linalg.norm(self.points_lps_mm[1] - self.points_lps_mm[0]))
        return f"{words}  {number(length_mm, 1)} mm"


def _words(name: str) -> list[str]:
    """Split a mark's name at ``_``, ``-`` and spaces."""
    return re.split(r"[\s_-]+", name.strip())


def join_edges(lines: Sequence[Line]) -> list[Mark]:
    """Return lines as marks, the successive edges of an outline joined into one."""
    chains: list[tuple[str, list[FloatArray]]] = []
    for name, start, end in lines:
        first, last = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
        if chains and chains[-1][0] == name and np.array_equal(chains[-1][1][-1], first):
            chains[-1][1].append(last)
        else:
            chains.append((name, [first, last]))
    return [Mark(name, np.array(points)) for name, points in chains]


def _slice_axis(t2: Volume) -> int:
    """Return the voxel axis that steps from slice to slice: the one nearest left–right."""
    directions = t2.affine_lps[:3, :3] / t2.spacing_mm
    return int(np.argmax(np.abs(directions[0])))


def _group_by_slice(t2: Volume, marks: Sequence[Mark]) -> dict[int, list[Mark]]:
    """Group marks by the index of the slice nearest to their middle, kept inside the scan."""
    axis = _slice_axis(t2)
    groups: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        index = round(float(t2.to_index(mark.points_lps_mm.mean(axis=0))[axis]))
        groups[min(max(index, 0), t2.array.shape[axis] - 1)].append(mark)
    return dict(groups)


def _slice_corners(t2: Volume, index: int) -> FloatArray:
    """Return the four corner voxels of a slice, LPS mm, shape (4, 3)."""
    axis = _slice_axis(t2)
    ends = [(0, size - 1) for size in t2.array.shape]
    ends[axis] = (index, index)
    corners = {(i, j, k) for i in ends[0] for j in ends[1] for k in ends[2]}
    return t2.to_lps(np.array(sorted(corners), dtype=float))


def _view(t2: Volume, index: int, points: FloatArray, margin_mm: float) -> View:
    """Return a slice's own plane, wide and high enough for points (n, 3), anterior on the left."""
    axis = _slice_axis(t2)
    normal = np.linalg.inv(t2.affine_lps)[axis, :3]
    normal = normal / np.linalg.norm(normal)
    right = POSTERIOR - (POSTERIOR @ normal) * normal
    right = right / np.linalg.norm(right)
    down = np.cross(right, normal)
    down = down if down[2] < 0 else -down

    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    on_slice = middle + (index - t2.to_index(middle)[axis]) * t2.spacing_mm[axis] * _towards(t2)
    around = View(on_slice, right, down, 1, 1).project(points)
    width_mm, height_mm = 2 * np.abs(around).max(axis=0) + 2 * margin_mm
    return View(
        on_slice, right, down,
        max(float(width_mm), LEAST_SIDE_MM), max(float(height_mm), LEAST_SIDE_MM),
    )  # fmt: skip


def _towards(t2: Volume) -> FloatArray:
    """Return the unit direction in LPS from a slice to the next."""
    axis = _slice_axis(t2)
    step: FloatArray = t2.affine_lps[:3, axis] / t2.spacing_mm[axis]
    return step


def _window(t2: Volume, view: View) -> tuple[float, float]:
    """Return the darkest and brightest shown intensity; MR intensities have no fixed scale."""
    picture: NDArray[np.float32] = sample(t2, view.points(PIXEL_MM))
    inside = picture[np.isfinite(picture)]
    if not inside.size:
        return (0.0, 1.0)
    low, high = np.percentile(inside, INTENSITY_PERCENTILES)
    return (float(low), max(float(high), float(low) + 1.0))


def _draw_marks(axes: Axes, view: View, marks: Sequence[Mark]) -> None:
    for mark in marks:
        is_line = len(mark.points_lps_mm) == 2
        axes.plot(*view.project(mark.points_lps_mm).T, color=_colour(mark.name), linewidth=1.8,
                  marker="o" if is_line else "", markersize=2.2, path_effects=[HALO])  # fmt: skip
    for level in sorted({mark.level for mark in marks}):
        points = np.concatenate([mark.points_lps_mm for mark in marks if mark.level == level])
        height = float(view.project(points)[:, 1].mean())
        write_on(axes, (-view.width_mm / 2 * 0.95, height), level, 17, bold=True,
                 align=("left", "center"))  # fmt: skip


def _colour(name: str) -> str:
    """Return a measure's colour; the longest measure name that a mark's name holds counts."""
    plain = "_".join(_words(name)).lower()
    held = [measure for measure in MEASURE_COLOURS if measure in plain]
    return MEASURE_COLOURS[max(held, key=len)] if held else YELLOW


def _lengths_by_level(marks: Sequence[Mark]) -> dict[str, list[Mark]]:
    """Return the marks of each level, both in name order."""
    listed: dict[str, list[Mark]] = defaultdict(list)
    for mark in sorted(marks, key=lambda mark: mark.name):
        listed[mark.level].append(mark)
    return dict(listed)


def _write_lengths(sheet: Sheet, listed: Mapping[str, Sequence[Mark]], left_px: float) -> None:
    top = float(HEADER_PX)
    for level, marks in listed.items():
        sheet.text((left_px, top), level, 17, bold=True)
        top += LINE_PX * 1.35
        for mark in marks:
            sheet.text((left_px + 4, top + 1), "■", 13, color=_colour(mark.name))
            sheet.text((left_px + 22, top), mark.text, 14)
            top += LINE_PX
        top += LINE_PX * 0.5
