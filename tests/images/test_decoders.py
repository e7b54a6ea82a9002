"""A conversion alone loads the libraries that decode compressed pixels where it needs them."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from bonecohort.images.nifti import read_nifti
from bonecohort.techniques.registry import images
from tests.images.test_encodings import gdcm_compressed
from tests.images.writer import ct_series, same_in_world

PLUGINS = """
from pydicom.pixels.decoders.base import _PIXEL_DATA_DECODERS
print({str(uid): [*one._available] for uid, (one, _) in _PIXEL_DATA_DECODERS.items()})
"""
KEPT_OUT = """
import sys
from bonecohort.cli.job import _instead, _unneeded
from bonecohort.images.decoders import load_decoders
with _instead(_unneeded("convert")):
    import pydicom
assert not {"gdcm", "openjpeg", "PIL"} & {*sys.modules}
load_decoders()
load_decoders()
"""
JOB = """
import sys
from bonecohort.cli import main
assert main(["job", "convert", *sys.argv[1:]]) == 0
print("gdcm" in sys.modules)
"""


def said(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_decoders_are_those_that_pydicom_finds_itself():
    plugins = said(PLUGINS)
    assert "gdcm" in plugins
    assert "pylibjpeg" in plugins
    assert "pillow" in plugins
    assert said(KEPT_OUT + PLUGINS) == plugins


@pytest.mark.parametrize(("option", "loaded"), [("--raw", "False"), ("--j2k", "True")])
def test_a_job_alone_loads_them_for_compressed_pixels_only(tmp_path, option, loaded):
    series = ct_series(rows=32, columns=32, n=3)
    folder = gdcm_compressed(series, tmp_path / "packed", option)
    task = {
        "participant_id": "P1", "kind": "ct", "image": images()["ct"].record(),
        "settings": {}, "files": {"ct": [{"path": str(folder)}]},
    }  # fmt: skip
    results = tmp_path / "results"
    assert said(JOB, json.dumps(task), str(results)).strip() == loaded
    record = json.loads((results / "participants/P1/ct.json").read_text())
    assert record["status"] == "converted"
    volume = read_nifti(results / "participants/P1/ct.nii.gz")
    assert np.max(same_in_world(volume, series.truth)) == 0
