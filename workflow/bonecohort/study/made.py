"""What each job wrote, as digests, so that a result that was changed or damaged is noticed.

Snakemake looks at a result's time, not at its content: a file cut short, filled with zeros by a
failing disk or edited by hand counts as done. So each job leaves a line with the digests of its
task and of its files, and every run begins by comparing: by size, times and inode, and only where
those differ (a study that was copied) by content.
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
from bonecohort.study.fingerprints import canonical, text_digest
from bonecohort.study.writing import noting_files, remove_unfinished, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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


@dataclass(frozen=True)
class Made:
    """What is known of one participant's results, or of the cohort's.

    ``whole`` holds the jobs whose files are all there as they were written, in the order in which
    the jobs ended, each with the digest of its task; ``altered`` those with files that are not;
    ``lost`` those of whose files none is there: they failed, or the files were removed. ``rules``
    is the digest of the rules by which all was found done since the last of these jobs; '' where
    that was not found.
    """

    whole: Mapping[str, str]
    altered: tuple[Altered, ...]
    lost: frozenset[str]
    rules: str


@dataclass
class _Remembered:
    """What is remembered of one job: the digest of its task, and state and content of its files.

    Of a job that was begun and has not ended there is neither.
    """

    task: str
    files: Mapping[str, Sequence[str]]


TEMPORARY = ("crop",)
"""Jobs whose files Snakemake takes away when they have been used."""


def job_name(job: str, kind: str = "", level: str = "") -> str:
    """Return the name under which a job of a participant, or of the cohort, is remembered."""
    return " ".join(filter(None, (job, kind, level)))


@contextmanager
def what_is_made(job: str, task: Mapping[str, Any]) -> Iterator[None]:
    """Keep what a job writes; of one that ends with an error nothing is known."""
    owner = task.get("participant_id", COHORT)
    name = job_name(job, task.get("kind", ""), task.get("level", ""))
    _append(owner, {"job": name, "files": {}})
    with noting_files() as paths:
        yield
    for path in paths:
        remove_unfinished(path)
    if job not in TEMPORARY:
        files = {str(path): [_signature(path), file_digest(str(path))] for path in paths}
        _append(owner, {"job": name, "task": text_digest(canonical(task)), "files": files})


def found_done(owner: str, rules: str) -> None:
    """Keep that a run by these rules found nothing left to do of a participant."""
    _append(owner, {"rules": rules})


def look_at_results(owner: str) -> Made:
    """Compare the files of one participant's jobs, or of the cohort's, with what they wrote."""
    whole, altered, lost = {}, [], []
    jobs, rules = _remembered(owner)
    for name, job in jobs.items():
        present = [file for file in job.files if Path(file).is_file()]
        moved = [file for file in present if _signature(Path(file)) != job.files[file][0]]
        changed = [file for file in moved if file_digest(file) != job.files[file][1]]
        if present and (changed or len(present) < len(job.files)):
            altered.append(Altered(tuple(map(Path, present)), tuple(map(Path, changed))))
            continue
        if moved:
            seen = {file: [_signature(Path(file)), job.files[file][1]] for file in job.files}
            _append(owner, {"job": name, "seen": seen})
        if present:
            whole[name] = job.task
        elif name not in TEMPORARY and (job.files or not job.task):
            lost.append(name)
    return Made(whole, tuple(altered), frozenset(lost), rules)


def keep_copy(path: Path) -> Path:
    """Copy a changed file, which may be somebody's work, to a name of its own; return that."""
    kept = _free_name(path)
    with whole_file(kept) as unfinished:
        shutil.copyfile(path, unfinished)
    return kept


def _remembered(owner: str) -> tuple[dict[str, _Remembered], str]:
    """Return the last of each job, in the order in which they ended, and the rules since then.

    A line cut short is none.
    """
    path = FOLDER / f"{owner}.jsonl"
    jobs: dict[str, _Remembered] = {}
    rules = ""
    if not path.is_file():
        return jobs, rules
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        entry = _entry(line)
        if "files" in entry:
            jobs.pop(entry["job"], None)
            jobs[entry["job"]] = _Remembered(entry.get("task", ""), entry["files"])
            rules = ""
        elif "seen" in entry and entry["job"] in jobs:
            jobs[entry["job"]].files = entry["seen"]
        elif "rules" in entry:
            rules = entry["rules"]
    return jobs, rules


def _entry(line: str) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return entry


def _append(owner: str, entry: Mapping[str, Any]) -> None:
    """Add a line in one write: jobs of one participant may run at once."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    line = json.dumps(entry, ensure_ascii=False)
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


def memory_of(owner: str) -> Path:
    """Return the file that keeps what an owner's jobs wrote, below the study folder."""
    return FOLDER / f"{owner}.jsonl"


def remembered_owners(study: Path) -> list[str]:
    """Return the participants of whom anything is kept, of the study in a folder."""
    return [path.stem for path in (study / FOLDER).glob("*.jsonl") if path.stem != COHORT]


def written_files(owner: str) -> dict[str, str]:
    """Return each file that an owner's jobs wrote, with the digest of its content."""
    jobs, _ = _remembered(owner)
    return {file: state[1] for job in jobs.values() for file, state in job.files.items()}


def forget(owner: str) -> None:
    """Remove what is kept of an owner's jobs, whose results were taken away."""
    memory_of(owner).unlink(missing_ok=True)
