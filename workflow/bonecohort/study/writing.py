"""Files written whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_noted: ContextVar[list[Path] | None] = ContextVar("noted", default=None)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` to write to, and rename it when all went well.

    The folder is made where it is missing. When writing fails, ``path`` stays as it was and
    nothing is left beside it. The content is on the disk before it has its name: after a power
    cut, too, there is the old file, the new one or none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield unfinished
        _to_disk(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    noted = _noted.get()
    if noted is not None:
        noted.append(path)


@contextmanager
def noting_files() -> Iterator[list[Path]]:
    """Give a list to which every file is added that is written within, as :func:`whole_file`."""
    paths: list[Path] = []
    token = _noted.set(paths)
    try:
        yield paths
    finally:
        _noted.reset(token)


def remove_unfinished(path: Path) -> None:
    """Take away what processes that were killed had begun to write beside a file."""
    for left in path.parent.iterdir():
        if left.name.startswith(f".{path.name}.") and left.suffix == ".part":
            left.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
