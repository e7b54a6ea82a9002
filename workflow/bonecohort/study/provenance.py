"""The provenance of results: the task and the files of each job, as digests beside the results.

Snakemake looks at a result's time, not at its content. So a file cut short, filled with zeros by a
failing disk or edited by hand counts as done. What it knows of a result beyond the time is kept in
a hidden folder, which a copy of a study may lack. So each job leaves a line with the digests of its
task and of its files among the logs of the results. Every run begins by comparing size, times and
inode. Where those differ (a study that was copied), it compares content. A file with the content
that was written gets the time back at which it was written, where no other record has it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.contents import FoundFile, file_digest
from bonecohort.study.fingerprints import canonical, text_digest
from bonecohort.study.writing import noting_files, remove_unfinished, whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

RESULTS = Path("results")
"""Below the study folder, where the jobs run."""
NAME = "made.jsonl"
"""One file among each participant's logs, so that nodes share none, and one of the cohort.

It holds times and grows with each run, as a log does: the results themselves do neither.
"""
FORMER_FOLDER = Path(".snakemake/bonecohort/made")
"""Where earlier versions kept these files; what is there is taken over."""
COHORT = "_cohort"
"""Name of the cohort's own file; no participant's ID begins like it."""
LEADING_NAME = re.compile(r"^(\.?[^.]+)(.*)$", re.DOTALL)
CLOCK_SKEW_S = 300
"""A result dated later than this from now was dated by a clock that was wrong."""


@dataclass(frozen=True)
class Altered:
    """One job's files that are there, and those of them that are not as it wrote them."""

    job: str
    present: tuple[Path, ...]
    changed: tuple[Path, ...]


@dataclass(frozen=True)
class Provenance:
    """What is known of one participant's results, or of the cohort's.

    ``whole`` holds the jobs whose files are all there as they were written, each with the digest of
    its task. Their order is that in which the jobs ended. ``altered`` holds those with files that
    are not. ``lost`` holds those without any of their files: they failed, or the files were
    removed. ``future`` holds those of the whole with files dated in the future, whose order is
    unknown. ``rules`` is the digest of the rules by which all was found done since the last of
    these jobs. It is '' where that was not found. ``files`` are those that each job wrote.
    """

    whole: Mapping[str, str]
    altered: tuple[Altered, ...]
    lost: frozenset[str]
    rules: str
    future: frozenset[str] = frozenset()
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def altered_jobs(self) -> set[str]:
        """Names of the jobs with files that are not as they were written."""
        return {one.job for one in self.altered}


@dataclass
class _Remembered:
    """What is remembered of one job: the digest of its task, and state and content of its files.

    Of a job that was begun and has not ended there is neither.
    """

    task: str
    files: Mapping[str, Sequence[str]]


def job_name(job: str, kind: str = "", site: str = "") -> str:
    """Return the name under which a job of a participant, or of the cohort, is remembered."""
    return " ".join(filter(None, (job, kind, site)))


@contextmanager
def recording_provenance(
    job: str, task: Mapping[str, Any], *, is_kept: bool = True
) -> Iterator[None]:
    """Keep what a job writes; of one that ends with an error nothing is known.

    Nothing is kept of a job whose files Snakemake takes away when they have been used.
    """
    owner = task.get("participant_id", COHORT)
    name = job_name(job, task.get("kind", ""), task.get("site", ""))
    if is_kept:
        _append(owner, {"job": name, "files": {}})
    with noting_files() as paths:
        yield
    for path in paths:
        remove_unfinished(path)
    if is_kept:
        files = {
            str(path): [_signature(str(path), path.stat()), file_digest(str(path))]
            for path in paths
        }
        _append(owner, {"job": name, "task": text_digest(canonical(task)), "files": files})


def mark_up_to_date(owner: str, rules: str) -> None:
    """Keep that a run by these rules found nothing left to do of a participant."""
    _append(owner, {"rules": rules})


def check_results(owner: str, has_record: Callable[[Path], bool] = lambda _: False) -> Provenance:
    """Compare the files of one participant's jobs, or of the cohort's, with what they wrote.

    ``has_record`` says whether Snakemake has a record of a result. Of others, and of those dated in
    the future, Snakemake knows by their times alone what they were made of.
    """
    whole, altered, lost, future = {}, [], [], []
    jobs, rules = _remembered(owner)
    for name, job in jobs.items():
        present = _states(job.files)
        moved = [file for file in present if _signature(file, present[file]) != job.files[file][0]]
        changed = [file for file in moved if file_digest(file) != job.files[file][1]]
        if present and (changed or len(present) < len(job.files)):
            altered.append(Altered(name, tuple(map(Path, present)), tuple(map(Path, changed))))
            continue
        if moved:
            with suppress(OSError):  # a study that may only be read is looked at anew each time
                _restore_times(job, [file for file in moved if not has_record(Path(file))])
                _restore_times(job, [file for file in moved if _is_future(present[file])])
                present = _states(job.files)
                seen = {
                    file: [_signature(file, state), job.files[file][1]]
                    for file, state in present.items()
                }
                _append(owner, {"job": name, "seen": seen})
        if present:
            whole[name] = job.task
            if any(map(_is_future, present.values())):
                future.append(name)
        elif job.files or not job.task:
            lost.append(name)
    files = {name: tuple(job.files) for name, job in jobs.items()}
    return Provenance(whole, tuple(altered), frozenset(lost), rules, frozenset(future), files)


