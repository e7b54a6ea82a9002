"""The jobs: what stands in a task becomes a record of rows, or of the reason for none."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import bonecohort
from bonecohort.images.nifti import write_nifti
from bonecohort.measures.calibration import Calibration
from bonecohort.study.records import write_record
from bonecohort.techniques.fe.cuts import CUTS, load_cuts
from bonecohort.techniques.fe.effort import VERTEBRA_MB, job_effort
from bonecohort.techniques.fe.jobs import show, ufe, vertebra
from bonecohort.techniques.fe.settings import FeSettings
from tests.techniques.fe.bones import MODULUS, prism, write_labels
from tests.techniques.hounsfield.phantoms import Painted

UFE_METHOD = "fe.ufe.frictionless.pistoia.2pct.7000ue.E8748.v1"


def settings(**changed):
    return dataclasses.asdict(FeSettings(**changed))


def ufe_task(path, cells=None, **changed):
    own = {"boundary": "frictionless"} | changed
    file = {"path": str(path), "reader": "1", "content": ""}
    return {"participant_id": "P1", "site": "radius_distal_L", "settings": settings(**own),
            "files": {"xct_segmentation": [file]}, "columns": cells or {}}  # fmt: skip


def run_ufe(task, results):
    ufe.run(task, results)
    return json.loads((results / "participants/P1/ufe/radius_distal_L.json").read_text())


def rows(record):
    return {row["measure"]: row["value"] for row in record["measurements"]}


@pytest.fixture
def bone(tmp_path):
    return write_labels(tmp_path / "bone.nii.gz", prism())


def test_a_segmented_bone_has_its_rows(bone, tmp_path):
    record = run_ufe(ufe_task(bone), tmp_path / "results")
    stiffness = MODULUS * (prism()[:, :, 0] > 0).sum() * 0.061 / 10
    assert rows(record)["stiffness"] == pytest.approx(stiffness, rel=1e-4)
    assert rows(record)["failure_load"] == pytest.approx(0.007 * stiffness * 0.61, rel=1e-4)
    units = {row["measure"]: row["unit"] for row in record["measurements"]}
    assert units == {"stiffness": "N/mm", "reaction_force": "N", "failure_load": "N",
                     "apparent_modulus": "MPa", "ees_98": "1", "n_elements": "1",
                     "load_share_cortical": "1", "load_share_cortical_first": "1",
                     "load_share_cortical_last": "1"}  # fmt: skip
    assert {row["method"] for row in record["measurements"]} == {UFE_METHOD}
    assert {row["site"] for row in record["measurements"]} == {"radius_distal_L"}
    assert record["model"]["residual"] < 1e-4


@pytest.mark.parametrize(
    ("cells", "changed", "method"),
    [
        ({}, {"boundary": "constrained"}, "fe.ufe.pistoia.2pct.7000ue.E8748.v1"),
        ({}, {"boundary": "per_series"}, "fe.ufe.pistoia.2pct.7000ue.E8748.v1"),
        ({"fe_boundary": "frictionless"}, {"boundary": "per_series"}, UFE_METHOD),
        ({"fe_boundary": "frictionless"}, {"boundary": "constrained"},
         "fe.ufe.pistoia.2pct.7000ue.E8748.v1"),
        ({"fe_poisson": "0"}, {}, UFE_METHOD.replace(".v1", ".nu0.v1")),
        ({"fe_poisson": "0,2"}, {}, UFE_METHOD.replace(".v1", ".nu0.2.v1")),
        ({}, {"materials": {127: 9000.0, 100: 6829.0}},
         UFE_METHOD.replace("E8748", "E100-6829.E127-9000")),
        ({}, {"pistoia_volume_percent": 5.0, "pistoia_microstrain": 7500.0},
         UFE_METHOD.replace("2pct.7000ue", "5pct.7500ue")),
    ],
)  # fmt: skip
def test_boundary_law_and_criterion_are_part_of_the_method(bone, tmp_path, cells, changed, method):
    record = run_ufe(ufe_task(bone, cells, **changed), tmp_path / "results")
    assert {row["method"] for row in record["measurements"]} == {method}


@pytest.mark.parametrize(
    ("labels", "cells", "changed", "told"),
    [
        (prism() * (np.arange(10) != 4), {}, {}, "no load path"),
        (prism(), {"fe_poisson": "0.5"}, {}, "fe_poisson: '0.5'; a number from 0 to less than 0.5"),
        (prism(), {"fe_poisson": "nan"}, {}, "fe_poisson: 'nan'"),
        (prism(), {"fe_boundary": "glued"}, {"boundary": "per_series"}, "fe_boundary: 'glued'"),
        (prism(), {}, {"materials": {127: 1.0}}, "labels 100, which fe.materials"),
        (prism(), {}, {"memory_mb": 100}, "MB of memory; 100 MB are allowed"),
        (prism(), {}, {"boundary": "constrained", "max_iterations": 1}, "does not converge"),
    ],
)
def test_a_bone_that_cannot_be_modelled_has_no_row_and_a_reason(
    tmp_path, labels, cells, changed, told
):
    bone = write_labels(tmp_path / "bone.nii.gz", labels.astype(np.int16))
    record = run_ufe(ufe_task(bone, cells, **changed), tmp_path / "results")
    assert (record["status"], record["measurements"]) == ("excluded", [])
    assert told in record["reason"]
    assert str(tmp_path) not in record["reason"]


def test_a_refused_bone_keeps_no_cuts_of_an_earlier_run(bone, tmp_path):
    results = tmp_path / "results"
    run_ufe(ufe_task(bone), results)
    cuts = results / "participants/P1/ufe/radius_distal_L.npz"
    assert cuts.is_file()
    run_ufe(ufe_task(bone, memory_mb=100), results)
    assert not cuts.exists()


def test_islands_are_told(tmp_path):
    labels = np.pad(prism(), 2)
    labels[0, 0, 4] = 127
    bone = write_labels(tmp_path / "bone.nii.gz", labels)
    record = run_ufe(ufe_task(bone), tmp_path / "results")
    assert record["flags"] == [f"islands_dropped: 1 of {(labels > 0).sum()} voxels, in 1 parts"]


PAINTED = Painted(sagittal_deg=8.0)
LINE = Calibration("qct.rods.k2hpo4", "K2HPO4", 0.8, 0.0)


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """A participant's converted CT of one vertebra, its calibration, and the label map."""
    results = tmp_path_factory.mktemp("vertebra")
    crop = PAINTED.paint()
    folder = results / "participants/P1"
    write_nifti(folder / "ct.nii.gz", crop.ct)
    labels = type(crop.ct)(29 * crop.mask.astype(np.int16), crop.ct.affine_lps)
    write_nifti(results / "labels.nii.gz", labels)
    write_record(folder / "ct.json", {"status": "converted", "reason": ""})
    return results


