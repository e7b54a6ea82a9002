"""Magnitudes that series.tsv lists a row an echo, through the conversion to the fat fraction."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.jobs import convert
from bonecohort.study import job_specs
from bonecohort.study.contents import CONTENTS, Contents
from bonecohort.study.study import load_study
from tests.measures.mr.echoes import AT_3T, TIMES_MS
from tests.techniques.fat_fraction.conftest import PDFF, R2STAR
from tests.techniques.fat_fraction.test_echoes import KIND, measured, signals, values

__all__ = ["signals"]
PARTICIPANTS = "participant_id\tsex\tage_years\nP1\tfemale\t70\n"
ANALYSES = "analyses: [{table1: {by: sex, rows: [age_years]}}]\n"
HEADER = "participant_id\tkind\tpath\techo_time_ms\n"


def test_six_rows_of_six_echoes_give_the_true_fat_fraction(spine, signals, tmp_path, monkeypatch):
    """The JSON files give the frequency, and no echo time."""
    rows = []
    for at, time_ms in enumerate(TIMES_MS):
        path = tmp_path / f"{at}.nii.gz"
        write_nifti(path, Volume(np.abs(signals[..., at]), spine.water.affine_lps))
        facts = {"ImagingFrequency": AT_3T, "FlipAngle": 4}
        (tmp_path / f"{at}.json").write_text(json.dumps(facts))
        rows.append(f"P1\t{KIND}\t{path.name}\t{time_ms:g}\n")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(ANALYSES)
    (tmp_path / "config/participants.tsv").write_text(PARTICIPANTS)
    (tmp_path / "config/series.tsv").write_text(HEADER + "".join(rows))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(job_specs, "contents", lambda: Contents(CONTENTS))
    results = tmp_path / "results"
    convert.run(json.loads(job_specs.convert_task(load_study(tmp_path), "P1", KIND)), results)
    for level, record in measured(spine, results).items():
        found = values(record)
        assert found["pdff", "pdff.magnitude.v1"] == pytest.approx(PDFF[level], abs=1)
        assert found["r2star", "r2star.magnitude.v1"] == pytest.approx(R2STAR[level], abs=4)
