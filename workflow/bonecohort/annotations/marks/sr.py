"""Lines and regions kept in a DICOM SR Imaging Measurement Report (PS3.16, TID 1500).

A measurement group is a markup: its Tracking Identifier is the name, its spatial coordinates are
the points. OHIF writes its tool there (``Cornerstone3DTools@^0.1.0:Length``) and the reader's label
as a free-text code of the finding or its site, lately as a Comment. Other codes are not read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from pydicom.uid import UID

from bonecohort.annotations.dicom_files import STRUCTURED_REPORTS, open_dicom
from bonecohort.annotations.marks.markup import MM_PER_UNIT, Markup
from bonecohort.annotations.marks.names import level_in, parse_name
from bonecohort.annotations.marks.sr_references import ImageFinder, ReferencedImage, references_of
from bonecohort.faults import DataFault
from bonecohort.images.grid import uid_digest
from bonecohort.images.headers import UNREADABLE, lenient_reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

    from bonecohort.annotations.marks.markup import Point
    from bonecohort.annotations.marks.names import Form
    from bonecohort.images.slices import Place
    from bonecohort.images.volume import FloatArray

MEASUREMENT_GROUP = "125007"
TRACKING_IDENTIFIER = "112039"
COMMENT = "121106"
FREE_TEXT_CODES = ("CORNERSTONEFREETEXT", "CS3DTEXT")
"""OHIF's codes whose meaning is what the reader typed (cornerstone3D, adapters)."""
LENGTH_CODES = ("410668003", "G-D7FE")
"""Length, in SCT and in SRT."""
DRAWN = ("POLYLINE", "POLYGON", "ELLIPSE", "CIRCLE")
"""Graphic types that are lines and regions; points and solids are neither."""
NOT_DRAWN = ("POINT", "MULTIPOINT", "ELLIPSOID")
ELLIPSE_POINTS = 32
ELLIPSE_TOLERANCE = 0.05
"""Share of the major axis by which the midpoints of an ellipse's axes may differ."""
FIRST_PIXEL_CENTRE = 0.5
"""Of (column, row) coordinates, whose origin is the corner of the image (PS3.3, C.18.6)."""


def read_sr(
    path: Path,
    forms: Sequence[Form],
    images: Path | None = None,
    called: str = "the DICOM SR",
) -> list[Markup]:
    """Read the lines and regions of a DICOM SR file as markups in LPS mm.

    Parameters
    ----------
    path
        The SR file. Groups that draw nothing, or only points or solids, are left out unless
        their name speaks of a level.
    forms
        The forms of names that are understood.
    images
        File or folder (searched recursively) of the images that pixel coordinates refer to; they
        may also lie beside the SR. Coordinates in mm need none.
    called
        What a fault calls the file: its own name may be the patient's.

    Raises
    ------
    DataFault
        The file is unreadable or no measurement report, a group has no or senseless coordinates,
        or the image its pixel coordinates refer to is absent or has no place.
    """
    dataset = open_dicom(path, called=called)
    try:
        with lenient_reading():
            if str(dataset.get("SOPClassUID")) not in STRUCTURED_REPORTS:
                message = f"The DICOM file ({_class_name(dataset)}) is no structured report"
                raise DataFault(f"{message}; one of TID 1500 (OHIF: Export SR) is read.")
            finder = ImageFinder(images, beside=path, report=dataset)
            groups = [item for item in _descendants(dataset) if _concept(item) == MEASUREMENT_GROUP]
            if not groups:
                raise DataFault(f"There is no measurement group (TID 1500) in {called}.")
            drawn = (_Group(group, called, finder, forms) for group in groups)
            return [markup for group in drawn for markup in group.markups()]
    except UNREADABLE as error:
        message = f"In {called} something is damaged or absent: {type(error).__name__}."
        raise DataFault(message) from error


def _descendants(item: Dataset) -> Iterator[Dataset]:
    for child in item.get("ContentSequence") or ():
        yield child
        yield from _descendants(child)


def _concept(item: Dataset) -> str:
    code = item.get("ConceptNameCodeSequence")
    return str(code[0].get("CodeValue") or "") if code else ""


