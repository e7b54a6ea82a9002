"""Endplate defects of one vertebra: sizes, type and scores, from one or more readers' marks.

The formulas are those of Hao et al. 2025 (Figure 2). Standardized width is a / c, standardized
depth is b / ((d1 + d2) / 2), the cumulative score is their sum. The widths a and depths b are
summed over all defects of the vertebra.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Literal

from bonecohort.faults import DataFault
from bonecohort.measures.measurement import Measurement
from bonecohort.study.series import MEAN_OF_READERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bonecohort.measures.vertebra.endplate import Endplate
    from bonecohort.techniques.endplates.reading import EndplateReading

DefectType = Literal["none", "superior", "inferior", "bilateral", "not_assessable"]
MODALITY = "MR"
ENDPLATES: tuple[Endplate, Endplate] = ("superior", "inferior")
BODY_WIDTH_RANGE_MM = (20.0, 60.0)
BODY_HEIGHT_RANGE_MM = (15.0, 45.0)
DUST_DECIMALS = 9
"""Decimals behind the readings' own that a mean keeps; an addition's error is far smaller."""


@dataclass(frozen=True)
class EndplateSize:
    """One endplate: number of defects, summed width and depth in mm, and their ratios."""

    endplate: Endplate
    n_defects: int
    width_mm: float
    depth_mm: float
    standardized_width: float | None
    standardized_depth: float | None

    @property
    def cumulative_score(self) -> float | None:
        """Standardized width plus standardized depth; None without the body's sizes."""
        return _sum(self.standardized_width, self.standardized_depth)


@dataclass(frozen=True)
class VertebraEndplates:
    """Both endplates of one vertebra, as analysed; body sizes None when not measured."""

    level: str
    defect_type: DefectType
    endplates: tuple[EndplateSize, ...]
    width_mm: float | None
    depth_mm: float | None
    body_width_mm: float | None
    body_height_mm: float | None
    readers: tuple[str, ...]
    flags: tuple[str, ...] = ()

    @property
    def standardized_width(self) -> float | None:
        """Summed width over body width; None when not assessable."""
        return _ratio(self.width_mm, self.body_width_mm)

    @property
    def standardized_depth(self) -> float | None:
        """Summed depth over body height; None when not assessable."""
        return _ratio(self.depth_mm, self.body_height_mm)

    @property
    def cumulative_score(self) -> float | None:
        """Standardized width plus standardized depth; None when not assessable."""
        return _sum(self.standardized_width, self.standardized_depth)


def _sum(width: float | None, depth: float | None) -> float | None:
    return None if width is None or depth is None else width + depth


def _ratio(size_mm: float | None, body_mm: float | None) -> float | None:
    """Return size over body; 0 for no defect, whose body need not be measured."""
    if size_mm is None or size_mm == 0:
        return size_mm
    return size_mm / body_mm if body_mm else None


def assess_vertebra(
    readings: Sequence[EndplateReading], *, needs_body: bool = True
) -> VertebraEndplates:
    """Combine the readings of one vertebra, the first reader's first.

    Each reader's defects are summed per endplate; sizes in mm are averaged over the readers who
    measured them, then ratios are taken. A defect is present when most readers say so; the first
    reader decides a tie. Ratios are None without the body's sizes, where ``needs_body`` is False.

    Raises
    ------
    DataFault
        When a size is impossible, or a body size that a ratio needs is missing.
    """
    level = readings[0].level
    readers = tuple(reading.reader for reading in readings)
    flags = tuple(dict.fromkeys(flag for reading in readings for flag in reading.flags))
    judged = [reading for reading in readings if reading.assessable]
    if not judged:
        return VertebraEndplates(
            level, "not_assessable", (), None, None, None, None, readers, flags
        )
    for reading in judged:
        check_plausible(reading)
    body_width = _mean_size(reading.body_width_mm for reading in judged)
    body_height = _mean_size(_height_mm(reading) for reading in judged)
    sums = [_endplate_sums(judged, endplate) for endplate in ENDPLATES]
    lacks_body = body_width is None or body_height is None
    if needs_body and lacks_body and any(n for n, _, _ in sums):
        raise DataFault(
            f"{level} has a defect but no "
            f"{'body width' if body_width is None else 'body heights'}; both are needed for the "
            "standardized sizes."
        )
    sizes = tuple(
        EndplateSize(
            endplate,
            n,
            width,
            depth,
            _ratio(width, body_width),
            _ratio(depth, body_height),
        )
        for endplate, (n, width, depth) in zip(ENDPLATES, sums, strict=True)
    )
    decimals = [reading.decimals for reading in judged]
    return VertebraEndplates(
        level,
        _defect_type(sizes),
        sizes,
        _rounded_sum([size.width_mm for size in sizes], decimals),
        _rounded_sum([size.depth_mm for size in sizes], decimals),
        body_width,
        body_height,
        readers,
        flags,
    )


