"""Snakemake's undocumented surface: used in one place, and as the installed version has it."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.persistence.file import FilePersistence
from snakemake_interface_logger_plugins.common import LogEvent

from bonecohort.monitoring.snakemake_surface import (
    Event,
    event_of,
    found_nothing_to_do,
    has_record,
    is_marked_incomplete,
    recorded_task,
    run_logger,
    write_incomplete_mark,
)
from bonecohort.monitoring.snakemake_surface.records import INCOMPLETE, METADATA

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
SURFACE = WORKFLOW / "bonecohort/monitoring/snakemake_surface"
UNDOCUMENTED = re.compile(
    r"\bworkflow\.(?!current_basedir\b|rst\b|smk\b)[a-z_]+|\b_?dag\.|\bdag_settings\b|needrun"
    r"|\bpersistence\.|DefaultStreamHandler|from snakemake\.(?!exceptions\b|utils\b)"
    r"|['\"]\.snakemake/(?!bonecohort\b|slurm_logs\b)|getattr\(record, .event"
)
"""Folders of bonecohort's own, and of the SLURM plugin's documented default, may be named."""


def test_nothing_else_of_the_workflow_touches_it():
    files = [
        WORKFLOW / "Snakefile",
        *WORKFLOW.rglob("*.smk"),
        *(path for path in WORKFLOW.rglob("*.py") if SURFACE not in path.parents),
    ]
    assert len(files) > 100
    touched = [
        f"{path.relative_to(WORKFLOW)}: {found[0]}"
        for path in files
        for found in UNDOCUMENTED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert touched == []


@pytest.mark.parametrize(
    "text",
    [
        "if workflow.is_main_process:",
        "left = dag.needrun_jobs()",
        "from snakemake.settings.types import DeploymentMethod",
        'Path(".snakemake/locks")',
    ],
)
def test_a_touch_would_be_found(text):
    assert UNDOCUMENTED.search(text)


def test_events_and_messages_are_snakemakes():
    assert {str(event) for event in Event if event} <= {str(event) for event in LogEvent}
    record = logging.makeLogRecord({"msg": NOTHING_TO_BE_DONE_MSG, "event": LogEvent.RUN_INFO})
    assert found_nothing_to_do(record)
    assert event_of(record) is Event.RUN_INFO
    assert event_of(logging.makeLogRecord({"event": LogEvent.SHELLCMD})) is Event.OTHER
    assert event_of(logging.makeLogRecord({})) is Event.OTHER


def test_the_logger_is_that_of_the_run():
    from snakemake.logging import logger

    assert run_logger() is logger


@pytest.mark.parametrize("name", ["results/run.json", "results/participants/ä/" + "x" * 400])
def test_a_records_name_is_snakemakes(name, tmp_path, monkeypatch):
    """Snakemake's own function names the file; what stands there is then found."""
    monkeypatch.chdir(tmp_path)
    file_system = SimpleNamespace(_fetch_max_len=lambda _: 255)
    for folder, is_there in ((METADATA, has_record), (INCOMPLETE, is_marked_incomplete)):
        path = Path(FilePersistence._record_path(file_system, str(folder), name))
        assert not is_there(Path(name))
        path.parent.mkdir(parents=True)
        path.write_text('{"params": ["\'{}\'"]}')
        assert is_there(Path(name))
    assert recorded_task(Path(name)) == "{}"
    assert write_incomplete_mark(Path(name), {}) == path
