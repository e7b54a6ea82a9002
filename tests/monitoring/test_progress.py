"""How far a run is: counts, the time to go, and where they are shown."""

from __future__ import annotations

import io
import re

import pytest

from bonecohort.monitoring.display import STEP_PERCENT, PlainLines, TerminalBar
from bonecohort.monitoring.progress import ENOUGH, RunProgress, Step, duration_words
from tests.workflow.test_people import last_screen_lines


class Clock:
    """A clock that the test sets."""

    seconds = 0.0

    def __call__(self):
        return self.seconds


def steps(participants, per_participant=("convert_series", "measure_hounsfield")):
    jobs = [Step(rule, f"P{n}") for n in range(participants) for rule in per_participant]
    return dict(enumerate([*jobs, Step("build_report", ""), Step("all", "")]))


def test_every_job_done_is_n_of_n():
    progress = RunProgress(steps(3))
    for job in range(8):
        progress.started(job)
        progress.finished(job)
    assert progress.words() == "8 of 8 jobs · participants: 3 done, 0 left"


def test_a_participant_is_done_with_its_last_job_alone():
    progress = RunProgress(steps(2))
    progress.finished(0)
    assert progress.participants_done == 0
    progress.finished(1)
    progress.finished(1)
    assert (progress.participants_done, progress.jobs_done) == (1, 2)


def test_a_failed_participant_is_neither_done_nor_left_until_its_job_is_done_after_all():
    progress = RunProgress(steps(2))
    progress.started(0)
    progress.failed_job(0)
    progress.with_fault.add("P1")
    assert progress.words().endswith("0 done, 1 with a fault, 1 failed, 1 left")
    progress.started(0)
    progress.finished(0)
    assert progress.failed == set()
    assert progress.words().endswith("0 done, 1 with a fault, 2 left")


@pytest.mark.parametrize("at_once", [1, 4])
def test_the_time_to_go_is_that_of_what_is_left_by_stage(at_once):
    """100 participants of 2 s and 10 s: after the first 40, 60 × 12 s of work."""
    clock = Clock()
    progress = RunProgress(steps(100), clock)
    for first in range(0, 40, at_once):
        for stage, seconds in enumerate((2.0, 10.0)):
            jobs = [2 * (first + one) + stage for one in range(at_once)]
            for job in jobs:
                progress.started(job)
            clock.seconds += seconds
            for job in jobs:
                progress.finished(job)
    assert progress.seconds_left() == pytest.approx(60 * 12 / at_once)


def test_no_time_to_go_before_every_stage_that_is_left_has_been_seen():
    clock = Clock()
    progress = RunProgress(steps(20), clock)
    for participant in range(10):
        progress.started(2 * participant)
        clock.seconds += 10
        progress.finished(2 * participant)
    assert progress.seconds_left() is None
    assert "to go" not in progress.words()
    for participant in range(ENOUGH):
        progress.started(2 * participant + 1)
        clock.seconds += 1
        progress.finished(2 * participant + 1)
    assert progress.seconds_left() == pytest.approx(10 * 10 + 17 * 1)


def test_the_time_to_go_follows_a_stage_that_becomes_slower():
    clock = Clock()
    progress = RunProgress(steps(200, ("convert_series",)), clock)
    for job in range(150):
        progress.started(job)
        clock.seconds += 1 if job < 100 else 8
        progress.finished(job)
    assert progress.seconds_left() == pytest.approx(50 * 8)


def test_after_the_participants_the_running_stage_is_named():
    progress = RunProgress(steps(1))
    progress.finished(0)
    progress.finished(1)
    progress.started(2)
    assert progress.words().endswith("1 done, 0 left · build the report")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "10 s"), (44, "40 s"), (100, "2 min"), (3600, "60 min"), (3600 * 2.5, "2.5 h")],
)
def test_durations_are_rounded_as_people_say_them(seconds, words):
    assert duration_words(seconds) == words


def test_a_file_gets_a_line_each_few_percent_and_one_at_the_end():
    stream, clock = io.StringIO(), Clock()
    lines = PlainLines(stream, clock)
    for done in range(1001):
        lines.show(done, 1000, f"{done} of 1000")
    written = stream.getvalue().splitlines()
    assert len(written) == 100 / STEP_PERCENT
    assert written[0] == "bonecohort: 5%: 50 of 1000"
    assert written[-1] == "bonecohort: 100%: 1000 of 1000"


def test_a_slow_run_gets_a_line_a_minute():
    stream, clock = io.StringIO(), Clock()
    lines = PlainLines(stream, clock)
    for done in range(30):
        clock.seconds += 20
        lines.show(done, 10_000, f"{done}")
    assert [line.rpartition(" ")[2] for line in stream.getvalue().splitlines()] == [
        str(done) for done in range(2, 30, 3)
    ]


def late_in_a_large_run():
    """All that is printed of a run of 1,990 jobs of 199 participants."""
    clock = Clock()
    per_participant = ("convert_series", *["measure_hounsfield"] * 8, "show_hounsfield")
    progress = RunProgress(steps(199, per_participant), clock)
    progress.with_fault |= {f"P{n}" for n in range(23)}
    for job in range(1500):
        progress.started(job)
        clock.seconds += 2
        progress.finished(job)
    for job in (1501, 1511):
        progress.failed_job(job)
    return progress


@pytest.mark.parametrize(
    ("columns", "drawn"),
    [
        (
            "160",
            ("[###############-----] 1500 of 1992 jobs · participants: 150 done, 23 with a fault, "
            "2 failed, 47 left · about 16 min to go"),
        ),
        (
            "100",
            ("[####--] 1500 of 1992 jobs · 150 done, 23 with a fault, 2 failed, 47 left · "
            "about 16 min to go"),
        ),
        ("80", "[####--] 1500 of 1992 jobs · 150 of 199 done, 23 faults, 2 failed · 16 min to go"),
        ("40", "[###############-----] 1500 of 1992 jobs"),
    ],
)  # fmt: skip
def test_the_bar_says_what_there_is_room_for(monkeypatch, columns, drawn):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    progress = late_in_a_large_run()
    screen = Terminal()
    bar = TerminalBar(screen)
    bar.show(progress.jobs_done, progress.jobs, *progress.wordings())
    bar.end()
    (line,) = [line for line in last_screen_lines(screen.getvalue()) if line.startswith("[")]
    assert line.rstrip() == drawn.rstrip()


def test_a_start_that_is_reported_after_the_end_is_no_job_at_work():
    progress = RunProgress(steps(1, ("convert_series",)))
    progress.finished(0)
    progress.finished(1)
    progress.started(1)
    assert progress.words() == "2 of 3 jobs · participants: 1 done, 0 left"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_keeps_what_others_write_and_the_last_bar(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    bar = TerminalBar(screen)
    for done in range(4):
        bar.show(done, 4, f"{done} of 4 jobs · " + "x" * 100)
    bar.print_line("P001: [a reason] of 12 words")
    bar.clear()
    screen.write("Snakemake says so\n")
    bar.show(4, 4, "4 of 4 jobs")
    bar.end()
    screen.write("Closing words\n")
    kept = [line for line in last_screen_lines(screen.getvalue()) if line]
    assert kept == [
        "P001: [a reason] of 12 words", "Snakemake says so",
        "[####################] 4 of 4 jobs", "Closing words",
    ]  # fmt: skip
    drawn = re.findall(r"\[[#-]{20}\][^\r\n\x1b]*", screen.getvalue())
    assert max(map(len, drawn)) == 80
    assert screen.getvalue().endswith("\x1b[?25hClosing words\n")  # the cursor is there again
