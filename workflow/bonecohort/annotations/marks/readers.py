"""What measuring readers' marks begins with: whose they are, and the image they lie on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.dicom_files import is_dicom
from bonecohort.annotations.marks.names import Form
from bonecohort.annotations.marks.read import read_reading
from bonecohort.annotations.marks.reading import Reading, Unread
from bonecohort.faults import DataFault
from bonecohort.images.grid import ImageGrid, grid_of
from bonecohort.study.layout import EXCLUDED, read_record
from bonecohort.study.records import files_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.annotations.marks.markup import Markup

NO_MARKS = "Nothing that could be read marks this level, and it is not taken as normal."
MOST_NAMED = 5
"""Files that a flag or reason names."""


@dataclass
class ReadersMarks:
    """Each reader's marks, the first reader's first, and files of theirs that are unread.

    ``skipped`` are files that no reader made, and marks stored twice.
    """

    by_reader: dict[str, list[Markup]] = field(default_factory=dict)
    unread: dict[str, list[Unread]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def flags(self) -> list[str]:
        """Return what the levels of these readings are flagged with."""
        names = dict.fromkeys(one.file for files in self.unread.values() for one in files)
        skipped = dict.fromkeys(self.skipped)
        return [
            f"{code}: {_few(list(result))}"
            for code, result in (("unread_files", names), ("skipped_files", skipped))
            if result
        ]

    def why_unread(self) -> str:
        """Return why a level without marks is not read; empty where every file was understood."""
        reasons = dict.fromkeys(one.why for files in self.unread.values() for one in files)
        if not reasons:
            return ""
        text = " ".join(list(reasons)[:MOST_NAMED])
        more = f" And {len(reasons) - MOST_NAMED} more." if len(reasons) > MOST_NAMED else ""
        return f"{NO_MARKS} {text}{more}"


def marks_of_readers(task: Mapping[str, Any], kind: str, image_kind: str) -> ReadersMarks:
    """Return each reader's marks, and what of their files could not be read.

    Parameters
    ----------
    task
        A job's task: its ``files`` of both kinds, the forms of marks' ``names``, and the
        participant's other files ``among`` the marks.
    kind
        Kind of the marks.
    image_kind
        Kind of the image series they were drawn on.

    Raises
    ------
    DataFault
        When nothing of any reader could be read.
    """
    source = image_source(task, image_kind)
    listed = task.get("among", {}).get(kind, ())
    forms = [Form.of_record(record) for record in task["names"]]
    marks = ReadersMarks()
    readings: dict[str, Reading] = {}
    for file in files_of(task, kind):
        reading = readings.setdefault(file["reader"], Reading())
        path = Path(file["path"])
        try:
            reading.add(read_reading(path, forms, source, [Path(one) for one in listed]))
        except DataFault as fault:
            called = "the DICOM file" if is_dicom(path) else path.name
            reading.unread.append(Unread(called, fault.reason))
    if not any(reading.n_read for reading in readings.values()):
        raise DataFault(
            " ".join(unread.why for result in readings.values() for unread in result.unread)
        )
    for reader, reading in readings.items():
        marks.by_reader[reader] = reading.markups
        if reading.unread:
            marks.unread[reader] = reading.unread
        marks.skipped += reading.skipped
    return marks


def _few(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *more])


def image_source(task: Mapping[str, Any], kind: str) -> Path | None:
    """Return where the images lie that annotations in pixel coordinates refer to, if listed."""
    files = files_of(task, kind)
    return Path(files[0]["path"]) if files else None


def converted_grid(task: Mapping[str, Any], kind: str, folder: Path) -> ImageGrid | None:
    """Return the grid of a converted image; None when none is listed or could be converted."""
    if not files_of(task, kind):
        return None
    record = read_record(folder / f"{kind}.json")
    return None if record["status"] == EXCLUDED else grid_of(record)
