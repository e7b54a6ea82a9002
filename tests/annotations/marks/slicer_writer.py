"""Curves as 3D Slicer saves them: one file each, every field it writes, and no ``name``.

The fields and their order are those of Slicer's ``vtkMRMLMarkupsJsonStorageNode``. The name of a
node is kept in the file's name and in its control points' labels alone.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.marks.slicer_json import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bonecohort.annotations.marks.markup import Markup

DISPLAY = {
    "visibility": True, "opacity": 1.0, "color": [0.4, 1.0, 1.0],
    "selectedColor": [1.0, 0.5, 0.5], "activeColor": [0.4, 1.0, 0.0],
    "propertiesLabelVisibility": True, "pointLabelsVisibility": False,
    "pointLabelsDistanceScale": 3.0, "textScale": 3.0, "glyphType": "Sphere3D",
    "glyphScale": 1.0, "glyphSize": 5.0, "useGlyphScale": True, "sliceProjection": False,
    "sliceProjectionUseFiducialColor": True, "sliceProjectionOutlinedBehindSlicePlane": False,
    "sliceProjectionColor": [1.0, 1.0, 1.0], "sliceProjectionOpacity": 0.6,
    "lineThickness": 0.2, "lineColorFadingStart": 1.0, "lineColorFadingEnd": 10.0,
    "lineColorFadingSaturation": 1.0, "lineColorFadingHueOffset": 0.0,
    "handlesInteractive": False, "translationHandleVisibility": True,
    "rotationHandleVisibility": False, "scaleHandleVisibility": False,
    "interactionHandleScale": 3.0, "snapMode": "toVisibleSurface",
}  # fmt: skip
LPS_ORIENTATION = [-1.0, -0.0, -0.0, -0.0, -1.0, -0.0, 0.0, 0.0, 1.0]


def save_as_slicer(folder: Path, markups: Iterable[Markup]) -> None:
    """Write every closed curve to ``NAME.mrk.json`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for markup in markups:
        content = {"@schema": SCHEMA, "markups": [_entry(markup)]}
        (folder / f"{markup.name}.mrk.json").write_text(json.dumps(content, indent=4))


def _entry(markup: Markup) -> dict[str, Any]:
    points = markup.points_lps_mm
    edges = zip(points, [*points[1:], points[0]], strict=True)
    return {
        "type": "ClosedCurve",
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "locked": False,
        "fixedNumberOfControlPoints": False,
        "labelFormat": "%N-%d",
        "lastUsedControlPointNumber": len(points),
        "controlPoints": [
            {
                "id": str(number),
                "label": f"{markup.name}-{number}",
                "description": "",
                "associatedNodeID": "vtkMRMLScalarVolumeNode1",
                "position": list(point),
                "orientation": LPS_ORIENTATION,
                "selected": True,
                "locked": False,
                "visibility": True,
                "positionStatus": "defined",
            }
            for number, point in enumerate(points, start=1)
        ],
        "measurements": [
            {
                "name": "length",
                "enabled": True,
                "value": sum(math.dist(*edge) for edge in edges),
                "units": "mm",
                "printFormat": "%-#4.4g%s",
            },
            {"name": "curvature mean", "enabled": False, "printFormat": "%5.3f %s"},
            {"name": "curvature max", "enabled": False, "printFormat": "%5.3f %s"},
            {"name": "area", "enabled": False, "printFormat": "%-#4.4g%s"},
        ],
        "display": DISPLAY,
    }
