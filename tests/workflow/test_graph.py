"""Snakemake's graph of jobs is the one that the library takes it for."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from bonecohort.study.job_table import CONVERT, needed, participant_jobs
from bonecohort.study.study import load_study

from .conftest import run_workflow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

NODE = re.compile(r'^\s*(\d+)\[label = "(\w+)(?:\\nkind: (\w+))?', re.MULTILINE)
EDGE = re.compile(r"^\s*(\d+) -> (\d+)$", re.MULTILINE)
ROWS = (("ct", "ct"), ("t2_sagittal", "t2"), ("endplate_markups", "marks"))


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    """One participant who has a job of each rule."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "config.yaml").write_text("levels: [L3]\nvertebrae: {segment: totalsegmentator}\n")
    (config / "participants.tsv").write_text("participant_id\nA\n")
    rows = [f"A\t{kind}\t{path}" for kind, path in ROWS]
    (config / "series.tsv").write_text("\n".join(["participant_id\tkind\tpath", *rows, ""]))
    program = tmp_path / "bin/TotalSegmentator"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return tmp_path


def all_before(job: str, direct: Mapping[str, Iterable[str]]) -> set[str]:
    """Return every job that ends before one, given those that come right before each."""
    found: set[str] = set()
    waiting = [job]
    while waiting:
        new = set(direct[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def test_whose_results_a_rule_uses_is_known_before_there_is_a_graph(study):
    graph = run_workflow(study, "--dag").output
    names = {number: f"{rule} {kind}".strip() for number, rule, kind in NODE.findall(graph)}
    used = defaultdict(set)
    for before, after in EDGE.findall(graph):
        used[names[after]].add(names[before])
    converted = {f"convert_series {kind}": () for kind in ("ct", "t2_sagittal")}
    rules = {job.rule for job in participant_jobs(load_study(study), "A")} - {CONVERT}
    known = converted | {rule: needed(rule) for rule in rules}
    assert known.keys() <= set(names.values())
    for rule in known:
        assert all_before(rule, known) == all_before(rule, used) & known.keys(), rule
