"""JSON records, written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Write a record under a temporary name, then rename it."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")


def image_source(listed: Mapping[str, Any]) -> Path | None:
    """Return where the images lie that annotations in pixel coordinates refer to, if listed."""
    files = listed["files"]
    return Path(files[0]["path"]) if files else None


def excluded_record(participant_id: str, level: str, reason: str) -> dict[str, Any]:
    """Return the record of a vertebra that was not measured."""
    return {
        "participant_id": participant_id,
        "level": level,
        "status": "excluded",
        "reason": reason,
        "flags": [],
        "measurements": [],
    }
