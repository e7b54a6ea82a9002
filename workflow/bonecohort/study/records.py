"""The files that a job is given, and the JSON record that it leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def files_of(task: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return the files of a kind in a job's task, each with its path and its reader."""
    files: list[dict[str, Any]] = task.get("files", {}).get(kind, [])
    return files


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Write a record under a temporary name, then rename it.

    What is no text in a file's name, of a disk where names were GBK, becomes question marks.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8", errors="replace")
