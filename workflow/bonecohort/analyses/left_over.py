"""The files of analyses that a study lists no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bonecohort.study.analyses import FRAMES

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

NAMES = ["_".join(filter(None, (name, frame))) for name in FRAMES for frame in FRAMES[name]]
OWN_STEM = re.compile(rf"\d{{2,}}_(?:{'|'.join(NAMES)})")
"""How the files of an analysis are called, before the first dot; others are a user's."""


def remove_left_over(folder: Path, stems: Collection[str]) -> None:
    """Remove from a folder the files of analyses whose stems are not these."""
    for path in folder.glob("*.*"):
        stem = path.name.partition(".")[0]
        if OWN_STEM.fullmatch(stem) and stem not in stems:
            path.unlink()
