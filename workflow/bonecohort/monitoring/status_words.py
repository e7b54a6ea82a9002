"""The state of a study in plain words, and for programs."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.monitoring.left_participants import left_participants_message
from bonecohort.monitoring.stages import some

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    called = study.resolve() if study == Path() else study
    yield f"{called}: {status.listed} participants, {status.listed - excluded} of them included"
    if status.run:
        yield f"  {status.run}"
    incomplete = f", {len(status.incomplete)} of them incomplete: {some(status.incomplete)}"
    yield f"  {len(status.done)} finished{incomplete if status.incomplete else ''}"
    if status.stale:
        yield (
            f"  {len(status.stale)} out of date, which the next run makes again: "
            f"{some(status.stale)}"
        )
    if status.unknown:
        yield (
            f"  Nothing says what the results of {some(status.unknown)} were made from; the next "
            "run makes them again."
        )
    if status.failed:
        yield f"  {len(status.failed)} with a job that failed: {some(status.failed)}"
    if status.left:
        yield f"  {len(status.left)} left: {some(status.left)}"
    for reason, number in Counter(status.not_included.values()).most_common():
        yield f"  {number} not included: {reason}"
    if status.removed:
        yield f"  {left_participants_message(status.removed, str(study))}"
    for words, names in (
        ("finished", status.cohort_done),
        ("out of date", status.cohort_stale),
        ("left", status.cohort_left),
    ):
        if names:
            yield f"  cohort, {words}: {', '.join(names)}"


def _left_out(status: Status) -> Iterator[str]:
    if status.left_out:
        yield "Left out by the table of exclusions:"
    for left_out in status.left_out:
        sites = f" of {', '.join(left_out.sites)}" if left_out.sites else ""
        yield f"  {left_out.participant_id}, {left_out.technique}{sites}: {left_out.reason}"


def _not_measured(status: Status) -> Iterator[str]:
    if status.not_measured:
        yield "Could not be measured:"
    whose: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for not_measured in status.not_measured:
        whose.setdefault((not_measured.what, not_measured.levels, not_measured.reason), []).append(
            not_measured.participant_id
        )
    for (what, levels, reason), names in whose.items():
        who = names[0] if len(names) == 1 else f"{len(names)} participants ({some(names)})"
        of_levels = f" of {', '.join(levels)}" if levels else ""
        yield f"  {who}, {what}{of_levels}: {reason}"


def _failed(status: Status) -> Iterator[str]:
    if status.failures:
        yield "Failed; the log, and its last line:"
    for failure in status.failures:
        who = failure.participant_id or "The cohort"
        yield f"  {who}, {failure.what}: {failure.log}: {failure.last_line}"


def _next(status: Status, study: Path) -> Iterator[str]:
    if any((status.left, status.failed, status.stale, status.cohort_left, status.cohort_stale)):
        words = ["bonecohort", "run", *([] if study == Path() else [str(study)])]
        yield f"To continue: {shlex.join(words)}"
    elif status.report:
        yield f"Open {status.report}"
