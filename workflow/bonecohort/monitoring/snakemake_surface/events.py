"""Snakemake's log records: which event of a run they hold, and of which job.

Snakemake logs every event of a run to a logger of Python's ``logging``, as records that carry an
``event`` and its content.
"""

from __future__ import annotations

import logging
import sys
import time
from enum import StrEnum
from logging.handlers import QueueHandler
from queue import Queue
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SCREEN_HANDLER = "DefaultStreamHandler"
"""Name of Snakemake's own handler that writes to the screen."""
QUEUE_SECONDS = 5.0
"""A plugin that takes longer is not waited for."""
SCHEDULERS = {"job_scheduler", "scheduler"}
"""Modules of Snakemake, as versions call them, that log of every job that it ended."""
NOTHING_TO_DO = "Nothing to be done (all requested files are present and up to date)."
"""A message of which Snakemake logs no event."""
STOPPED = ("Terminating processes on user request", "Will exit after finishing currently running")
"""How its messages begin when somebody stops a run."""


class Event(StrEnum):
    """The events that bonecohort listens to."""

    OTHER = ""
    WORKFLOW_STARTED = "workflow_started"
    """A run begins; Snakemake has not looked at any result. No other use of it logs this."""
    RUN_INFO = "run_info"
    """The graph of jobs is known."""
    RESOURCES_INFO = "resources_info"
    JOB_INFO = "job_info"
    """A job begins."""
    JOB_FINISHED = "job_finished"
    JOB_ERROR = "job_error"
    GROUP_ERROR = "group_error"
    ERROR = "error"


EVENTS = {event.value: event for event in Event}


class JobEvent(NamedTuple):
    """What a record says about a job, when it begins or fails."""

    number: int
    rule: str
    message: str
    logs: tuple[str, ...]


def run_logger() -> logging.Logger:
    """Return the logger to which Snakemake sends the events of a run."""
    return logging.getLogger("snakemake.logging")


def screen_handler() -> logging.StreamHandler[Any] | None:
    """Return Snakemake's own handler that writes to the screen; None where another replaces it."""
    for handler in run_logger().handlers:
        if handler.get_name() == SCREEN_HANDLER and isinstance(handler, logging.StreamHandler):
            return handler
    return None


def new_screen_handler(*, nocolor: bool, on_stdout: bool) -> logging.StreamHandler[Any]:
    """Return a handler like Snakemake's own, without its filter and format."""
    from snakemake.logging import ColorizingTextHandler

    handler: logging.StreamHandler[Any] = ColorizingTextHandler(
        nocolor=nocolor, stream=sys.stdout if on_stdout else sys.stderr
    )
    return handler


def wait_for_queued_records() -> None:
    """Wait until the plugins, which have a thread of their own, received all that was logged."""
    end = time.monotonic() + QUEUE_SECONDS
    for handler in run_logger().handlers:
        if isinstance(handler, QueueHandler) and isinstance(handler.queue, Queue):
            while not handler.queue.empty() and time.monotonic() < end:
                time.sleep(0.01)


def event_of(record: logging.LogRecord) -> Event:
    """Return the event of a record."""
    return EVENTS.get(str(getattr(record, "event", "")), Event.OTHER)


def job_number(record: logging.LogRecord) -> int:
    """Return the number of a record's job; Snakemake writes it in two ways."""
    content = record.__dict__
    number: int = content["jobid"] if "jobid" in content else content["job_id"]
    return number


def job_event(record: logging.LogRecord) -> JobEvent:
    """Return what a record of the event JOB_INFO or JOB_ERROR says about its job."""
    content: Mapping[str, Any] = record.__dict__
    return JobEvent(
        job_number(record),
        content["rule_name"],
        str(content["rule_msg"] or ""),
        tuple(map(str, content["log"])),
    )


def found_nothing_to_do(record: logging.LogRecord) -> bool:
    """Whether a record says that the run has no job."""
    return record.msg == NOTHING_TO_DO


def is_stop_message(record: logging.LogRecord) -> bool:
    """Whether a record says that somebody stops the run."""
    return str(record.msg).startswith(STOPPED)


def is_scheduler_chatter(record: logging.LogRecord) -> bool:
    """Whether a record is about a job that the progress shows already."""
    is_shown_already = record.module in SCHEDULERS and record.funcName != "_handle_error"
    return is_shown_already and record.levelno < logging.WARNING


def repeats_command(record: logging.LogRecord) -> bool:
    """Whether a record repeats the whole command of a failed job, which others report."""
    event = event_of(record)
    return event in (Event.JOB_ERROR, Event.GROUP_ERROR) or (
        event is Event.ERROR and "CalledProcessError in file" in record.getMessage()
    )
