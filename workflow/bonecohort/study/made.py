"""What each job wrote, as digests, so that a result that was changed or damaged is noticed.

Snakemake looks at a result's time, not at its content: a file cut short, filled with zeros by a
failing disk or edited by hand counts as done. So each job leaves a line with the digests of its
files, and every run begins by comparing: by size, times and inode, and only where those differ (a
study that was copied) by content.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.contents import FoundFile, file_digest
from bonecohort.study.writing import noting_files, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FOLDER = Path(".snakemake/bonecohort/made")
"""Below the study folder, where the jobs run: one file a participant, so that nodes share none."""
COHORT = "_cohort"
"""Name of the cohort's own file; no participant's ID begins like it."""
LEADING_NAME = re.compile(r"^(\.?[^.]+)(.*)$", re.DOTALL)


@dataclass(frozen=True)
class Altered:
    """One job's files that are there, and those of them that are not as it wrote them."""

    present: tuple[Path, ...]
    changed: tuple[Path, ...]


TEMPORARY = ("crop",)
"""Jobs whose files Snakemake takes away when they have been used."""


@contextmanager
def what_is_made(job: str, task: Mapping[str, Any]) -> Iterator[None]:
    """Keep what a job writes; of one that ends with an error nothing is known."""
    owner = task.get("participant_id", COHORT)
    name = " ".join([job, *(task[key] for key in ("kind", "level") if key in task)])
    _append(owner, name, {})
    with noting_files() as paths:
        yield
    if job not in TEMPORARY:
        files = {str(path): [_signature(path), file_digest(str(path))] for path in paths}
        _append(owner, name, files)


def altered(owners: Iterable[str]) -> list[Altered]:
    """Return the jobs of which a file is not as it was written, or one is missing among others."""
    return [
        found
        for owner in owners
        for job, files in _remembered(owner).items()
        if (found := _compared(owner, job, files))
    ]


def keep_copy(path: Path) -> Path:
    """Copy a changed file, which may be somebody's work, to a name of its own; return that."""
    kept = _free_name(path)
    with whole_file(kept) as unfinished:
        shutil.copyfile(path, unfinished)
    return kept


def _compared(owner: str, job: str, files: Mapping[str, Sequence[str]]) -> Altered | None:
    present = [name for name in files if Path(name).is_file()]
    moved = [name for name in present if _signature(Path(name)) != files[name][0]]
    changed = [name for name in moved if file_digest(name) != files[name][1]]
    if present and (changed or len(present) < len(files)):
        return Altered(tuple(map(Path, present)), tuple(map(Path, changed)))
    if moved:
        _append(owner, job, {name: [_signature(Path(name)), files[name][1]] for name in files})
    return None


def _remembered(owner: str) -> dict[str, dict[str, Sequence[str]]]:
    """Return the files of each job; a line cut short is none."""
    path = FOLDER / f"{owner}.jsonl"
    jobs: dict[str, dict[str, Sequence[str]]] = {}
    if not path.is_file():
        return jobs
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        entry = _entry(line)
        if entry:
            jobs[entry["job"]] = entry["files"]
    return jobs


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return None
    return entry


def _append(owner: str, job: str, files: Mapping[str, Sequence[str]]) -> None:
    """Add a line in one write: jobs of one participant may run at once."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"job": job, "files": files}, ensure_ascii=False)
    with (FOLDER / f"{owner}.jsonl").open("ab", buffering=0) as file:
        file.write(f"\n{line}\n".encode())  # after a line that was cut short, too


def _signature(path: Path) -> str:
    return FoundFile(str(path), "", path.stat()).signature


def _free_name(path: Path) -> Path:
    """Return ``name.changed.ending``, numbered where that is taken."""
    parts = LEADING_NAME.match(path.name)
    start, ending = parts.groups() if parts else (path.name, "")
    names = (f"{start}.changed{number if number > 1 else ''}{ending}" for number in count(1))
    return next(free for name in names if not (free := path.with_name(name)).exists())
