"""Options of Snakemake's that change where it keeps what it knows of a study."""

from __future__ import annotations

from bonecohort.monitoring.run_lock import ABOUT

from .conftest import run_workflow

TABLES = "results/run.json"


def test_another_backend_is_refused_before_anything_is_done(table_study):
    for dry in ((), ("--dry-run",)):
        run = run_workflow(table_study, TABLES, "--persistence-backend", "db", *dry)
        assert run.code == 1, run.output
        assert "--persistence-backend db: bonecohort reads and marks" in run.output
        assert "Nothing was done." in run.output
        assert not (table_study / "results").exists()


def test_without_snakemakes_lock_a_run_looks_at_the_results_and_keeps_others_away(table_study):
    assert run_workflow(table_study, TABLES).code == 0
    result = table_study / "results/tables/participants.csv"
    written = result.read_bytes()
    result.write_text("participant_id\n")
    run = run_workflow(table_study, TABLES, "--nolock")
    assert run.code == 0, run.output
    assert "participants.csv is not as it was written and is made again" in run.output
    assert result.read_bytes() == written
    assert not (table_study / ABOUT).exists()
