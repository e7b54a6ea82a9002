"""Lengths and ellipses exported by OHIF as CSV, with their points in LPS mm.

OHIF joins cells by commas and quotes nothing, so a comma in a name shifts a row; and rows end where
their last value stands. A spreadsheet saves it again with semicolons or tabs, quotes, and decimal
commas. The file names the patient: no message quotes a row before the cells are known to stand
under their columns.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bonecohort.annotations.marks.markup import FARTHEST_MM, Markup, printable
from bonecohort.annotations.marks.names import parse_name
from bonecohort.annotations.marks.ohif_outlines import outline_of
from bonecohort.annotations.marks.text_cells import NUMBER, number_of, table_rows
from bonecohort.faults import DataFault
from bonecohort.images.grid import uid_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bonecohort.annotations.marks.markup import Point
    from bonecohort.annotations.marks.names import Form

REQUIRED = ("Label", "AnnotationType", "points")
LENGTH = "Length (mm)"
_TOOL = re.compile(r"[A-Za-z][\w@^.]*:(?P<tool>\w+)")
_POINTS = re.compile(rf"{NUMBER} {NUMBER} {NUMBER}(?:;{NUMBER} {NUMBER} {NUMBER})*")
_UID = re.compile(r"[0-9.]*")


def read_ohif_csv(path: Path, forms: Sequence[Form]) -> list[Markup]:
    """Read the measurements of an OHIF export; a Length is a Line, all else keeps its tool's name.

    An ellipse or a circle of a region's name, by the ``forms``, is a closed curve.

    Raises
    ------
    DataFault
        The export holds no points (OHIF 2), or a row's cells do not stand under their columns.
    """
    (_, header), *rows = table_rows(path)
    columns = [cell.strip() for cell in header]
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise DataFault(
            f"{path.name} is an OHIF export without {', '.join(missing)}, so where its lines lie "
            "is unknown; export from OHIF 3, as CSV or as DICOM SR."
        )
    repeated = [column for column in (*REQUIRED, LENGTH) if columns.count(column) > 1]
    if repeated:
        raise DataFault(f"{path.name}: column {', '.join(repeated)} stands more than once.")
    return [_markup(path.name, number, columns, cells, forms) for number, cells in rows]


def _markup(
    file: str, number: int, columns: list[str], cells: list[str], forms: Sequence[Form]
) -> Markup:
    row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    tool = _TOOL.fullmatch(row.get("AnnotationType", ""))
    uids = [row.get(column, "") for column in ("SeriesInstanceUID", "FrameOfReferenceUID")]
    if (
        len(cells) > len(columns)
        or "Label" not in row
        or tool is None
        or not _POINTS.fullmatch(row.get("points", ""))
        or not all(_UID.fullmatch(uid) for uid in uids)
    ):
        raise DataFault(
            f"{file}, row {number}: the cells do not stand under their columns; OHIF quotes "
            "nothing, so a comma in a name or label shifts them. Export as DICOM SR, or without "
            "commas."
        )
    points = tuple(_point(text) for text in row["points"].split(";"))
    if max(abs(value) for point in points for value in point) > FARTHEST_MM:
        raise DataFault(
            f"{file}, row {number}, points: a coordinate beyond {FARTHEST_MM:g} mm, which no "
            "scanner reaches."
        )
    is_length = tool["tool"] == "Length"
    name = printable(row["Label"])
    meaning = parse_name(name, forms)
    is_region = meaning is not None and meaning.form.drawn_as == "region"
    outline = outline_of(tool["tool"], points) if is_region else None
    return Markup(
        type="ClosedCurve" if outline else "Line" if is_length else tool["tool"],
        name=name,
        points_lps_mm=outline or points,
        stored_mm=_stored(file, number, row) if is_length else {},
        source=file,
        frame_of_reference=uid_digest(uids[1]),
        series=frozenset({uid_digest(uids[0])} - {""}),
    )


def _point(text: str) -> Point:
    x, y, z = (number_of(value) for value in text.split(" "))
    return (x, y, z)


def _stored(file: str, number: int, row: Mapping[str, str]) -> dict[str, float]:
    text = row.get(LENGTH, "")
    if not text:
        return {}
    if not re.fullmatch(NUMBER, text):
        raise DataFault(f"{file}, row {number}, {LENGTH}: not a number; a length is expected.")
    return {"length": number_of(text)}
