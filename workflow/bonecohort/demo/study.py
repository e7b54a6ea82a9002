"""Write the demo study: a synthetic cohort with its images, readings and truth.

Nothing that exists is overwritten. Each participant is drawn in a folder beside its place and
moved in file by file; a manifest, written last, marks it complete, so that a second run only
compares digests.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.demo.cohort import draw_cohort
from bonecohort.demo.share import shares_in
from bonecohort.demo.tables import (
    IMAGES_FOLDER,
    TRUTH_PATH,
    participants_text,
    series_text,
    settings_text,
    truth_text,
)
from bonecohort.faults import StudyFault
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from bonecohort.demo.share import Share
    from bonecohort.demo.truth import DemoParticipant

DEMO_VERSION = 1
"""Raised when the same seed begins to give other images."""
MANIFEST_NAME = "manifest.json"
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Progress = Callable[[int, int], None]


def write_demo_study(
    folder: Path,
    participants: int,
    seed: int,
    progress: Progress | None = None,
    *,
    jobs: int = 2,
    shares: Sequence[Share] = (),
) -> None:
    """Write the whole demo study into a folder; what is already there stays untouched.

    A study once written is its user's: files edited or removed since are left as they are.

    Parameters
    ----------
    folder
        Study folder; made when absent.
    participants
        Size of the cohort. A larger cohort of the same seed begins with the smaller one.
    seed
        Decides every number of the study, the images' noise included.
    progress
        Called after each participant with the number done and the number of all.
    jobs
        Processes to draw with; 1 draws in this one.
    shares
        What techniques add for some participants.

    Raises
    ------
    StudyFault
        When the folder holds another study, or files of the study's names, to begin with.
    """
    cohort = draw_cohort(participants, seed)
    held = shares_in(shares, cohort)
    truth = truth_text(cohort, held)
    begun = (folder / TRUTH_PATH).exists() and not _differs(folder / TRUTH_PATH, truth.encode())
    if not begun:
        own = _config_texts(cohort, seed, held) | _texts_of_shares(cohort, held)
        _write_texts(folder, {**own, TRUTH_PATH: truth})
    imaged = [participant for participant in cohort if not participant.is_excluded]
    missing = [one for one in imaged if not is_complete(folder, one, seed, held)]
    done = len(imaged) - len(missing)
    if progress and done:
        progress(done, len(imaged))
    differing: list[Path] = []
    for kept in _written(folder, missing, seed, jobs, held):
        differing += kept
        done += 1
        if progress:
            progress(done, len(imaged))
    _refuse(differing)


def write_demo_config(
    folder: Path, participants: int, seed: int, shares: Sequence[Share] = ()
) -> None:
    """Write only ``config/`` of the demo study: settings, participants, series.

    Raises
    ------
    StudyFault
        When a file already exists with another content.
    """
    cohort = draw_cohort(participants, seed)
    _write_texts(folder, _config_texts(cohort, seed, shares_in(shares, cohort)))


def _config_texts(
    cohort: Sequence[DemoParticipant], seed: int, shares: Sequence[Share]
) -> dict[str, str]:
    return {
        "config/config.yaml": settings_text(len(cohort), seed, shares),
        "config/participants.tsv": participants_text(cohort),
        "config/series.tsv": series_text(cohort, shares),
    }


def _texts_of_shares(cohort: Sequence[DemoParticipant], shares: Iterable[Share]) -> dict[str, str]:
    return {
        f"{IMAGES_FOLDER}/{share.name}/{name}": text
        for share in shares
        for name, text in share.texts(share.of(cohort)).items()
    }


def _write_texts(folder: Path, texts: dict[str, str]) -> None:
    contents = {folder / name: text.encode() for name, text in texts.items()}
    _refuse(path for path, content in contents.items() if _differs(path, content))
    for path, content in contents.items():
        if not path.exists():
            with whole_file(path) as unfinished:
                unfinished.write_bytes(content)


def _differs(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() != content


def _refuse(paths: Iterable[Path]) -> None:
    problems = [
        f"{path} already exists with another content than this demo's and is left as it is; "
        "write the demo into another folder, or move the file away."
        for path in paths
    ]
    if problems:
        raise StudyFault(problems)


def _written(
    folder: Path,
    participants: Sequence[DemoParticipant],
    seed: int,
    jobs: int,
    shares: Sequence[Share],
) -> Iterator[list[Path]]:
    """Draw participants, here or in several processes, yielding what each left as it was."""
    write = partial(write_participant, folder, seed=seed, shares=shares)
    if jobs == 1 or len(participants) <= 1:
        yield from map(write, participants)
        return
    # Spawned, not forked: numerical libraries may hold threads that a fork would lose.
    context = multiprocessing.get_context("spawn")
    with (
        _one_thread_a_process(),
        ProcessPoolExecutor(min(jobs, len(participants)), mp_context=context) as pool,
    ):
        yield from pool.map(write, participants)


@contextmanager
def _one_thread_a_process() -> Iterator[None]:
    """Keep the processes started inside from each using every core; they would only wait.

    The numerical libraries read these variables once, when a process loads them.
    """
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def is_complete(
    folder: Path, participant: DemoParticipant, seed: int, shares: Sequence[Share] = ()
) -> bool:
    """Return whether a participant's files were all written, for this seed and these shares.

    Raises
    ------
    StudyFault
        When the files were written for another seed, version or other shares.
    """
    own = folder / IMAGES_FOLDER / participant.participant_id
    path = own / MANIFEST_NAME
    if not path.exists():
        return False
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if manifest["recipe"] != _recipe(participant, seed, shares):
        raise StudyFault(
            [f"{path} belongs to another demo, of another seed or version; move {own} away."]
        )
    return True


def write_participant(
    folder: Path, participant: DemoParticipant, seed: int, shares: Sequence[Share] = ()
) -> list[Path]:
    """Draw and write the files of one participant, then the manifest that says they are there.

    Returns
    -------
    list of Path
        Files that exist with another content; when there are any, nothing was written.
    """
    from bonecohort.demo.imaging import draw_files

    images = folder / IMAGES_FOLDER
    images.mkdir(parents=True, exist_ok=True)
    own = images / participant.participant_id
    with tempfile.TemporaryDirectory(dir=images, prefix=".drawing-") as scratch:
        drawn = Path(scratch) / participant.participant_id
        drawn.mkdir()
        draw_files(drawn, participant, seed, shares)
        digests = {
            path.relative_to(drawn).as_posix(): _digest(path)
            for path in sorted(drawn.rglob("*"))
            if path.is_file()
        }
        existing = {name: own / name for name in digests if (own / name).exists()}
        differing = [file for name, file in existing.items() if _digest(file) != digests[name]]
        if differing:
            return differing
        for name in digests.keys() - existing.keys():
            (own / name).parent.mkdir(parents=True, exist_ok=True)
            (drawn / name).replace(own / name)
        manifest = {"recipe": _recipe(participant, seed, shares), "sha256": digests}
        finished = drawn / MANIFEST_NAME
        finished.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        finished.replace(own / MANIFEST_NAME)
    return []


def _recipe(
    participant: DemoParticipant, seed: int, shares: Iterable[Share]
) -> dict[str, int | list[str]]:
    recipe: dict[str, int | list[str]] = {
        "version": DEMO_VERSION,
        "seed": seed,
        "participant": participant.number,
    }
    own = [share.name for share in shares if share.of([participant])]
    return recipe | {"shares": own} if own else recipe


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
