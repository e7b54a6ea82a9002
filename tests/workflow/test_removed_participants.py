"""A participant taken out of a finished study: the next run says what stays, and reports nobody."""

from __future__ import annotations

import json
import re

import pytest

from bonecohort.cli import main

from .conftest import results_of, run_workflow


def take_out(study, name, *, how):
    """Delete a participant from both tables, or set ``include: no``."""
    people, series = study / "config/participants.tsv", study / "config/series.tsv"
    header, *rows = people.read_text().splitlines()
    columns = header.split("\t")
    changed = []
    for row in rows:
        cells = row.split("\t")
        if cells[0] != name:
            changed.append(row)
        elif how == "excluded":
            cells[columns.index("include")] = "no"
            cells[columns.index("exclusion_reason")] = "withdrew consent"
            changed.append("\t".join(cells))
    people.write_text("\n".join([header, *changed]) + "\n")
    if how == "deleted":
        lines = series.read_text().splitlines(keepends=True)
        series.write_text("".join(line for line in lines if not line.startswith(f"{name}\t")))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["excluded", pytest.param("deleted", marks=pytest.mark.long)])
def test_who_is_taken_out_is_reported_and_not_in_the_report(study, how, capsys):
    take_out(study, "P002", how=how)
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert "1 participant no longer included has images" in run.output
    assert "P002" in run.output
    report = (study / "results/report.html").read_text()
    assert "qc-P001" in report
    assert "P002:" not in report  # the text of its pictures
    if how == "deleted":
        assert "P002" not in re.sub(r"base64,[\w+/=]+", "", report)  # letters by chance

    kept = [name for name in results_of(study) if name.startswith("participants/P002/")]
    assert "participants/P002/ct.nii.gz" in kept
    assert main(["clean", str(study), "--yes"]) == 0
    assert not any(name.startswith("participants/P002/") for name in results_of(study))
    assert not list((study / ".snakemake").rglob("*P002*"))
    again = run_workflow(study)
    assert again.code == 0, again.output
    assert "no longer included" not in again.output
    capsys.readouterr()
    assert main(["status", str(study), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] == []
