"""Results that are of another task, or of an unknown task."""

from __future__ import annotations

from pathlib import Path

import pytest

from bonecohort.monitoring import outdated
from bonecohort.monitoring.outdated import UNKNOWN, outdated_results
from bonecohort.study.provenance import Provenance
from bonecohort.study.study import load_study

NOTHING = Provenance({}, (), frozenset(), "")


@pytest.fixture
def study(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(
        "levels: [L3, L4]\nvertebrae: {label_scheme: totalsegmentator_v2}\n"
    )
    (tmp_path / "config/participants.tsv").write_text("participant_id\nP1\nP2\n")
    (tmp_path / "config/series.tsv").write_text(
        "participant_id\tkind\tpath\nP1\tct\tct\nP1\tvertebrae\tlabels\nP2\thu_table\thu.csv\n"
    )
    monkeypatch.chdir(tmp_path)
    for name in ("P1", "P2"):
        for level in ("L3", "L9"):
            crop = Path(f"results/participants/{name}/crops/{level}.npz")
            crop.parent.mkdir(parents=True, exist_ok=True)
            crop.touch()
    return load_study(Path())


def test_a_crop_that_snakemake_does_not_know_is_made_again(study):
    crop = Path("results/participants/P1/crops/L3.npz")
    assert list(outdated_results(study, "P1", NOTHING)) == [(crop, UNKNOWN)]
    assert list(outdated_results(study, "P2", NOTHING)) == []


def test_a_crop_that_snakemake_knows_is_left_to_it(study, monkeypatch):
    monkeypatch.setattr(outdated, "recorded_task", lambda _: "a task")
    assert list(outdated_results(study, "P1", NOTHING)) == []
