"""Models of bone against two other programs, FAIM and ParOSol: stiffness and local strain."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from bonecohort.measures.finite_elements.convergence import Convergence
from bonecohort.measures.finite_elements.ends import ends_of
from bonecohort.measures.finite_elements.mesh import corners, mesh_of
from bonecohort.measures.finite_elements.response import strain_energy_density
from bonecohort.measures.finite_elements.solve import solve
from tests.conftest import SHARED_DATA

from .models import Solved, solved

pytestmark = pytest.mark.long
FOLDER = SHARED_DATA.parent / "modalities/ct_data/fe"
USUAL = Convergence()


@pytest.fixture(autouse=True)
def _data():
    if not FOLDER.is_dir():
        pytest.skip(f"the models of bone are not at {FOLDER}")


def ees_98(model, modulus):
    energy = strain_energy_density(model.mesh, model.solution, 0.3)
    return np.percentile(np.sqrt(2 * energy / modulus), 98)


def test_the_tibia():
    image = nib.load(FOLDER / "tibia_labels.nii.gz")
    modulus = (np.asanyarray(image.dataobj) > 0) * 8748.0
    model = solved(modulus, image.header.get_zooms(), convergence=USUAL)
    assert model.stiffness == pytest.approx(16436.42, rel=2e-3)
    factor = 0.007 / ees_98(model, 8748)
    assert model.stiffness * model.ends.displacement_mm * factor == pytest.approx(-420.24, rel=3e-3)


def test_the_trabecular_specimen():
    stored = np.load(FOLDER / "trab1240_labels.npz")
    modulus = (stored["labels"].T > 0) * 10_000.0
    model = solved(modulus, stored["spacing_xyz"], convergence=USUAL)
    assert model.stiffness == pytest.approx(935.1305, rel=2e-3)
    strain = ees_98(model, 10_000)
    assert strain == pytest.approx(0.00982927, rel=3e-3)
    load = model.stiffness * model.ends.displacement_mm * 0.007 / strain
    assert load == pytest.approx(-50.9328, rel=3e-3)
    energy = strain_energy_density(model.mesh, model.solution, 0.3)
    assert energy.mean() == pytest.approx(0.059093, rel=3e-3)
    assert np.percentile(energy, 95) == pytest.approx(0.259626, rel=3e-3)


def test_a_finished_model_of_a_vertebra():
    modulus = np.asanyarray(nib.load(FOLDER / "l4_model_modulus_mpa.nii.gz").dataobj)
    caps = np.asanyarray(nib.load(FOLDER / "l4_model_pmma.nii.gz").dataobj) > 0
    mesh = mesh_of(modulus, np.ones(3))
    x, y, z = mesh.nodes.T
    on_cap = corners(caps.T)[z, y, x]
    ends = ends_of(mesh, "pmma", -0.0068, (on_cap & (z == 5), on_cap & (z == 48)))
    model = Solved(mesh, ends, solve(mesh, ends, 0.3, USUAL))
    assert model.stiffness == pytest.approx(23358.64, rel=2e-3)
