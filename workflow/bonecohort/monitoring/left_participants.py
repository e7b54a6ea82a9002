"""What the results keep of people who are no longer in the study, and taking it away.

A participant may be deleted from the participants table, or set to ``include: no``. The next run
leaves them out of the tables and the report. The images, records and pictures made of them stay
until the user removes them, because an exclusion may be a mistake. Only what a job wrote is taken
away, and only as the job wrote it. A file that a user made or changed stays, and is named.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.monitoring.snakemake_surface import forget_record
from bonecohort.monitoring.stages import some
from bonecohort.study.contents import file_digest
from bonecohort.study.layout import participant_folder
from bonecohort.study.provenance import NAME, forget, provenance_path, written_files
from bonecohort.techniques.registry import stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.study.study import Study

RESULTS = Path("results")
UNFINISHED = re.compile(r"(.+/)?\.[^/]+\.\d+\.part")
"""Files that a killed job had begun."""
WORDS = """\
{count} no longer included {keep} images, measurements or pictures in results: {names}. The tables \
and the report are made without them; `bonecohort clean {study}` takes the files away."""


@dataclass(frozen=True)
class LeftParticipant:
    """A participant of whom files are kept, though the study no longer includes them.

    ``is_listed`` says whether the participants table still has the row.
    """

    participant_id: str
    is_listed: bool
    n_files: int


@dataclass(frozen=True)
class LeftOver:
    """The files kept of a participant, below the study folder.

    ``written`` are as a job wrote them; ``others`` a user made or changed, or links.
    """

    participant_id: str
    written: tuple[Path, ...]
    others: tuple[Path, ...]


def left_participants(study: Study, folder: Path) -> list[LeftParticipant]:
    """Return whose files the results of the study in a folder keep without including them."""
    included = set(study.included)
    results = folder / RESULTS
    names = set(_folders(results / "participants"))
    # A folder of logs may be another's; in one of a participant stands what its jobs wrote.
    names |= {
        name for name in _folders(results / "logs") if (folder / provenance_path(name)).is_file()
    }
    result = []
    for name in sorted(names - included):
        n_files = sum(1 for place in _places(results, name) for _ in _files(place))
        if n_files:
            result.append(LeftParticipant(name, name in study.participants, n_files))
    return result


def left_participants_message(removed: list[LeftParticipant], study: str) -> str:
    """Return the sentence for the screen; '' when nobody's files are kept."""
    if not removed:
        return ""
    one = len(removed) == 1
    return WORDS.format(
        count="1 participant" if one else f"{len(removed)} participants",
        keep="has" if one else "have",
        names=some([who.participant_id for who in removed]),
        study=study,
    )


def left_over(participant_id: str) -> LeftOver:
    """Look at what is kept of one participant of the study in the working folder."""
    digests = written_files(participant_id)
    written: list[Path] = []
    others: list[Path] = []
    for place in _places(RESULTS, participant_id):
        for path in _files(place):
            is_ours = not path.is_symlink() and (
                (place.parent.name == "logs" and _is_log(path.relative_to(place)))
                or _is_passing(path.relative_to(place))
                or (str(path) in digests and file_digest(str(path)) == digests[str(path)])
            )
            (written if is_ours else others).append(path)
    return LeftOver(participant_id, tuple(written), tuple(others))


def _is_log(name: Path) -> bool:
    return str(name) == NAME or (len(name.parts) == 1 and name.suffix == ".log")


def _is_passing(path: Path) -> bool:
    """Whether a file below a participant's folder is of those that jobs write and do not keep."""
    passing = [own.stage.makes for own in stages().values() if own.stage.is_temporary]
    names = [makes.format(site="*") for makes in passing]
    return bool(UNFINISHED.fullmatch(path.as_posix())) or any(path.match(name) for name in names)


def take_away(kept: LeftOver) -> None:
    """Remove what the workflow wrote of a participant, and what it remembers of that."""
    for path in kept.written:
        path.unlink(missing_ok=True)
        forget_record(path)
    forget(kept.participant_id)
    for place in _places(RESULTS, kept.participant_id):
        if place.is_symlink() or not place.is_dir():
            continue
        folders = sorted((one for one in place.rglob("*") if one.is_dir()), reverse=True)
        for folder in (*folders, place):
            with suppress(OSError):  # a user's file is in it
                folder.rmdir()


def _places(results: Path, participant_id: str) -> tuple[Path, Path]:
    return participant_folder(results, participant_id), results / "logs" / participant_id


def _folders(parent: Path) -> Iterator[str]:
    if parent.is_dir():
        yield from (entry.name for entry in parent.iterdir() if entry.is_dir())


def _files(place: Path) -> Iterator[Path]:
    """Yield what lies in a folder at any depth, in order. What a link leads to is not looked at."""
    if place.is_symlink():
        yield place
    elif place.is_dir():
        yield from sorted(
            path for path in place.rglob("*") if path.is_symlink() or not path.is_dir()
        )