class _Group:
    """One measurement group."""

    def __init__(
        self, item: Dataset, file: str, images: ImageFinder, forms: Sequence[Form]
    ) -> None:
        self._item = item
        self._file = file
        self._images = images
        self._name = _name(item, forms)
        self._is_understood = parse_name(self._name, forms) is not None

    def markups(self) -> list[Markup]:
        """Return one markup for each line or region drawn."""
        result = []
        others = []
        for parent in (self._item, *_descendants(self._item)):
            for child in parent.get("ContentSequence") or ():
                if child.get("ValueType") not in ("SCOORD", "SCOORD3D"):
                    continue
                if child.GraphicType not in DRAWN:
                    others.append(_graphic_name(str(child.GraphicType)))
                    continue
                # A viewer hangs the coordinates below the measure, or beside it in the group.
                measures = [parent] if parent.get("ValueType") == "NUM" else self._measures()
                result.append(self._markup(child, measures))
        if not result and level_in(self._name):
            raise self._fault(
                f"is drawn as {', '.join(others)}" if others else "has no coordinates of its own",
                f"one of {', '.join(DRAWN)} is expected",
            )
        return result

    def _measures(self) -> list[Dataset]:
        children = self._item.get("ContentSequence") or ()
        return [child for child in children if child.get("ValueType") == "NUM"]

    def _markup(self, graphic: Dataset, measures: list[Dataset]) -> Markup:
        points, closed = self._outline(graphic)
        frame, series = self._ties(graphic)
        kind = "ClosedCurve" if closed else "Line" if len(points) == 2 else "Curve"
        return Markup(
            type=kind,
            name=self._name,
            points_lps_mm=tuple(_as_point(point) for point in points),
            stored_mm=_stored_length(measures) if kind == "Line" else {},
            source=self._file,
            frame_of_reference=frame,
            series=series,
        )

    def _ties(self, graphic: Dataset) -> tuple[str, frozenset[str]]:
        """Return digests of the frame of reference, and of the series, that points are tied to."""
        if graphic.ValueType == "SCOORD3D":
            frame = uid_digest(graphic.get("ReferencedFrameOfReferenceUID"))
            return frame, self._images.series_of(references_of(graphic))
        image = self._image(graphic)
        return image.frame_of_reference, frozenset({image.series} - {""})

    def _outline(self, graphic: Dataset) -> tuple[FloatArray, bool]:
        """Return the points in LPS mm, shape (n, 3), and whether they close."""
        kind = str(graphic.GraphicType)
        points = self._points_lps(graphic)
        if kind == "ELLIPSE":
            return self._ellipse(points), True
        if kind == "CIRCLE":
            return points, True
        if len(points) < 2:
            raise self._fault(f"has a {kind} of {len(points)} points", "two or more are expected")
        repeated = bool(len(points) > 2 and np.array_equal(points[0], points[-1]))
        closed = kind == "POLYGON" or repeated
        return (points[:-1] if repeated else points), closed

    def _points_lps(self, graphic: Dataset) -> FloatArray:
        spatial = graphic.ValueType == "SCOORD3D"
        size = 3 if spatial else 2
        numbers = np.array(graphic.GraphicData, dtype=float).ravel()
        if not len(numbers) or len(numbers) % size or not np.isfinite(numbers).all():
            raise self._fault(
                f"has {len(numbers)} coordinates, or some that are no numbers",
                f"{size} for each point are expected",
            )
        points: FloatArray = numbers.reshape(-1, size)
        if graphic.GraphicType == "CIRCLE":
            points = self._circle(points)
        return points if spatial else self._to_lps(graphic, points)

    def _circle(self, points: FloatArray) -> FloatArray:
        """Sample a circle, given by its centre and a point on it, in pixels."""
        if len(points) != 2 or np.array_equal(points[0], points[1]):
            raise self._fault(
                f"has a CIRCLE of {len(points)} points", "centre and rim are expected"
            )
        radius = points[1] - points[0]
        return _sampled(points[0], radius, np.array([-radius[1], radius[0]]))

    def _ellipse(self, points: FloatArray) -> FloatArray:
        """Sample an ellipse, given by the ends of its major, then of its minor axis."""
        if len(points) != 4:
            raise self._fault(f"has an ELLIPSE of {len(points)} points", "4 are expected")
        centres = points[:2].mean(axis=0), points[2:].mean(axis=0)
        major, minor = (points[1] - points[0]) / 2, (points[3] - points[2]) / 2
        longest = 2 * max(np.linalg.norm(major), np.linalg.norm(minor))
        apart = float(np.linalg.norm(centres[0] - centres[1]))
        if not (major.any() and minor.any()) or apart > ELLIPSE_TOLERANCE * longest:
            raise self._fault(
                f"has an ELLIPSE whose axes' midpoints lie {apart:.1f} mm apart",
                "the two ends of the major axis, then those of the minor axis, are expected",
            )
        return _sampled(centres[0], major, minor)

    def _to_lps(self, graphic: Dataset, points: FloatArray) -> FloatArray:
        """Place (column, row) pixel coordinates, shape (n, 2), in the referenced image."""
        place = self._place(graphic)
        steps = (points - FIRST_PIXEL_CENTRE) * (place.column_spacing_mm, place.row_spacing_mm)
        axes = np.array([place.row_direction, place.column_direction])
        placed: FloatArray = place.position_mm + steps @ axes
        return placed

    def _place(self, graphic: Dataset) -> Place:
        frames = self._image(graphic).frames
        number = references_of(graphic)[0].get("ReferencedFrameNumber") or 1
        index = int(number) if isinstance(number, int | str) else 0  # several frames: no one place
        place = frames[index - 1] if 1 <= index <= len(frames) else None
        if place is None:
            raise self._fault(
                f"has pixel coordinates of an image (frame {index}) that says not where it lies",
                "ImagePositionPatient, ImageOrientationPatient and PixelSpacing are expected",
            )
        return place

    def _image(self, graphic: Dataset) -> ReferencedImage:
        references = references_of(graphic)
        if len(references) != 1:
            raise self._fault(
                f"has pixel coordinates selected from {len(references)} images", "one is expected"
            )
        image = self._images.find(str(references[0].ReferencedSOPInstanceUID))
        if image is None:
            raise self._fault(
                "has pixel coordinates (SCOORD) of an image that lies neither beside the SR nor in "
                "the images' folder",
                "that image beside the SR, or coordinates in mm (SCOORD3D), are expected",
            )
        return image

    def _fault(self, result: str, expected: str) -> DataFault:
        named = f"'{self._name}'" if self._is_understood else "of an unknown name"
        return DataFault(f"Measurement group {named} in {self._file} {result}; {expected}.")


