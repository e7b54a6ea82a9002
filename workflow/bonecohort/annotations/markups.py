"""3D Slicer Markups files (``.mrk.json``), read and written; DICOM SR is read as such too.

The format is that of the Markups JSON schema 1.0.x: coordinates in LPS unless the markup says
RAS, in mm unless ``coordinateUnits`` says otherwise, and control points that may be undefined.
Kept free of numpy: a job that reads a few lines should start at once.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.dicom_files import STRUCTURED_REPORTS, files_of_class, is_dicom
from bonecohort.annotations.names import AnnotationName, parse_name
from bonecohort.faults import DataFault
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Point = tuple[float, float, float]

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/"
    "Resources/Schema/markups-schema-v1.0.3.json#"
)
MARKUPS_SUFFIX = ".mrk.json"
STORED_TOLERANCE = 0.01
"""A stored length may differ from the coordinates' by this fraction before it is a fault."""

MM_PER_UNIT = {"mm": 1.0, "um": 1e-3, "cm": 10.0, "m": 1e3}
_TO_LPS = {"LPS": (1.0, 1.0, 1.0), "RAS": (-1.0, -1.0, 1.0)}


@dataclass(frozen=True)
class Markup:
    """One markup: its kind, its name and its defined control points in LPS mm.

    ``frame_of_reference`` and ``series`` are digests of the UIDs that a DICOM file ties its
    points to (:func:`~bonecohort.images.grid.uid_digest`); empty where it tells of none.
    """

    type: str
    name: str
    points_lps_mm: tuple[Point, ...]
    labels: tuple[str, ...] = ()
    stored_mm: dict[str, float] = field(default_factory=dict)
    source: str = ""
    frame_of_reference: str = ""
    series: frozenset[str] = frozenset()

    def annotation_name(self) -> AnnotationName | None:
        """Return what the name, else the control points' labels, else the file name says."""
        if parsed := parse_name(self.name):
            return parsed
        from_labels = {named for label in self.labels if (named := parse_name(label))}
        if len(from_labels) == 1:
            return from_labels.pop()
        return parse_name(self.source.removesuffix(MARKUPS_SUFFIX))


def distance_mm(first: Point, second: Point) -> float:
    """Return the distance between two points, in the unit they are given in."""
    return math.dist(first, second)


def read_markups(path: Path, images: Path | None = None) -> list[Markup]:
    """Read every markup of a file, or of all ``.mrk.json`` and DICOM SR files of a folder.

    A DICOM SR is known by its content. ``images`` is the folder of the images that an SR in pixel
    coordinates refers to; see :func:`~bonecohort.annotations.dicom_sr.read_sr`.

    Raises
    ------
    DataFault
        When the path is missing, holds no markups file, or a file cannot be understood.
    """
    if path.is_dir():
        files = sorted(path.rglob(f"*{MARKUPS_SUFFIX}"))
        reports = files_of_class(path, STRUCTURED_REPORTS)
        if not files and not reports:
            raise DataFault(
                f"The folder of markups holds no {MARKUPS_SUFFIX} file and no DICOM SR."
            )
        markups = [markup for file in files for markup in _read_file(file)]
        many = f" {{}} of {len(reports)}" if len(reports) > 1 else ""
        for number, file in enumerate(reports, start=1):
            markups += _read_report(file, images, f"the DICOM SR{many.format(number)}")
        return markups
    if not path.is_file():
        raise DataFault(f"The markups file {path.name} does not exist.")
    return _read_report(path, images, "the DICOM SR") if is_dicom(path) else _read_file(path)


def _read_report(path: Path, images: Path | None, called: str) -> list[Markup]:
    from bonecohort.annotations.dicom_sr import read_sr  # numpy and pydicom, and this module

    return read_sr(path, images, called)


def _read_file(path: Path) -> list[Markup]:
    file = path.name
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataFault(f"The markups file {file} is not readable JSON: {error}.") from error
    except OSError as error:
        raise DataFault(f"The markups file {file} cannot be read ({error.strerror}).") from error
    if not isinstance(content, dict) or not isinstance(content.get("markups"), list):
        raise DataFault(f"The file {file} has no list 'markups'; it is not a Slicer Markups file.")
    return [_parse(entry, file) for entry in content["markups"]]


def _parse(entry: Any, file: str) -> Markup:
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        raise DataFault(f"A markup in {file} has no 'type'.")
    name = str(entry.get("name") or "")
    scale = _mm_per_unit(entry.get("coordinateUnits", "mm"), file, name)
    system = entry.get("coordinateSystem", "LPS")
    if system not in tuple(_TO_LPS):
        raise DataFault(
            f"Markup '{name}' in {file} has coordinateSystem {system!r}; LPS or RAS is expected."
        )
    signs = _TO_LPS[system]
    defined = [
        point
        for point in entry.get("controlPoints") or []
        if isinstance(point, dict) and point.get("positionStatus", "defined") == "defined"
    ]
    return Markup(
        type=entry["type"],
        name=name,
        points_lps_mm=tuple(_position(point, signs, scale, file, name) for point in defined),
        labels=tuple(str(point.get("label", "")) for point in defined),
        stored_mm=_stored_lengths(entry.get("measurements") or []),
        source=file,
    )


def _mm_per_unit(unit: Any, file: str, name: str) -> float:
    code = unit[0] if isinstance(unit, list) and unit else unit
    if code not in tuple(MM_PER_UNIT):
        known = ", ".join(MM_PER_UNIT)
        raise DataFault(
            f"Markup '{name}' in {file} has coordinateUnits {unit!r}; one of {known} is expected."
        )
    return MM_PER_UNIT[code]


def _position(point: dict[str, Any], signs: Point, scale: float, file: str, name: str) -> Point:
    position = point.get("position")
    if (
        not isinstance(position, list)
        or len(position) != len(signs)
        or not all(isinstance(value, int | float) and math.isfinite(value) for value in position)
    ):
        raise DataFault(
            f"Markup '{name}' in {file} has a control point at {position!r}; three numbers are "
            "expected."
        )
    x, y, z = (sign * scale * value for sign, value in zip(signs, position, strict=True))
    return (x, y, z)


def _stored_lengths(measurements: Iterable[Any]) -> dict[str, float]:
    """Return the measurements stored in a length unit, in mm."""
    return {
        str(entry.get("name")): entry["value"] * MM_PER_UNIT[entry.get("units", "mm")]
        for entry in measurements
        if isinstance(entry, dict)
        and isinstance(entry.get("value"), int | float)
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
