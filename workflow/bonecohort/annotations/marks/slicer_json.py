"""3D Slicer Markups files (``.mrk.json``), read and written.

The format is that of the Markups JSON schema 1.0.x. Coordinates are in LPS unless the markup says
RAS, and in mm unless ``coordinateUnits`` says otherwise. Control points may be undefined.
"""

from __future__ import annotations

import json
import math
import reprlib
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.marks.markup import FARTHEST_MM, MM_PER_UNIT, Markup, Point, printable
from bonecohort.faults import DataFault
from bonecohort.images.foreign_json import read_foreign_json
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/"
    "Resources/Schema/markups-schema-v1.0.3.json#"
)
MARKUPS_SUFFIX = ".mrk.json"
_TO_LPS = {"LPS": (1.0, 1.0, 1.0), "RAS": (-1.0, -1.0, 1.0)}


def read_markups_file(path: Path) -> list[Markup]:
    """Read one Slicer Markups file.

    Raises
    ------
    DataFault
        When it is no readable markups file, or a markup cannot be understood.
    """
    # Whole numbers as floats: one of 400 digits is then infinite, and refused where it stands.
    content = read_foreign_json(path, f"The markups file {path.name}", parse_int=float)
    if not isinstance(content, dict) or not isinstance(content.get("markups"), list):
        raise DataFault(
            f"The file {path.name} has no list 'markups'; it is not a Slicer Markups file."
        )
    return [_parse(entry, path.name) for entry in content["markups"]]


def _parse(entry: Any, file: str) -> Markup:
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        raise DataFault(f"A markup in {file} has no 'type'.")
    name = printable(entry.get("name") or "")
    scale = _mm_per_unit(entry.get("coordinateUnits", "mm"), file, name)
    system = entry.get("coordinateSystem", "LPS")
    if system not in tuple(_TO_LPS):
        raise DataFault(
            f"Markup '{name}' in {file} has coordinateSystem {_shown(system)}; LPS or RAS "
            "is expected."
        )
    signs = _TO_LPS[system]
    defined = [
        point
        for point in _listed(entry, "controlPoints", file, name)
        if isinstance(point, dict) and point.get("positionStatus", "defined") == "defined"
    ]
    return Markup(
        type=printable(entry["type"]),
        name=name,
        points_lps_mm=tuple(_position(point, signs, scale, file, name) for point in defined),
        labels=tuple(printable(point.get("label", "")) for point in defined),
        stored_mm=_stored_lengths(_listed(entry, "measurements", file, name)),
        source=file,
    )


def _mm_per_unit(unit: Any, file: str, name: str) -> float:
    code = unit[0] if isinstance(unit, list) and unit else unit
    if code not in tuple(MM_PER_UNIT):
        known = ", ".join(MM_PER_UNIT)
        raise DataFault(
            f"Markup '{name}' in {file} has coordinateUnits {_shown(unit)}; one of {known} "
            "is expected."
        )
    return MM_PER_UNIT[code]


def _position(point: dict[str, Any], signs: Point, scale: float, file: str, name: str) -> Point:
    position = point.get("position")
    if (
        not isinstance(position, list)
        or len(position) != len(signs)
        or not all(isinstance(value, float) and math.isfinite(value) for value in position)
        or scale * max(map(abs, position)) > FARTHEST_MM
    ):
        raise DataFault(
            f"Markup '{name}' in {file} has a control point at {_shown(position)}; three numbers "
            f"of at most {FARTHEST_MM:g} mm are expected."
        )
    x, y, z = (sign * scale * value for sign, value in zip(signs, position, strict=True))
    return (x, y, z)


def _listed(entry: dict[str, Any], key: str, file: str, name: str) -> list[Any]:
    """Return a list of a markup; empty when it is absent."""
    value = entry.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise DataFault(f"Markup '{name}' in {file} has {key} {_shown(value)}; a list is expected.")
    return value


def _shown(value: Any) -> str:
    """Return a value as a reason shows it: short, and printable."""
    return printable(reprlib.repr(value))


def _stored_lengths(measurements: Iterable[Any]) -> dict[str, float]:
    """Return the measurements stored in a length unit, in mm."""
    return {
        str(entry.get("name")): entry["value"] * MM_PER_UNIT[entry.get("units", "mm")]
        for entry in measurements
        if isinstance(entry, dict)
        and isinstance(entry.get("value"), float)
        and entry.get("enabled", True)
        and entry.get("units", "mm") in tuple(MM_PER_UNIT)
    }


def write_markups(path: Path, markups: Sequence[Markup]) -> None:
    """Write markups in LPS mm to a file that 3D Slicer opens."""
    content = {"@schema": SCHEMA, "markups": [_entry(markup) for markup in markups]}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    with whole_file(path) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")


def _entry(markup: Markup) -> dict[str, Any]:
    labels = markup.labels or tuple(
        f"{markup.name}-{number}" for number in range(1, len(markup.points_lps_mm) + 1)
    )
    entry: dict[str, Any] = {
        "type": markup.type,
        "name": markup.name,
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "controlPoints": [
            {"id": str(number), "label": label, "position": list(point)}
            for number, (label, point) in enumerate(
                zip(labels, markup.points_lps_mm, strict=True), start=1
            )
        ],
    }
    if markup.stored_mm:
        entry["measurements"] = [
            {"name": name, "enabled": True, "value": value, "units": "mm"}
            for name, value in markup.stored_mm.items()
        ]
    return entry
