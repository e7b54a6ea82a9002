"""The state of a study in plain words, and for programs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from bonecohort.monitoring.left_participants import left_participants_message
from bonecohort.monitoring.stages import some

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bonecohort.monitoring.status import Status


def status_json(status: Status) -> str:
    """Return the state as JSON."""
    return json.dumps(asdict(status), indent=1, ensure_ascii=False)


def status_words(status: Status, study: Path) -> str:
    """Return the state as text, the most urgent last."""
    return "\n".join([*_counts(status, study), *_left_out(status), *_not_measured(status),
                      *_failed(status), *_next(status, study)])  # fmt: skip


def _counts(status: Status, study: Path) -> Iterator[str]:
    excluded = len(status.not_included)
    yield f"{study}: {status.listed} participants, {status.listed - excluded} of them included"
    lacking = {one.participant_id for one in status.not_measured}
    lacking |= {one.participant_id for one in status.left_out}
    with_fault = lacking & set(status.done)
    besides = f", {len(with_fault)} of them not in everything" if with_fault else ""
    yield f"  {len(status.done)} done{besides}"
    if status.failed:
        yield f"  {len(status.failed)} with a job that failed: {some(status.failed)}"
    if status.left:
        yield f"  {len(status.left)} left: {some(status.left)}"
    for reason, number in Counter(status.not_included.values()).most_common():
        yield f"  {number} not included: {reason}"
    if status.removed:
        yield f"  {left_participants_message(status.removed, str(study))}"
    for words, names in (("done", status.cohort_done), ("left", status.cohort_left)):
        if names:
            yield f"  cohort, {words}: {', '.join(names)}"


def _left_out(status: Status) -> Iterator[str]:
    if status.left_out:
        yield "Left out by the table of exclusions:"
    for one in status.left_out:
        sites = f" of {', '.join(one.sites)}" if one.sites else ""
        yield f"  {one.participant_id}, {one.technique}{sites}: {one.reason}"


def _not_measured(status: Status) -> Iterator[str]:
    if status.not_measured:
        yield "Could not be measured:"
    for one in status.not_measured:
        levels = f" of {', '.join(one.levels)}" if one.levels else ""
        yield f"  {one.participant_id}, {one.what}{levels}: {one.reason}"


def _failed(status: Status) -> Iterator[str]:
    if status.failures:
        yield "Failed; the log, and its last line:"
    for one in status.failures:
        yield f"  {one.participant_id or 'The cohort'}, {one.what}: {one.log}: {one.last_line}"


def _next(status: Status, study: Path) -> Iterator[str]:
    if status.left or status.failed or status.cohort_left:
        yield f"To go on: bonecohort run {study}"
    elif status.report:
        yield f"Open {status.report}"
