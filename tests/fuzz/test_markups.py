"""Damaged Slicer Markups: refused with a reason, or lengths that are those of their points."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bonecohort.annotations.marks.read import read_reading
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.techniques.endplates.markups import read_level, unnamed_lines
from bonecohort.techniques.hounsfield.markups import read_regions
from bonecohort.techniques.hounsfield.reader_rois import measure_polygon
from tests.annotations.marks.forms import FORMS

from .damage import changed_bytes
from .profile import cases
from .reasons import check_reason

LEVELS = ("L1", "L2", "L3", "L4", "L5")
NORMAL = (1.0, 0.0, 0.0)
FILE = "reading.mrk.json"
MM = {"mm": 1.0, "um": 1e-3, "cm": 10.0, "m": 1e3}


def markup(name, points, kind="Line", **more):
    return {
        "type": kind,
        "name": name,
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "controlPoints": [
            {"label": f"{name}-{index}", "position": list(point), "positionStatus": "defined"}
            for index, point in enumerate(points, start=1)
        ],
    } | more


def circle(height):
    return [
        (12 * math.cos(angle), 9 * math.sin(angle), height)
        for angle in np.linspace(0, 2 * math.pi, 20, endpoint=False).tolist()
    ]


LENGTH = [{"name": "length", "enabled": True, "value": 10.0, "units": "mm"}]
CONTENT = {
    "@schema": "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/"
    "Resources/Schema/markups-schema-v1.0.3.json#",
    "markups": [
        markup("L3_sup_1_width", [(0, 0, 0), (0, 6, 8)], measurements=LENGTH),
        markup("L3_sup_1_depth", [(0, 3, 4), (0, 7, 1)], coordinateSystem="RAS"),
        markup("L3_body_width", [(0, 0, 0), (0, 0, 4.1)], coordinateUnits="cm"),
        markup("L3_body_height_1", [(0, 0, 0), (0, 29, 0)]),
        markup("L2_inf_1_contour", [(0, 0, 0), (0, 9, 0), (0, 5, 3)], "ClosedCurve"),
        markup("L1_upper", circle(8), "ClosedCurve"),
        markup("L1_middle", circle(0), "ClosedCurve"),
    ],
}
ODD = [
    None, True, False, 0, -1, 1, 2, 1.5, 10**400, -(10**400), 1e308, -1e308, 1e-320, float("nan"),
    float("inf"), -float("inf"), "", " ", "0", "3.5", "NaN", "RAS", "LPS", "IJK", "mm", "cm", "um",
    "m", "inch", ["mm", "UCUM", "millimeter"], [], {}, [[]], {"a": 1}, "undefined", "preview",
    "defined", "Line", "Fiducial", "ClosedCurve", "Plane", "L3_sup_1_width", "L3 SUP 2 depth",
    "L3_sup_0_width", "L3_sup_99999999999999999999_width", "L4_body_width-2", "L9_upper",
    "L1_lower", "L3_wdith", "\u0130\u0131\ufb03\u0000\ud800", "x" * 3000, "../../etc/passwd",
    "山田", [0, 0, 0], [1, 2], [1, 2, 3, 4], [0, 0, float("nan")], [10**400, 0, 0],
    [True, False, True],    [1e308, 1e308, 1e308], [-1e308, 0, 0], ["1", "2", "3"], [[0], [0], [0]],
]  # fmt: skip


def places(content):
    """Return every (container, key) of a JSON tree."""
    found = []
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in pairs:
        found.append((content, key))
        if isinstance(value, dict | list):
            found += places(value)
    return found


@st.composite
def changed_content(draw):
    content = copy.deepcopy(CONTENT)
    for _ in range(draw(st.integers(1, 3))):
        if not (listed := places(content)):
            break
        home, key = draw(st.sampled_from(listed))
        match draw(st.sampled_from(["set", "set", "set", "delete", "repeat", "rename", "nest"])):
            case "set":
                home[key] = copy.deepcopy(draw(st.sampled_from(ODD)))
            case "delete":
                del home[key]
            case "repeat" if isinstance(home, list):
                home.append(copy.deepcopy(home[key]))
            case "rename" if isinstance(home, dict):
                home[str(draw(st.sampled_from(ODD)))[:40]] = home.pop(key)
            case "nest":
                home[key] = [home[key]]
            case _:
                home[key] = draw(st.floats() | st.integers() | st.text(max_size=20))
    return content


def written(content):
    return json.dumps(content).encode("utf-8", "surrogatepass")


def lengths_in(content):
    """Return every distance in mm between the two placed points of a markup of the file."""
    found = set()
    for one in content["markups"]:
        unit = one.get("coordinateUnits", "mm")
        scale = MM[unit[0] if isinstance(unit, list) else unit]
        placed = [
            point["position"]
            for point in one.get("controlPoints") or []
            if isinstance(point, dict) and point.get("positionStatus", "defined") == "defined"
        ]
        if len(placed) == 2:
            found.add(scale * math.dist(*placed))
    return found


def check_measures(path, content):
    """Read a file as the jobs do; hold every length to the file's own points."""
    markups = read_reading(path, FORMS).markups
    for level in LEVELS:
        try:
            reading = read_level(markups, level, "1", NORMAL)
            regions = read_regions(markups, level)
            for plane, corners in regions.items():
                volume = Volume(np.full((40, 40, 30), 100, np.int16), affine())
                found = measure_polygon(volume, plane, np.array(corners))
                assert math.isclose(found.statistics.hu, 100, abs_tol=1e-3)
        except DataFault as fault:
            check_reason(fault)
            continue
        if reading is None:
            continue
        lengths = lengths_in(content)
        sizes = [reading.body_width_mm, reading.body_height_1_mm, reading.body_height_2_mm]
        lines = [one for one in reading.defects if one.endplate == "superior"]  # not the contour
        sizes += [size for one in lines for size in (one.width_mm, one.depth_mm)]
        for size in sizes:
            if size is not None:
                assert math.isfinite(size)
                assert any(math.isclose(size, one, rel_tol=1e-9) for one in lengths), size
        for one in reading.defects:
            assert 0 < one.width_mm < math.inf
            assert 0 <= one.depth_mm < math.inf
    unnamed_lines(markups)


