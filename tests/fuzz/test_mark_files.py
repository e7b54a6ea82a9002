"""Damaged Slicer scenes and OHIF exports: refused with a reason, or lengths of their points."""

from __future__ import annotations

import io
import math
import re
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonecohort.annotations.marks.read import read_reading
from bonecohort.faults import DataFault
from bonecohort.techniques.endplates.markups import line_length_mm, read_level
from bonecohort.techniques.hounsfield.markups import read_regions
from tests.annotations.marks.forms import FORMS
from tests.annotations.marks.test_read import OHIF_HEADER, SCENE, TRANSFORM, node, write_line

from .damage import changed_bytes
from .profile import cases
from .reasons import TOKEN, check_reason

LEVELS = ("L1", "L2", "L3", "L4", "L5")
WORDS = [
    "", " ", "0", "-1", "1e400", "nan", "inf", "L3_body_width", "L3_sup_1_width", "L9_upper",
    "L2_upper", "F.mrk.json", "body%20width.mrk.json", "../F.mrk.json", "%00", "%ff.mrk.json",
    "/etc/passwd", "x" * 3000, "x" * 300 + ".mrk.json", ".mrk.json", "&amp;", "&#1;", "&#0;",
    "&x;", '"', "<", ">", "</MRML>", "<a>", "<![CDATA[", "<?xml encoding='x'?>", "utf-16", "cp037",
    "latin-1", "unknown", "idna", "storage:", "transform:vtkMRMLLinearTransformNode3;", "山田",
    "MarkupsLine", "MarkupsFiducial", "name", "id", "fileName", "references",
]  # fmt: skip


def nodes():
    return [
        node("L3_body_width", "body%20width.mrk.json"),
        node("L2_body_height_1", "G.mrk.json"),
        node("F", "F.mrk.json", "MarkupsFiducial", TRANSFORM),
    ]


@st.composite
def scene_text(draw):
    """Return a scene's bytes: a word of it replaced, then perhaps a byte."""
    text = SCENE.format(nodes="\n".join(nodes()))
    for _ in range(draw(st.integers(0, 2))):
        places = list(re.finditer(r"[\w.%]+|[<>\"/=:;?]", text))
        place = draw(st.sampled_from(places))
        text = text[: place.start()] + draw(st.sampled_from(WORDS)) + text[place.end() :]
    content = text.encode()
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        content = draw(changed_bytes(content))
    return content


def check_marks(path, *names):
    """Read marks as the jobs do: each gives a fault with a reason, or its only length."""
    try:
        markups = read_reading(path, FORMS).markups
    except DataFault as fault:
        check_reason(fault, *names)
        return []
    lengths = []
    for level in LEVELS:
        try:
            read_level(markups, level, "1", (1.0, 0.0, 0.0))
            read_regions(markups, level)
        except DataFault as fault:
            check_reason(fault)
    for one in markups:
        assert all(math.isfinite(value) for point in one.points_lps_mm for value in point)
        if one.type != "Line":
            continue
        try:
            lengths.append(line_length_mm(one))
        except DataFault as fault:
            check_reason(fault)
    return lengths


@pytest.mark.parametrize("packed", [False, True], ids=["mrml", "mrb"])
def test_a_damaged_scene_is_refused_or_gives_its_lines(packed):
    @cases(130)
    @given(content=scene_text(), data=st.data())
    def holds(content, data):
        with TemporaryDirectory() as name:
            folder = Path(name) / "scene"
            for file in ("body width", "F", "G"):
                write_line(folder / f"{file}.mrk.json")
            (folder / "Scene.mrml").write_bytes(content)
            path = folder / "Scene.mrml"
            if packed:
                path = Path(name) / "reader1.mrb"
                path.write_bytes(data.draw(bundle(folder)))
            lengths = check_marks(path, "scene", "Scene.mrml", ".mrk.json", ".mrb")
        # Each file holds one line of 5 mm; a damaged file of the bundle is refused by its CRC.
        assert all(math.isclose(length, 5.0) for length in lengths), lengths

    holds()


