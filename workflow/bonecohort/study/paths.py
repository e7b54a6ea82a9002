"""Paths as people write them: which file is meant, and why there is none."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTES = re.compile(r"""(["'])(?P<straight>.*)\1|[“„‘‚«](?P<curved>.*)[”“’‘»]""")
DRIVE = re.compile(r"[A-Za-z]:")
VARIABLE = re.compile(r"\$\{?\w+\}?|%\w+%")
FORBIDDEN = ("\\", '"', "'", "“", "„", "‘", "‚", "«")
"""With none of these, and no letter beyond ASCII, a path can be meant in one way only."""


def path_meant(folder: Path, written: str) -> str:
    r"""Return the path that is meant: as written, else the one other spelling that exists.

    One other spelling is without quotes around it, another with ``/`` for ``\``. A third has its
    accents in the other of Unicode's normal forms, as file systems of other computers store them.
    ``~`` is not expanded: a study gives the same results for every user.
    """
    if written.isascii() and not any(mark in written for mark in FORBIDDEN):
        return written
    return next((result for result in _spellings(folder, written) if result), written)


def _spellings(folder: Path, written: str) -> Iterator[str | None]:
    quoted = QUOTES.fullmatch(written)
    bare = (quoted["straight"] or quoted["curved"] or "") if quoted else written
    texts = [written, bare]
    if not _of_windows(bare):
        texts.append(bare.replace("\\", "/"))
    for text in dict.fromkeys(text for text in texts if text):
        yield text if os.path.exists(folder / text) else _other_normal_form(folder, text)  # noqa: PTH110


def _other_normal_form(folder: Path, written: str) -> str | None:
    """Return the one path that exists and differs in its encoding alone."""
    if written.isascii():
        return None
    result = Path()
    for part in Path(written).parts:
        if not os.path.exists(folder / result / part):  # noqa: PTH110
            try:
                names = os.listdir(folder / result)  # noqa: PTH208
            except OSError:
                return None
            same = [name for name in names if _composed(name) == _composed(part)]
            if len(same) != 1:
                return None
            part = same[0]  # noqa: PLW2901
        result /= part
    return str(result)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _of_windows(written: str) -> bool:
    return bool(DRIVE.match(written)) or written.startswith("\\\\")


def refuse_absent(path: Path, what: str = "The path", written: str = "") -> None:
    """Raise a fault, with what to do, where series.tsv names nothing that can be read.

    The reason does not repeat the path, which may hold a patient's name. ``written`` is the path
    as the table has it, where that is another one.

    Raises
    ------
    DataFault
        When nothing stands there, or neither a file nor a folder.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise DataFault(
            f"{what} that series.tsv gives does not exist.{path_advice(path, written)}"
        ) from None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataFault(
            f"{what} that series.tsv gives is a pipe or a device; a file or folder is expected."
        )
    if not os.access(path, os.R_OK):
        raise DataFault(f"{what} that series.tsv gives may not be read by who runs this.")


def path_advice(path: Path, written: str = "") -> str:
    """Return what to do about a path that does not exist, in a sentence; '' for nothing known."""
    written = written or str(path)
    advice = {
        "It is an address: write the path of a file or folder.": re.match(r"\w+:/", written)
        and not _of_windows(written),
        "It is a path of Windows: write where this machine has the folder (/mnt/d/… under WSL).": (
            _of_windows(written.lstrip("\"'“„"))
        ),
        "Leave out the quotes.": QUOTES.fullmatch(written),
        "Write / in place of \\.": "\\" in written,
        "Write the home folder in full: ~ is not expanded.": written.startswith("~"),
        "Write it in full: variables are not expanded.": VARIABLE.search(written),
        "One in another case is there: case counts.": _in_other_case(path),
    }
    return next((f" {text}" for text, applies in advice.items() if applies), "")


def _in_other_case(path: Path) -> bool:
    """Whether the first folder or file that is missing is there in another case."""
    missing = path
    while missing.parent != missing and not os.path.exists(missing.parent):  # noqa: PTH110
        missing = missing.parent
    try:
        return missing.name.lower() in {name.lower() for name in os.listdir(missing.parent)}  # noqa: PTH208
    except OSError:
        return False
