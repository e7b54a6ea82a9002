"""Results that Snakemake is told to make again, as it does with those of a job that was cut off.

Removing a result would not do: Snakemake does not miss one while all that was made of it is there.
"""

from __future__ import annotations

import ast
import json
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

METADATA, INCOMPLETE = Path(".snakemake/metadata"), Path(".snakemake/incomplete")
"""Snakemake's records of finished results, and its marks of unfinished ones, of the same names."""
NAME_LENGTH = 254
WHY = "why"
"""Key of a mark of our own, which Snakemake does not look at."""

_marked: list[Path] = []


def mark_incomplete(result: Path, why: str = "") -> Path | None:
    """Mark a result, a path below the study folder, for the run that begins in this process.

    Return the mark; None where there is one already, of a job that was cut off.
    """
    name = _name_of(result)
    if (INCOMPLETE / name).is_file():
        return None
    mark = _mark(name, {WHY: why} if why else {})
    _marked.append(mark.resolve())  # Snakemake leaves the study folder before the end
    return mark


def remove_own_marks() -> None:
    """Take the marks away: they were for a plan, and what is planned may change until the run."""
    while _marked:
        with suppress(OSError):
            _marked.pop().unlink()


def why_marked(result: Path) -> str:
    """Return the reason that a mark of :func:`mark_incomplete` gives; '' for none."""
    return str(_content(INCOMPLETE / _name_of(result)).get(WHY, ""))


def forget_record(result: Path) -> None:
    """Remove what Snakemake keeps of a result that was taken away, its inputs' paths among it."""
    for folder in (METADATA, INCOMPLETE):
        (folder / _name_of(result)).unlink(missing_ok=True)


def has_record(result: Path) -> bool:
    """Whether Snakemake has a record of a result."""
    return (METADATA / _name_of(result)).is_file()


def recorded_task(result: Path) -> str | None:
    """Return the text of the task that, by Snakemake's own record, a result was made by."""
    params = _content(METADATA / _name_of(result)).get("params")
    if not isinstance(params, list) or len(params) != 1:
        return None
    try:
        text = ast.literal_eval(params[0])
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return text if isinstance(text, str) else None


def mark_lost_records() -> None:
    """Mark the results of which Snakemake's own record did not reach the disk.

    Without it Snakemake would take such a result as up to date for ever, whatever changed.
    """
    for record in METADATA.rglob("*"):
        if record.is_file() and not record.read_bytes().endswith(b"}"):
            _mark(record.relative_to(METADATA), {})


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _name_of(result: Path) -> Path:
    encoded = urlsafe_b64encode(str(result).encode()).decode()
    parts = [encoded[at : at + NAME_LENGTH] for at in range(0, len(encoded), NAME_LENGTH)]
    return Path(*(f"@{part}" for part in parts[:-1]), parts[-1])


def _mark(name: Path, content: Mapping[str, str]) -> Path:
    mark = INCOMPLETE / name
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(content), encoding="utf-8")
    return mark
