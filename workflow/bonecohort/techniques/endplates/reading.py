"""What one reader says of one vertebra's endplates, whichever file it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from bonecohort.measures.vertebra.endplate import Endplate


@dataclass(frozen=True)
class DefectReading:
    """One defect of one endplate: width along it (a) and depth perpendicular to it (b)."""

    endplate: Endplate
    defect: int
    width_mm: float
    depth_mm: float


@dataclass(frozen=True)
class EndplateReading:
    """One reader's view of one vertebra.

    ``assessable`` is False when the reader could not judge the level. ``decimals`` is the
    precision the sizes were written with; None for sizes computed from drawn points.
    ``body_*`` are None when not measured (c, d1 and d2 of methods).
    """

    level: str
    reader: str
    assessable: bool = True
    defects: tuple[DefectReading, ...] = ()
    body_width_mm: float | None = None
    body_height_1_mm: float | None = None
    body_height_2_mm: float | None = None
    decimals: int | None = None
    flags: tuple[str, ...] = ()


NOT_READ = "{level}: no reading, and endplates.unlisted_level is 'not_read'."


def with_unlisted(
    level: str,
    readings: Sequence[EndplateReading],
    readers: Iterable[str],
    as_normal: bool,
    unsure: Container[str] = (),
) -> list[EndplateReading]:
    """Return a level's readings, one a reader, in the readers' order.

    A reader without a mark at the level read it as normal, unless ``as_normal`` is False or the
    reader is ``unsure``. Of an unsure reader, a file or row was not understood, which may be of the
    level. Nobody's reading is returned where nobody speaks of the level and one is unsure.
    """
    by_reader = {reading.reader: reading for reading in readings}
    ordered = [*dict.fromkeys(readers)]
    if not readings and any(reader in unsure for reader in ordered):
        return []
    return [
        by_reader.get(reader) or EndplateReading(level, reader)
        for reader in ordered
        if reader in by_reader or (as_normal and reader not in unsure)
    ]
