"""Finding the files of an export, and reading their headers in parallel and in order."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from bonecohort.intake.header import FoundFile, Header, read_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

WAITING_PER_JOB = 4  # batches handed out ahead, so that no process waits


def find_files(root: Path, left_out: Path) -> Iterator[FoundFile]:
    """Yield every regular file below ``root`` except those below ``left_out``.

    Links to folders are followed, each folder once, so that circles end. Folders that may not be
    opened are left out, as are files that vanish meanwhile.
    """
    waiting = [str(root)]
    above = root.resolve()
    entered = {_identity(path.stat()) for path in (above, *above.parents)}
    while waiting:
        try:
            entries = sorted(os.scandir(waiting.pop()), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            try:
                is_folder, is_file, status = entry.is_dir(), entry.is_file(), entry.stat()
            except OSError:
                continue
            if is_folder:
                if entry.path != str(left_out) and _identity(status) not in entered:
                    entered.add(_identity(status))
                    waiting.append(entry.path)
            elif is_file:
                yield FoundFile(entry.path, status.st_size, status.st_mtime_ns)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def read_batches(batches: Iterable[list[FoundFile]], jobs: int) -> Iterator[list[Header]]:
    """Read the headers of each batch; the results come in the order of the batches."""
    if jobs <= 1:
        yield from map(read_headers, batches)
        return
    # Started afresh, not forked: the same on every system, and safe beside threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        running: deque[Future[list[Header]]] = deque()
        for batch in batches:
            running.append(pool.submit(read_headers, batch))
            if len(running) >= WAITING_PER_JOB * jobs:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
