"""How far a run is: jobs and participants done, failing and left, and the time to go."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from bonecohort.study.job_table import rule_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WINDOW = 40
"""Jobs of a stage that its present duration is taken from."""
ENOUGH = 3
"""Jobs of every stage that must be done before a time to go means something."""
ENOUGH_SECONDS = 5.0


class Step(NamedTuple):
    """One job: its rule, and its participant ('' for the cohort's)."""

    rule: str
    participant_id: str


class RunProgress:
    """The state of a run, updated by each job that starts, ends or fails.

    The time to go is that of the participants' jobs. For each stage it is the mean of its last
    durations times the number of jobs that are left. The sum is divided by the mean number of jobs
    at once.
    """

    def __init__(
        self, steps: Mapping[int, Step], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._steps = steps
        self._clock = clock
        self._began = clock()
        self._open = Counter(step.participant_id for step in steps.values() if step.participant_id)
        self._left = Counter(step.rule for step in steps.values() if step.participant_id)
        self._running: dict[int, float] = {}
        self._durations: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=WINDOW))
        self._busy = 0.0
        self._ended: set[int] = set()
        self._failed: set[int] = set()
        self.participants = len(self._open)
        self.participants_done = 0
        """Participants of whom every job of the run ended well."""
        self.with_fault: set[str] = set()

    @property
    def jobs(self) -> int:
        """Number of jobs of the run."""
        return len(self._steps)

    @property
    def jobs_done(self) -> int:
        """Number of jobs that ended well."""
        return len(self._ended)

    @property
    def failed(self) -> set[str]:
        """Participants with a job that failed, and was not done since."""
        return {self._steps[job].participant_id for job in self._failed} - {""}

    def started(self, job: int) -> None:
        """Note that a job started; the news may come after that of its end."""
        if job not in self._ended:
            self._running[job] = self._clock()

    def finished(self, job: int) -> None:
        """Note that a job ended well."""
        self._stop(job)
        self._failed.discard(job)
        if job in self._ended or job not in self._steps:
            return
        self._ended.add(job)
        step = self._steps[job]
        if step.participant_id:
            self._open[step.participant_id] -= 1
            self.participants_done += self._open[step.participant_id] == 0
            self._left[step.rule] -= 1

    def failed_job(self, job: int) -> None:
        """Note that a job failed; it may be tried again."""
        self._stop(job)
        if job in self._steps:
            self._failed.add(job)

    def _stop(self, job: int) -> None:
        began = self._running.pop(job, None)
        if began is not None and job in self._steps:
            seconds = self._clock() - began
            self._durations[self._steps[job].rule].append(seconds)
            self._busy += seconds

    def seconds_left(self) -> float | None:
        """Return the time the participants' jobs still take; None while it is unknown."""
        elapsed = self._clock() - self._began
        left = {rule: number for rule, number in self._left.items() if number}
        known = all(len(self._durations[rule]) >= ENOUGH for rule in left)
        if not left or not known or elapsed < ENOUGH_SECONDS:
            return None
        at_once = max(self._busy / elapsed, 1.0)
        return sum(number * fmean(self._durations[rule]) for rule, number in left.items()) / at_once

    def words(self) -> str:
        """Return the state in one line."""
        return self.wordings()[0]

    def wordings(self) -> list[str]:
        """Return the state in one line, in full and then shorter and shorter."""
        jobs = f"{self.jobs_done} of {self.jobs} jobs"
        seconds = self.seconds_left()
        go = f"{duration_words(seconds)} to go" if seconds is not None else ""
        now = [rule_words()[rule] for rule in self._now() if rule in rule_words()]
        if any(self._left.values()):
            now = []
        ends = [f"about {go}", go] if go else [" · ".join(now)]
        people = self._people() if self.participants else [""]
        result = [(who, end) for who in people for end in ends]
        result.append((people[-1], ""))
        return [" · ".join(filter(None, [jobs, *one])) for one in result]

    def _people(self) -> list[str]:
        """Return the counts of participants, in full and then shorter."""
        done, failed, faults = self.participants_done, len(self.failed), len(self.with_fault)
        counts = [f"{done} done", f"{self.participants - done - failed} left"]
        counts[1:1] = [f"{faults} with a fault"] if faults else []
        counts[-1:-1] = [f"{failed} failed"] if failed else []
        short = [f"{done} of {self.participants} done"]
        short += [f"{faults} faults"] if faults else []
        short += [f"{failed} failed"] if failed else []
        text = ", ".join(counts)
        return [f"participants: {text}", text, ", ".join(short), short[0]]

    def _now(self) -> list[str]:
        return [self._steps[job].rule for job in self._running if job in self._steps]


def duration_words(seconds: float) -> str:
    """Return a duration as a person would say it."""
    if seconds < 90:
        return f"{max(10, round(seconds, -1)):.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