def _graphic_name(kind: str) -> str:
    return kind if kind in NOT_DRAWN else "something else"


def _sampled(centre: FloatArray, major: FloatArray, minor: FloatArray) -> FloatArray:
    angle = 2 * math.pi * np.arange(ELLIPSE_POINTS)[:, None] / ELLIPSE_POINTS
    points: FloatArray = centre + np.cos(angle) * major + np.sin(angle) * minor
    return points


def _as_point(point: FloatArray) -> Point:
    x, y, z = (float(value) for value in point)
    return (x, y, z)


def _stored_length(measures: list[Dataset]) -> dict[str, float]:
    """Return a line's stored length in mm, by its code or as the only one in mm."""
    lengths = []
    for measure in measures:
        for value in measure.get("MeasuredValueSequence") or ():
            units = value.get("MeasurementUnitsCodeSequence")
            factor = MM_PER_UNIT.get(str(units[0].CodeValue)) if units else None
            number = value.get("NumericValue")
            if factor is not None and number is not None:
                lengths.append((_concept(measure), float(number) * factor))
    coded = [length for code, length in lengths if code in LENGTH_CODES]
    chosen = coded or [length for _, length in lengths]
    return {"length": chosen[0]} if len(chosen) == 1 else {}


def _name(group: Dataset, forms: Sequence[Form]) -> str:
    """Return what a group is called: by its tracking identifier, else as its reader labelled it.

    A label that follows the grammar of names goes before one that only speaks of a level, and that
    before the identifier of a program. Reasons name a markup, and a label may hold anything. So the
    level is returned of a label that only names a level, and '' of others.
    """
    children = list(group.get("ContentSequence") or ())
    tracked = [_text(child) for child in children if _concept(child) == TRACKING_IDENTIFIER]
    typed = [_text(child) for child in children if _concept(child) == COMMENT]
    for child in children:
        codes = child.get("ConceptCodeSequence") or ()
        typed += [
            str(code.get("CodeMeaning") or "").strip()
            for code in codes
            if code.get("CodeValue") in FREE_TEXT_CODES
        ]
    names = [*tracked, *typed]
    understood = next((name for name in names if parse_name(name, forms)), "")
    return understood or next((level for name in names if (level := level_in(name))), "")


def _class_name(dataset: Dataset) -> str:
    """Return the name of a file's SOP class; never the UID of a private one."""
    uid = UID(str(dataset.get("SOPClassUID") or ""))
    return uid.name if uid.name != uid else "of no class that is known"


def _text(item: Dataset) -> str:
    return str(item.get("TextValue") or "").strip()
