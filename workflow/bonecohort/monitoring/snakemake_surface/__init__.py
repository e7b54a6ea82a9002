"""All that bonecohort uses of Snakemake beyond what Snakemake documents.

A new version of Snakemake may change any of it. So it stands here alone, as typed functions of
bonecohort's own, and a test looks for uses elsewhere. ``run`` reads the workflow object and its
graph of jobs, ``events`` reads log records, ``records`` reads and writes files below
``.snakemake``. Tests run the oldest and the newest version that ``pyproject.toml`` allows.
"""

from bonecohort.monitoring.snakemake_surface.events import (
    Event,
    JobEvent,
    event_of,
    found_nothing_to_do,
    is_scheduler_chatter,
    is_stop_message,
    job_event,
    job_number,
    new_screen_handler,
    repeats_command,
    run_logger,
    screen_handler,
    wait_for_queued_records,
)
from bonecohort.monitoring.snakemake_surface.records import (
    DEPLOYED_MODULES,
    LOCKS,
    forget_record,
    has_record,
    incomplete_mark,
    is_marked_incomplete,
    mark_cut_short_records,
    recorded_task,
    write_incomplete_mark,
)
from bonecohort.monitoring.snakemake_surface.run import (
    GraphJob,
    Reasons,
    SnakemakeRun,
    wants_progress,
)

__all__ = [
    "DEPLOYED_MODULES", "LOCKS", "Event", "GraphJob", "JobEvent", "Reasons", "SnakemakeRun",
    "event_of",
    "forget_record", "found_nothing_to_do", "has_record", "incomplete_mark",
    "is_marked_incomplete", "is_scheduler_chatter", "is_stop_message", "job_event",
    "job_number", "mark_cut_short_records", "new_screen_handler", "recorded_task",
    "repeats_command", "run_logger", "screen_handler", "wait_for_queued_records",
    "wants_progress", "write_incomplete_mark",
]  # fmt: skip