@st.composite
def bundle(draw, folder):
    """Return the zip of a scene's folder; perhaps with changed bytes or an odd member."""
    stream = io.BytesIO()
    method = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    with zipfile.ZipFile(stream, "w", method) as archive:
        for file in sorted(folder.iterdir()):
            archive.writestr(zipfile.ZipInfo(f"reader1/{file.name}"), file.read_bytes(), method)
        if draw(st.integers(0, 3)) == 0:
            odd = ["../out.mrml", "/reader1/L3_upper.mrk.json", "reader1/F.mrk.json/x.mrk.json",
                   "x" * 300 + ".mrk.json", "reader2/b.mrml", ".mrml"]  # fmt: skip
            archive.writestr(zipfile.ZipInfo(draw(st.sampled_from(odd))), b"<MRML/>")
    content = stream.getvalue()
    for _ in range(draw(st.integers(0, 2))):
        cut = max(len(content) - 300, 0) if draw(st.booleans()) else 0
        content = content[:cut] + draw(changed_bytes(content[cut:]))
    return content


OHIF_ROW = f"{TOKEN}1,{TOKEN}^J,1.2.3,1.2.3.4,1.2.3.4.5,"
OHIF_ROWS = [
    OHIF_ROW + "L3_body_width,Cornerstone:Length,5.0,1.2.9,2.1 -31.0 -402.5;2.1 -28.0 -398.5",
    OHIF_ROW + "L2_sup_1_width,Cornerstone:Length,10,1.2.9,0 0 0;0 6 8",
    OHIF_ROW + "L3_upper,Cornerstone:EllipticalROI,,1.2.9,0 0 0;0 1 0;1 0 0;1 1 0,120,100",
]
OHIF_CELLS = [
    "", " ", "0", "5.0", "1e400", "nan", "-1", "0 0 0", "0 0 0;0 6 8", "0 0 0;0 1e400 0",
    "0 0 0;1e300 0 0", "0 0 0;0 6 8;0 9 9", "１ ２ ３;0 6 8", "0,0,0", "a,b", '"', '"a,b"', "\x00",
    "\u2028", "\x0b", "\ufeff", "x" * 3000, "Label", "points", "AnnotationType", "Length (mm)",
    "Cornerstone:Length", "CornerstoneTools@^4.0.0:Length", "Cornerstone:Bidirectional", ":Length",
    "L3_sup_1_width", "L9_upper", "L2 sup 1 depth", "1.2.9", TOKEN, f"{TOKEN}, Jane", "山田",
]  # fmt: skip


@st.composite
def ohif_table(draw):
    rows = [row.split(",") for row in (OHIF_HEADER, *OHIF_ROWS)]
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.sampled_from(rows))
        at = draw(st.integers(0, max(len(row) - 1, 0)))
        cell = draw(st.sampled_from(OHIF_CELLS))
        match draw(st.sampled_from(["cell", "cell", "cell", "add", "drop", "swap", "cut"])):
            case "cell" if row:
                row[at] = cell
            case "drop" if row:
                del row[at]
            case "swap" if row:
                row[at], row[-1] = row[-1], row[at]
            case "cut":
                del row[at:]
            case _:
                row.insert(at, cell)
    content = "\n".join(",".join(row) for row in rows).encode()
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        content = draw(changed_bytes(content))
    return content


def distances_in(content):
    """Return the distance between the points of every pair that stands in a text."""
    number = r"[+-]?[\d.]+(?:[eE][+-]?\d+)?"
    pair = re.compile(rf"({number}) ({number}) ({number});({number}) ({number}) ({number})")
    found = []
    for match in pair.finditer(content.decode("utf-8", "replace")):
        values = [float(text) for text in match.groups()]
        found.append(math.dist(values[:3], values[3:]))
    return found


@cases(250)
@given(content=ohif_table())
def test_a_damaged_ohif_export_is_refused_or_measured_by_its_points(content):
    with TemporaryDirectory() as name:
        path = Path(name) / "report.csv"
        path.write_bytes(content)
        lengths = check_marks(path, "report.csv")
    told = distances_in(content) if lengths else []
    for length in lengths:
        assert any(math.isclose(length, one, rel_tol=1e-9) for one in told), length
