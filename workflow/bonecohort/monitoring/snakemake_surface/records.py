"""Snakemake's files below ``.snakemake`` in the study folder: locks, records, incomplete marks.

Only the file backend of its persistence writes them; :class:`SnakemakeRun` says which is in use.
"""

from __future__ import annotations

import ast
import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCKS = Path(".snakemake/locks")
DEPLOYED_MODULES = Path(".snakemake/pip-deployments")
"""Where Snakemake looks for modules in the study folder (``snakemake.PIP_DEPLOYMENTS_PATH``)."""
METADATA, INCOMPLETE = Path(".snakemake/metadata"), Path(".snakemake/incomplete")
"""Records of finished results, and marks of incomplete ones, of the same names."""
NAME_LENGTH = 254


def has_record(result: Path) -> bool:
    """Whether Snakemake has a record of a result, a path below the study folder."""
    return (METADATA / _name_of(result)).is_file()


def recorded_task(result: Path) -> str | None:
    """Return the task that a result was made by, as Snakemake's record of it says."""
    params = _content(METADATA / _name_of(result)).get("params")
    return task_of_params(params) if isinstance(params, list) else None


def task_of_params(params: list[Any]) -> str | None:
    """Return the text of the task, the one parameter of a job; Snakemake keeps Python's repr."""
    if len(params) != 1:
        return None
    try:
        text = ast.literal_eval(params[0])
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return text if isinstance(text, str) else None


def forget_record(result: Path) -> None:
    """Remove the record and the mark of a result that was removed: they name its inputs' paths."""
    for folder in (METADATA, INCOMPLETE):
        (folder / _name_of(result)).unlink(missing_ok=True)


def is_marked_incomplete(result: Path) -> bool:
    """Whether a result bears the mark of a job that was cut off, or one of ours."""
    return (INCOMPLETE / _name_of(result)).is_file()


def incomplete_mark(result: Path) -> dict[str, Any]:
    """Return the content of the mark of a result; none where there is no mark."""
    return _content(INCOMPLETE / _name_of(result))


def write_incomplete_mark(result: Path, content: Mapping[str, str]) -> Path:
    """Mark a result as incomplete, so that Snakemake makes it again; return the mark."""
    return _write_mark(_name_of(result), content)


def mark_cut_short_records() -> None:
    """Mark the results of which Snakemake's record did not reach the disk whole.

    Without a record Snakemake takes a result as up to date for ever, whatever changed.
    """
    for record in METADATA.rglob("*"):
        if record.is_file() and not record.read_bytes().endswith(b"}"):
            _write_mark(record.relative_to(METADATA), {})


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


def _write_mark(name: Path, content: Mapping[str, str]) -> Path:
    mark = INCOMPLETE / name
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(content), encoding="utf-8")
    return mark
