"""`bonecohort clean`: taking away what results keep of those who are no longer included."""

from __future__ import annotations

from contextlib import chdir
from typing import TYPE_CHECKING

from bonecohort.monitoring.left_participants import left_over, left_participants, take_away
from bonecohort.monitoring.run_lock import nobody_at_work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bonecohort.study.study import Study

NOBODY = "Nothing to take away: the results hold files of included participants alone."
MADE_AGAIN = "Tables and report of a run before that still hold them: run the study again."


def clean(study: Study, folder: Path, *, really: bool, print_line: Callable[[str], None]) -> None:
    """Print what goes and what stays, and take it away on request.

    Raises
    ------
    RunLocked
        When a run is at work.
    """
    removed = left_participants(study, folder)
    if not removed:
        print_line(NOBODY)
        return
    with chdir(folder), nobody_at_work():
        for who in removed:
            _one(who.participant_id, really=really, print_line=print_line)
    print_line(
        MADE_AGAIN if really else f"Nothing was done: bonecohort clean {folder} --yes does it."
    )


def _one(participant_id: str, *, really: bool, print_line: Callable[[str], None]) -> None:
    kept = left_over(participant_id)
    print_line(
        f"{participant_id}: {len(kept.written)} files {'removed' if really else 'to be removed'}"
    )
    if not really:
        for path in kept.written:
            print_line(f"  {path}")
    for path in kept.others:
        print_line(f"  stays, for no job wrote it as it stands: {path}")
    if really:
        take_away(kept)
