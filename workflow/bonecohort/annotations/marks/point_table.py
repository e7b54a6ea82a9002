"""Tables of control points that 3D Slicer exports: one row a point, in LPS or RAS mm.

The table does not distinguish a line from a curve. The names of the points do: a width is a line of
two, a contour a closed curve of three or more.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from bonecohort.annotations.copies import mark_stem
from bonecohort.annotations.marks.markup import FARTHEST_MM, Markup, Point, printable
from bonecohort.annotations.marks.names import MarkName, example_of_line, level_in, parse_name
from bonecohort.annotations.marks.text_cells import NUMBER, number_of, table_rows
from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bonecohort.annotations.marks.names import Form

TO_LPS = {("l", "p", "s"): (1.0, 1.0, 1.0), ("r", "a", "s"): (-1.0, -1.0, 1.0)}
PLACED, UNPLACED = ("", "1", "1.0", "true", "yes"), ("0", "0.0", "false", "no")
"""What the column ``defined`` holds, as Slicer writes it or a spreadsheet saves it again."""
NUMBERED = re.compile(r"[\s_-]*\d*$")
"""What Slicer adds to a markup's name to call its points."""
LANDMARKS = ("", "f", "a", "p", "r")
"""Names that Slicer gives points, angles, planes and boxes; a line's is L, a closed curve's CC."""


def read_point_table(path: Path, forms: Sequence[Form]) -> list[Markup]:
    """Read the lines and closed curves whose points a table of Slicer's holds.

    Lone points without a measure's name are landmarks, and are left out. So are those that Slicer
    named as such. Others may be those of a line or curve that nobody named.

    Raises
    ------
    DataFault
        A point's place is no place, or a name speaks of a level but not of a measure. Several
        points have one name of neither, or a measure has another number of points than it needs.
    """
    example = example_of_line(forms)
    (_, header), *rows = table_rows(path)
    columns = [cell.strip().lower() for cell in header]
    axes = next(axes for axes in TO_LPS if {"label", *axes} <= set(columns))
    of_file = parse_name(mark_stem(path.name), forms)
    points: dict[MarkName, list[Point]] = {}
    unnamed: Counter[str] = Counter()
    for number, cells in rows:
        row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
        if not _is_placed(path, number, row.get("defined", "")):
            continue
        name = parse_name(row.get("label", ""), forms) or of_file
        if name is None:
            if level_in(row.get("label", "")):
                raise DataFault(
                    f"{path.name}, row {number}: {printable(row['label'])!r} is not understood; a "
                    f"name such as {example}-1 is expected."
                )
            unnamed[NUMBERED.sub("", row.get("label", ""))] += 1
            continue
        points.setdefault(name, []).append(_point(path, number, row, axes))
    for called, count in unnamed.items():
        if count > 1 and called.lower() not in LANDMARKS:
            raise DataFault(
                f"{path.name} holds {count} points called {printable(called)!r}, which name no "
                f"measure: they may be those of a line or curve. Name it as {example}, "
                "or keep landmarks as a list of points (.fcsv)."
            )
    return [_markup(path, name, placed) for name, placed in points.items()]


def _is_placed(path: Path, number: int, defined: str) -> bool:
    if defined.lower() in UNPLACED:
        return False
    if defined.lower() in PLACED:
        return True
    raise DataFault(
        f"{path.name}, row {number}, defined: {printable(defined)!r}; 1 or 0 is expected."
    )


def _point(path: Path, number: int, row: Mapping[str, str], axes: tuple[str, str, str]) -> Point:
    texts = [row.get(axis, "") for axis in axes]
    if not all(re.fullmatch(NUMBER, text) for text in texts):
        raise DataFault(
            f"{path.name}, row {number}, {', '.join(axes)}: {printable(' '.join(texts))!r}; three "
            "numbers in mm are expected."
        )
    x, y, z = (sign * number_of(text) for sign, text in zip(TO_LPS[axes], texts, strict=True))
    if not max(map(abs, (x, y, z))) <= FARTHEST_MM or not math.isfinite(x + y + z):
        raise DataFault(
            f"{path.name}, row {number}: a coordinate beyond {FARTHEST_MM:g} mm, which no scanner "
            "reaches."
        )
    return (x, y, z)


def _markup(path: Path, name: MarkName, points: list[Point]) -> Markup:
    closed = name.form.drawn_as != "line"
    is_whole = len(points) >= 3 if closed else len(points) == 2
    if not is_whole:
        raise DataFault(
            f"{path.name} holds {len(points)} points of {name.text}; "
            f"{'three or more' if closed else 'two'} are expected."
        )
    kind = "ClosedCurve" if closed else "Line"
    return Markup(kind, name.text, tuple(points), source=path.name)