def affine():
    made = np.diag([1.0, 1.0, 1.0, 1.0])
    made[:3, 3] = (-20, -20, -15)
    return made


def try_file(content: bytes):
    with TemporaryDirectory() as name:
        path = Path(name) / FILE
        path.write_bytes(content)
        try:
            check_measures(path, json.loads(content.decode("utf-8-sig", "replace")))
        except DataFault as fault:
            check_reason(fault, FILE)
        except (ValueError, RecursionError):  # no JSON to the test either: the reader must refuse
            try:
                read_reading(path, FORMS)
            except DataFault as fault:
                check_reason(fault, FILE)
            else:
                raise


@cases(500)
@given(content=changed_content())
def test_changed_markups_are_refused_or_measured_by_their_points(content):
    try_file(written(content))


@cases(150)
@given(data=st.data())
def test_markups_of_damaged_bytes_are_refused_or_measured_by_their_points(data):
    content = written(CONTENT)
    if data.draw(st.booleans()):
        content = b"\xef\xbb\xbf" + content
    for _ in range(data.draw(st.integers(1, 3))):
        content = data.draw(changed_bytes(content))
    try_file(content)


@cases(30)
@given(
    opening=st.sampled_from([b"[", b'{"markups":', b'{"markups":[']), depth=st.integers(1, 10**5)
)
def test_deep_nesting_is_a_reason(opening, depth):
    try_file(opening * depth)


@cases(30)
@given(digits=st.integers(300, 6000))
def test_numbers_too_long_for_a_computer_are_a_reason(digits):
    content = written(CONTENT).replace(b"29", b"9" * digits)
    try_file(content)
