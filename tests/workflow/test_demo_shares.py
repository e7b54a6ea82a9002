"""The demo study of every technique: what is measured is the truth."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from bonecohort.demo.study import write_demo_study
from bonecohort.techniques.registry import demo_shares
from tests.workflow.conftest import run_workflow

pytestmark = pytest.mark.slow
LARGEST_DIFFERENCE = {
    "hu": 2.0,
    "qct_vbmd": 2.5,
    "dxa_bmd": 5e-4,
    "dxa_t_score": 0.005,
    "fe_stiffness": 0.5,
    "fe_failure_load": 0.5,
    "mr_fat_pdff": 1.0,
    "mr_fat_r2star": 3.0,
    "dwi_adc": 0.03,
    "mr_t2": 2.0,
    "mr_vbq": 0.02,
    "mr_vbq_level": 0.02,
}
"""Of a measure, measured − true at most; BMD is rounded to 0.001 g/cm² in the exports."""


def test_each_measure_is_the_truth(tmp_path):
    shares = [replace(share, numbers=range(1, 2)) for share in demo_shares()]
    write_demo_study(tmp_path, 1, seed=1, jobs=1, shares=shares)
    run = run_workflow(tmp_path)
    assert run.code == 0, run.output
    pairs = pd.read_csv(tmp_path / "results/figures/truth.csv")
    assert pairs["measured"].notna().all()
    largest = pairs["difference"].abs().groupby(pairs["measure"]).max()
    assert LARGEST_DIFFERENCE.keys() <= set(largest.index)
    for measure, accepted in LARGEST_DIFFERENCE.items():
        assert largest[measure] <= accepted, measure
    measured = pd.read_csv(tmp_path / "results/tables/measurements.csv")
    strength = measured[measured["modality"] == "fe"]
    assert set(strength["site"]) == {"L3", "radius_distal_L"}
    assert pd.read_csv(tmp_path / "results/tables/exclusions.csv").empty
