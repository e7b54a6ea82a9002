"""Each environment is complete: the rules run in it, with its pins and nothing else."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.study import write_demo_study
from tests.envs.environments import REPOSITORY, pins

from .conda import write_stand_in
from .conftest import OF_RECORDS, run_workflow

COMPRESSIONS = {"ct": "--jpeg", "t2": "--j2k"}
"""By the demo's folders: what only python-gdcm decodes, and what pylibjpeg-openjpeg does."""

RULE = "analyse_cohort"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Where the environments are made, once."""
    return tmp_path_factory.mktemp("conda")


@pytest.fixture(scope="module")
def run_with_conda(base):
    """Return a function that runs a study with --sdm conda."""
    folder = write_stand_in(base / "base")

    def run(study, *options):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(folder), prepend=os.pathsep)
            # Conda's packages are compiled when installed; these are at first use.
            patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
            return run_workflow(study, "--sdm", "conda", "--conda-prefix", str(base), *options)

    return run


def compress(folder: Path, option: str) -> None:
    """Compress a series without loss by GDCM's own tool."""
    tool = Path(sys.executable).with_name("gdcmconv")
    for file in folder.iterdir():
        subprocess.run([tool, option, file, file], check=True, capture_output=True)


@pytest.mark.long
def test_every_stage_from_compressed_images_on_runs_in_its_environment(tmp_path, run_with_conda):
    write_demo_study(tmp_path, participants=1, seed=7)
    with (tmp_path / "config/config.yaml").open("a") as config:
        config.write("levels: [L3]\n")
    for series, option in COMPRESSIONS.items():
        compress(tmp_path / "demo/P001" / series, option)
    run = run_with_conda(tmp_path)
    assert run.code == 0, run.output
    assert run.jobs == {
        "convert_series": 2, "crop_vertebrae": 1, "measure_hounsfield": 1, "show_hounsfield": 1,
        "measure_endplates": 1, "show_endplates": 1,
    } | OF_RECORDS  # fmt: skip
    assert pd.read_csv(tmp_path / "results/tables/exclusions.csv").empty


@pytest.mark.slow
def test_a_cohort_has_the_same_results_as_in_the_locks_environment(
    table_study, tmp_path_factory, run_with_conda
):
    plain = tmp_path_factory.mktemp("plain") / "study"
    shutil.copytree(table_study, plain)
    for run in (run_workflow(plain, RULE), run_with_conda(table_study, RULE)):
        assert run.code == 0, run.output
    files = [
        path.relative_to(plain)
        for folder in ("tables", "statistics")
        for path in (plain / "results" / folder).iterdir()
    ]
    assert len(files) > 20
    same, *others = filecmp.cmpfiles(plain, table_study, files, shallow=False)
    assert (len(same), others) == (len(files), [[], []])


SEGMENT = "vertebrae:\n  segment: totalsegmentator\n  segment_fast: true\n  segment_device: cpu\n"
LABELS = "results/participants/P001/vertebrae.json"


@pytest.fixture
def unlabelled(tmp_path):
    """The demo's participant without its label map."""
    write_demo_study(tmp_path, participants=1, seed=7)
    series = tmp_path / "config/series.tsv"
    lines = series.read_text().splitlines()
    series.write_text("\n".join(line for line in lines if "\tvertebrae\t" not in line))
    (tmp_path / "config/config.yaml").write_text(SEGMENT)
    return tmp_path


@pytest.mark.long
def test_totalsegmentator_itself_runs_in_its_environment(
    unlabelled, base, run_with_conda, monkeypatch
):
    """The real program and real nnU-Net; its weights alone are small ones, made here."""
    made = run_with_conda(unlabelled, LABELS, "--conda-create-envs-only")
    assert made.code == 0, made.output
    assert not (unlabelled / "results").exists()
    (program,) = base.glob("*/bin/TotalSegmentator")
    script = Path(__file__).with_name("totalsegmentator_weights.py")
    python = program.with_name("python")
    subprocess.run([python, "-P", script, base / "weights"], check=True)
    silent = {"totalseg_id": "", "send_usage_stats": False, "prediction_counter": 0}
    (base / "config.json").write_text(json.dumps(silent))
    monkeypatch.setenv("TOTALSEG_HOME_DIR", str(base))
    monkeypatch.setenv("TOTALSEG_WEIGHTS_PATH", str(base / "weights"))

    run = run_with_conda(unlabelled, LABELS)
    assert run.code == 0, run.output
    record = unlabelled / LABELS
    told = json.loads(record.read_text())
    version = pins(REPOSITORY / "envs/totalsegmentator.yaml")["totalsegmentator"]
    assert (told["status"], told["program"]) == ("segmented", f"TotalSegmentator {version}")
    labels = nibabel.load(record.with_suffix(".nii.gz"))
    ct = nibabel.load(record.with_name("ct.nii.gz"))
    assert labels.shape == ct.shape
    assert np.allclose(labels.affine, ct.affine)
    assert set(np.unique(labels.dataobj)) == {SCHEMES["totalsegmentator_v2"]["L3"]}