def run_vertebra(results, calibration=LINE, reason="", **changed):
    folder = results / "participants/P1"
    status = {"status": "excluded", "reason": reason} if reason else {"status": "measured"}
    write_record(
        folder / "qct/calibration.json",
        status | {"flags": ["contrast", "few_slices: 2"], "calibration": calibration.record()},
    )
    file = {"path": str(results / "labels.nii.gz"), "reader": "1", "label_scheme": {"L3": 29}}
    level = changed.pop("level", "L3")
    vertebra.run(
        {"participant_id": "P1", "site": level, "settings": settings(**changed),
         "files": {"vertebrae": [file], "ct": [file]}}, results,
    )  # fmt: skip
    (path,) = (folder / "fe").glob("*.json")
    record = json.loads(path.read_text())
    path.unlink()
    return record


def test_a_vertebra_has_its_rows_and_its_axes(converted):
    record = run_vertebra(converted)
    assert record["status"] == "measured", record["reason"]
    found = rows(record)
    assert sorted(found) == ["failure_load", "n_elements", "reaction_force", "stiffness"]
    height = record["model"]["height_mm"]
    assert found["failure_load"] == pytest.approx(0.0068 * found["stiffness"] * height)
    assert {row["method"] for row in record["measurements"]} == {
        "fe.qct.k2hpo4.pmma.crawford0.0068.v1"
    }
    assert record["flags"] == ["contrast"]
    superior = np.array(record["axes_lps"])[:, 2]
    turned = np.degrees(np.arccos(superior @ PAINTED.rotation()[:, 2]))
    assert turned < 1.5


