"""What the files of a study hold, as digests: read once, then again only when they changed.

Results depend on content. A file that is touched, copied or moved with the same content makes
nothing run again. A file that is replaced under the same size and time does. Reading every scan at
every start would take minutes. So the digests are kept beside a signature of the files' state
(size, times, inode). Only files of another signature are read again. A job, too, compares what it
has read by them.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.study.companions import Companions
from bonecohort.study.folders import entries_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bonecohort.study.companions import Holds

CONTENTS = Path(".snakemake/bonecohort/contents")
"""Where the digests are remembered, in the study folder, where the workflow runs."""
MISSING = "missing"
UNREADABLE = "unreadable"
PART_DIGITS = 2
"""Hexadecimal digits that the memory's files are named by: 256 files."""
READERS = 4
"""Threads that read: they wait for the disk more than they compute."""


@dataclass(frozen=True)
class FoundFile:
    """One file below a path of series.tsv: its name from there, and its state."""

    path: str
    name: str
    status: os.stat_result

    @property
    def signature(self) -> str:
        """What changes whenever the file is written, renamed or replaced."""
        state = self.status
        return repr((self.name, state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino))


class Contents:
    """The digests of a study's files, remembered in a folder of their own.

    Each line of a file there is the digest of a path's name, the signature and the digest of the
    content. The last line of a path counts. The files are only ever added to, one whole line at a
    time, so that several processes may share them, and a line cut short is none. They are many and
    named by the beginning of those lines, so that a job reads little to find its own.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known: dict[Path, dict[str, tuple[str, str]]] = {}
        self._now: dict[str, str] = {}
        self._companions = Companions()
        self._beside: dict[tuple[Holds, str], dict[str, str]] = {}

    def beside(self, holds: Holds, path: str) -> dict[str, str]:
        """Return the files beside one of series.tsv whose content counts as well, with digests."""
        if (holds, path) not in self._beside:
            result = self._companions.of(holds, path)
            self._beside[holds, path] = {one: self.digest(one) for one in result}
        return self._beside[holds, path]

    def digest(self, path: str) -> str:
        """Return the digest of what a file, or all files of a folder, hold; or ``missing``.

        Names below a folder are part of what it holds. A path is looked at once in a process.
        """
        if path not in self._now:
            self._now[path] = self._look(path)
        return self._now[path]

    def refresh(self, paths: Iterable[str], progress: Callable[[int, int], None]) -> None:
        """Look at many paths at once; ``progress`` receives how many of those to read are read."""
        unread = []
        for path in dict.fromkeys(paths):
            files = list(_files(path))
            remembered = self._remembered(path, files) if files else None
            if remembered:
                self._now[path] = remembered
            elif files:
                unread.append(path)
        with ThreadPoolExecutor(READERS) as pool:
            for done, _ in enumerate(pool.map(self.digest, unread), start=1):
                progress(done, len(unread))

    def _look(self, path: str) -> str:
        files = list(_files(path))
        if not files and not os.path.exists(path):  # noqa: PTH110 - False for impossible names too
            return MISSING
        remembered = self._remembered(path, files)
        if remembered is not None:
            return remembered
        content = _content_digest(files)
        self._remember(path, _signature(files), content)
        return content

    def _remembered(self, path: str, files: list[FoundFile]) -> str | None:
        name = _digest(path)
        part = self._part(name)
        if part not in self._known:
            self._known[part] = dict(_read_memory(part))
        signature, content = self._known[part].get(name, ("", None))
        return content if signature == _signature(files) else None

    def _remember(self, path: str, signature: str, content: str) -> None:
        name = _digest(path)
        part = self._part(name)
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            with part.open("ab", buffering=0) as file:
                file.write(f"{name} {signature} {content}\n".encode())
        except OSError:
            return  # a study that may only be read, or a full disk: looked at anew each time

    def _part(self, name: str) -> Path:
        return self._memory / f"{name[:PART_DIGITS]}.txt"


def _read_memory(memory: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    if not memory.is_file():
        return
    with memory.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            parts = line.rstrip("\n").split(" ")
            if len(parts) == 3 and all(len(part) == len(_digest("")) for part in parts):
                yield parts[0], (parts[1], parts[2])


def _files(path: str) -> Iterator[FoundFile]:
    """Yield the files of a path in the order of their names; of a folder, those at any depth.

    Links to folders are followed, but none that leads back to a folder above it. What is neither
    file nor folder (a pipe, a device) has no content.
    """
    if not os.path.isdir(path):  # noqa: PTH112 - os.scandir below works on texts
        if os.path.isfile(path):  # noqa: PTH113 - a pipe or device has no end
            yield FoundFile(path, "", os.stat(path))  # noqa: PTH116
        return
    try:
        result = [
            FoundFile(entry.path, os.path.relpath(entry.path, path), entry.stat())
            for entry in entries_below(path)
        ]
    except OSError:  # not allowed, or a disk that fails: the job that needs the folder says so
        result = []
    yield from sorted(result, key=lambda file: file.name)


def _signature(files: list[FoundFile]) -> str:
    return _digest("\n".join(file.signature for file in files))


def _content_digest(files: list[FoundFile]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name}\0{file_digest(file.path)}\n".encode(errors="surrogateescape"))
    return whole.hexdigest()


def file_digest(path: str) -> str:
    """Return the SHA-256 of a file's content, or ``unreadable``."""
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:  # not allowed, or a disk that fails
        return UNREADABLE  # the job that needs the file says so


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
