"""Where a participant's results lie, and the JSON records among them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EXCLUDED = "excluded"
"""Status of a record of what could not be converted or measured."""


MISSING_SUFFIX = ".missing_characters.txt"
"""Of the file beside a figure that names the characters which no installed font has."""


def missing_characters(results: Path) -> str:
    """Return the characters, each once, that stand as boxes in the figures."""
    remarks = sorted((results / "figures").glob(f"*{MISSING_SUFFIX}"))
    return "".join(sorted(set("".join(path.read_text(encoding="utf-8") for path in remarks))))


def participant_folder(results: Path, participant_id: str) -> Path:
    """Return the folder of one participant's results."""
    return results / "participants" / participant_id


def label_map_path(folder: Path) -> Path:
    """Return where the label map lies that a program drew of a participant's CT."""
    return folder / "vertebrae.nii.gz"


def read_record(path: Path) -> dict[str, Any]:
    """Read one job's JSON record."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def excluded_record(
    participant_id: str, level: str, reason: str, flags: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the record of a vertebra that was not measured, with the flags raised till then."""
    return {
        "participant_id": participant_id,
        "level": level,
        "status": EXCLUDED,
        "reason": reason,
        "flags": list(flags),
        "measurements": [],
    }