def check_plausible(reading: EndplateReading) -> None:
    """Raise a fault for sizes that no vertebra has, unit slips among them."""
    _check_range(reading.level, "body width", reading.body_width_mm, BODY_WIDTH_RANGE_MM)
    heights = [reading.body_height_1_mm, reading.body_height_2_mm]
    for number, height in enumerate(heights, start=1):
        _check_range(reading.level, f"body height {number}", height, BODY_HEIGHT_RANGE_MM)
    lowest = min((height for height in heights if height is not None), default=None)
    for defect in reading.defects:
        where = f"{reading.level} {defect.endplate} defect {defect.defect}"
        if reading.body_width_mm is not None and defect.width_mm > reading.body_width_mm:
            raise DataFault(
                f"{where}: width {defect.width_mm:g} mm exceeds the body width "
                f"{reading.body_width_mm:g} mm."
            )
        if lowest is not None and defect.depth_mm > lowest:
            raise DataFault(
                f"{where}: depth {defect.depth_mm:g} mm exceeds the body height {lowest:g} mm."
            )


def _check_range(level: str, what: str, value: float | None, limits: tuple[float, float]) -> None:
    if value is None or limits[0] <= value <= limits[1]:
        return
    hint = " (is it in cm?)" if limits[0] <= value * 10 <= limits[1] else ""
    raise DataFault(
        f"{level} {what}: {value:g} mm{hint}; {limits[0]:g} to {limits[1]:g} mm is plausible."
    )


def _height_mm(reading: EndplateReading) -> float | None:
    """Return the body height (d1 + d2) / 2; None unless both were measured."""
    if reading.body_height_1_mm is None or reading.body_height_2_mm is None:
        return None
    return (reading.body_height_1_mm + reading.body_height_2_mm) / 2


def _mean_size(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _endplate_sums(
    readings: Sequence[EndplateReading], endplate: Endplate
) -> tuple[int, float, float]:
    """Return the number of defects and the mean over readers of summed width and depth."""
    by_reader = [
        [defect for defect in reading.defects if defect.endplate == endplate]
        for reading in readings
    ]
    saying_so = [defects for defects in by_reader if defects]
    is_tie = 2 * len(saying_so) == len(readings)
    present = bool(by_reader[0]) if is_tie else 2 * len(saying_so) > len(readings)
    if not present:
        return 0, 0.0, 0.0
    precision = [reading.decimals for reading in readings]
    widths = [_rounded_sum([d.width_mm for d in result], precision) for result in saying_so]
    depths = [_rounded_sum([d.depth_mm for d in result], precision) for result in saying_so]
    return len(saying_so[0]), fmean(widths), fmean(depths)


def _rounded_sum(values: Sequence[float], decimals: Sequence[int | None]) -> float:
    """Sum readings and round to their precision, so that 3.6 + 3.7 ties with 7.3.

    A mean over readers may need any number of decimals (thirds), so of several readers' only the
    dust of the addition is rounded off. Drawn points have no written precision and are left as
    computed.
    """
    written = [number for number in decimals if number is not None]
    if len(written) < len(decimals):
        return sum(values)
    return round(sum(values), max(written) + (DUST_DECIMALS if len(written) > 1 else 0))


def _defect_type(sizes: Sequence[EndplateSize]) -> DefectType:
    affected = [size.endplate for size in sizes if size.n_defects]
    if len(affected) == len(ENDPLATES):
        return "bilateral"
    return affected[0] if affected else "none"


def endplate_measurements(vertebra: VertebraEndplates, method: str) -> list[Measurement]:
    """Return the measurement rows of one vertebra's endplates."""
    reader = vertebra.readers[0] if len(vertebra.readers) == 1 else MEAN_OF_READERS

    def row(site: str, measure: str, value: float | None, unit: str = "") -> Measurement:
        return Measurement(site, MODALITY, measure, value, unit, method, reader)

    level = vertebra.level
    rows = [row(level, "assessable", float(vertebra.defect_type != "not_assessable"))]
    if vertebra.defect_type == "not_assessable":
        return rows
    rows += [
        row(level, "width_mm", vertebra.width_mm, "mm"),
        row(level, "depth_mm", vertebra.depth_mm, "mm"),
        row(level, "body_width_mm", vertebra.body_width_mm, "mm"),
        row(level, "body_height_mm", vertebra.body_height_mm, "mm"),
        row(level, "standardized_width", vertebra.standardized_width),
        row(level, "standardized_depth", vertebra.standardized_depth),
        row(level, "cumulative_score", vertebra.cumulative_score),
    ]
    for size in vertebra.endplates:
        site = f"{level}.{size.endplate}"
        rows += [
            row(site, "n_defects", float(size.n_defects)),
            row(site, "width_mm", size.width_mm, "mm"),
            row(site, "depth_mm", size.depth_mm, "mm"),
            row(site, "standardized_width", size.standardized_width),
            row(site, "standardized_depth", size.standardized_depth),
            row(site, "cumulative_score", size.cumulative_score),
        ]
    return [entry for entry in rows if entry.value is not None]


def reader_measurements(readings: Sequence[EndplateReading], method: str) -> list[Measurement]:
    """Return each reader's own rows, for agreement; none when a single reader read.

    A reader who left the body's sizes to the others has no ratios.
    """
    if len(readings) < 2:
        return []
    rows: list[Measurement] = []
    for reading in readings:
        rows += endplate_measurements(assess_vertebra([reading], needs_body=False), method)
    return rows