def test_a_refused_vertebra_keeps_no_cuts_of_an_earlier_run(converted):
    cuts = converted / "participants/P1/fe/L3.npz"
    run_vertebra(converted)
    assert cuts.is_file()
    run_vertebra(converted, memory_mb=100)
    assert not cuts.exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"reason": "R² is 0.9."}, "The CT is not calibrated: R² is 0.9."),
        (
            {"calibration": dataclasses.replace(LINE, equivalent="HA")},
            "density of HA, and",
        ),
        ({"density_equivalent": "ha"}, "density of K2HPO4, and fe.density_equivalent is ha"),
        ({"level": "L2"}, "gives no number for L2"),
        ({"memory_mb": 100}, "MB of memory; 100 MB are allowed"),
        ({"max_iterations": 1}, "does not converge"),
    ],
)
def test_a_vertebra_that_cannot_be_modelled_has_no_row_and_a_reason(converted, changed, told):
    record = run_vertebra(converted, **changed)
    assert (record["status"], record["measurements"]) == ("excluded", [])
    assert told in record["reason"]


def test_a_ct_that_was_not_converted_gives_its_reason(converted, tmp_path):
    write_record(
        tmp_path / "participants/P1/ct.json", {"status": "excluded", "reason": "A slice lacks."}
    )
    assert run_vertebra(tmp_path)["reason"] == "A slice lacks."
    assert converted != tmp_path


def test_the_picture_shows_measured_and_refused_sites(bone, tmp_path):
    results = tmp_path / "results"
    run_ufe(ufe_task(bone), results)
    other = ufe_task(write_labels(tmp_path / "cut.nii.gz", prism() * (np.arange(10) != 4)))
    ufe.run(other | {"site": "tibia_distal_R"}, results)
    show.run({"participant_id": "P1", "sites": ["radius_distal_L", "tibia_distal_R"]}, results)
    assert (results / "participants/P1/qc/fe.png").stat().st_size > 2000
    cuts = load_cuts(results / "participants/P1/ufe/radius_distal_L.npz")
    assert list(cuts) == list(CUTS)
    assert cuts["axial"].strain.shape == (12, 12)
    assert np.nanmin(cuts["coronal"].strain) == pytest.approx(0.01, rel=1e-3)
    assert not (results / "participants/P1/ufe/tibia_distal_R.npz").exists()


def test_a_nifti_of_microns_is_refused(tmp_path):
    image = nib.Nifti1Image(prism(), np.diag([61.0, 61.0, 61.0, 1.0]))
    nib.save(image, tmp_path / "bone.nii.gz")
    record = run_ufe(ufe_task(tmp_path / "bone.nii.gz"), tmp_path / "results")
    assert "61 × 61 × 61 mm; 0.005 to 2 mm are expected" in record["reason"]


def test_a_job_has_the_memory_and_threads_of_its_rule(monkeypatch):
    rules = (Path(bonecohort.__file__).parents[1] / "rules/fe.smk").read_text()
    assert f"mem_mb=memory({VERTEBRA_MB})" in rules
    assert job_effort(settings(), VERTEBRA_MB).memory_mb == VERTEBRA_MB
    assert job_effort(settings(memory_mb=900), VERTEBRA_MB).memory_mb == 900
    assert job_effort(settings(memory_mb=9000)).memory_mb == 9000
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert job_effort(settings()).threads == 2
