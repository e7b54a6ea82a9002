"""JSON records, written whole or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Write a record under a temporary name, then rename it.

    What is no text in a file's name, of a disk where names were GBK, is told as question marks.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8", errors="replace")