def _states(files: Iterable[str]) -> dict[str, os.stat_result]:
    """Return the states of those files that are there."""
    result = {}
    for file in files:
        with suppress(FileNotFoundError, NotADirectoryError):
            state = os.stat(file)  # noqa: PTH116 - texts, for there are many
            if stat.S_ISREG(state.st_mode):
                result[file] = state
    return result


def _restore_times(job: _Remembered, files: Sequence[str]) -> None:
    """Give files the times at which they were written."""
    for file in files:
        written_ns = _time_written_ns(job.files[file][0])
        if written_ns is not None:
            os.utime(file, ns=(Path(file).stat().st_atime_ns, written_ns))


def _time_written_ns(signature: str) -> int | None:
    """Return the time in a signature of :class:`bonecohort.study.contents.FoundFile`."""
    try:
        _, _, written_ns, _, _ = ast.literal_eval(signature)
    except (ValueError, SyntaxError, TypeError):
        return None
    return written_ns if isinstance(written_ns, int) else None


def _is_future(state: os.stat_result) -> bool:
    return state.st_mtime > time.time() + CLOCK_SKEW_S


def keep_copy(path: Path) -> Path:
    """Copy a changed file, which may be somebody's work, to a name of its own; return that."""
    kept = _free_name(path)
    with whole_file(kept) as unfinished:
        shutil.copyfile(path, unfinished)
    return kept


def take_over_former(owners: Iterable[str]) -> None:
    """Move what earlier versions kept in a hidden folder to the results."""
    if not FORMER_FOLDER.is_dir():
        return
    for owner in owners:
        former, path = FORMER_FOLDER / f"{owner}.jsonl", provenance_path(owner)
        if former.is_file() and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(former, path)


def provenance_path(owner: str) -> Path:
    """Return where the digests of a participant's results stand, or those of the cohort's."""
    folder = RESULTS / "logs"
    return (folder if owner == COHORT else folder / owner) / NAME


def _path_now(owner: str) -> Path:
    """Return where they stand now: what an earlier version kept may not be taken over yet."""
    path, former = provenance_path(owner), FORMER_FOLDER / f"{owner}.jsonl"
    return former if former.is_file() and not path.is_file() else path


def _remembered(owner: str) -> tuple[dict[str, _Remembered], str]:
    """Return the last of each job, in the order in which they ended, and the rules since then.

    A line cut short, or spoilt otherwise, is none.
    """
    path = _path_now(owner)
    jobs: dict[str, _Remembered] = {}
    rules = ""
    if not path.is_file():
        return jobs, rules
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line:
            continue
        match _entry(line):
            case {"job": str(name), "files": dict(files), **more} if _are_files(files):
                jobs.pop(name, None)
                jobs[name] = _Remembered(str(more.get("task", "")), files)
                rules = ""
            case {"job": str(name), "seen": dict(files)} if name in jobs and _are_files(files):
                jobs[name].files = files
            case {"rules": str(rules)}:
                pass
    return jobs, rules


def _entry(line: str) -> Any:
    try:
        return json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return None


def _are_files(files: Mapping[str, Any]) -> bool:
    """Whether each is a file of the results, with its signature and its digest.

    Results are copied between computers, and what is named here is copied, dated and removed. So
    foreign results must not lead to a file elsewhere.
    """
    return all(
        _is_of_results(path)
        and isinstance(state, list)
        and len(state) == 2
        and all(isinstance(one, str) for one in state)
        for path, state in files.items()
    )


def _is_of_results(path: str) -> bool:
    parts = path.split("/")
    return parts[0] == RESULTS.name and os.pardir not in parts


def _append(owner: str, entry: Mapping[str, Any]) -> None:
    """Add a line in one write: jobs of one participant may run at once."""
    path = _path_now(owner)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(entry, ensure_ascii=False)
    with path.open("ab", buffering=0) as file:
        file.write(f"\n{line}\n".encode())  # after a line that was cut short, too


def _signature(path: str, state: os.stat_result) -> str:
    return FoundFile(path, "", state).signature


def _free_name(path: Path) -> Path:
    """Return ``name.changed.ending``, numbered where that is taken."""
    parts = LEADING_NAME.match(path.name)
    start, ending = parts.groups() if parts else (path.name, "")
    names = (f"{start}.changed{number if number > 1 else ''}{ending}" for number in count(1))
    return next(free for name in names if not (free := path.with_name(name)).exists())


def written_files(owner: str) -> dict[str, str]:
    """Return each file that an owner's jobs wrote, with the digest of its content."""
    jobs, _ = _remembered(owner)
    return {file: state[1] for job in jobs.values() for file, state in job.files.items()}


def forget(owner: str) -> None:
    """Remove what is kept of an owner's jobs, whose results were taken away."""
    for path in (provenance_path(owner), FORMER_FOLDER / f"{owner}.jsonl"):
        path.unlink(missing_ok=True)
