"""The solver against exact stiffnesses, and against an assembled matrix solved directly."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.measures.finite_elements.convergence import Convergence
from bonecohort.measures.finite_elements.element import stiffness
from bonecohort.measures.finite_elements.response import strain_energy_density

from .models import STRAIN, assembled_stiffness, element_matrix, porous, solved

DEFAULT = Convergence()


def test_the_element_is_the_one_that_shape_functions_and_a_finer_quadrature_give():
    spacing = np.array([0.06, 0.08, 1.2])
    assert stiffness(spacing, 0.3) == pytest.approx(element_matrix(spacing, 0.3), abs=1e-12)


def test_an_element_moved_or_turned_as_a_whole_has_no_force():
    spacing = np.array([1.0, 2.0, 3.0])
    places = np.array([(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * spacing
    for motion in (np.ones((8, 3)), np.cross([0.1, -0.2, 0.3], places)):
        assert stiffness(spacing, 0.3) @ motion.ravel() == pytest.approx(np.zeros(24), abs=1e-12)


@pytest.mark.parametrize("convergence", [DEFAULT])
@pytest.mark.parametrize("spacing", [(0.1, 0.1, 0.1), (0.5, 0.7, 1.25)])
@pytest.mark.parametrize("shape", [(9, 9, 9), (1, 1, 1), (13, 4, 7)])
def test_a_box_between_smooth_plates_is_as_stiff_as_its_cross_section(shape, spacing, convergence):
    model = solved(np.full(shape, 1000.0), spacing, "frictionless", convergence=convergence)
    area = shape[0] * spacing[0] * shape[1] * spacing[1]
    assert model.stiffness == pytest.approx(1000 * area / (shape[2] * spacing[2]), rel=1e-4)


def test_layers_in_series_add_their_compliances():
    modulus = np.full((6, 5, 12), 1000.0)
    modulus[:, :, 4:] = 250.0
    model = solved(modulus, (1, 1, 1), "frictionless", poisson=0.0, convergence=DEFAULT)
    assert model.stiffness == pytest.approx(30 / (4 / 1000 + 8 / 250), rel=1e-4)


def test_columns_in_parallel_add_their_stiffnesses():
    modulus = np.full((8, 6, 6), 1000.0)
    modulus[3:] = 10.0
    model = solved(modulus, (1, 1, 1), "frictionless", convergence=DEFAULT)
    assert model.stiffness == pytest.approx((18 * 1000 + 30 * 10) / 6, rel=1e-4)


@pytest.mark.parametrize("boundary", ["constrained", "frictionless", "pmma"])
def test_a_porous_block_is_as_an_assembled_matrix_tells(boundary):
    model = solved(porous(), (0.06, 0.08, 0.11), boundary)
    expected, moved = assembled_stiffness(model)
    assert model.stiffness == pytest.approx(expected, rel=1e-7)
    assert model.solution.displacement_mm == pytest.approx(moved, abs=1e-6 * abs(moved).max())


def test_the_usual_tolerance_suffices_for_stiffness_and_local_strain():
    modulus = porous((14, 15, 13))
    usual = solved(modulus, (1, 1, 1), convergence=DEFAULT)
    exact = solved(modulus, (1, 1, 1))
    assert usual.stiffness == pytest.approx(exact.stiffness, rel=2e-3)
    usual_98, exact_98 = (
        np.percentile(np.sqrt(strain_energy_density(one.mesh, one.solution, 0.3)), 98)
        for one in (usual, exact)
    )
    assert usual_98 == pytest.approx(exact_98, rel=5e-3)


def test_even_strain_has_the_same_energy_everywhere():
    model = solved(np.full((4, 3, 5), 1000.0), (0.5, 0.7, 1.1), "frictionless")
    energy = strain_energy_density(model.mesh, model.solution, 0.3)
    assert energy == pytest.approx(np.full(60, 0.5 * 1000 * STRAIN**2), rel=1e-6)


@pytest.mark.parametrize(
    "turned",
    [lambda a: a[::-1], lambda a: a[:, ::-1], lambda a: a[:, :, ::-1], np.rot90],
    ids=["mirror x", "mirror y", "upside down", "quarter turn"],
)
def test_a_mirror_image_and_a_quarter_turn_are_as_stiff(turned):
    modulus = porous()
    straight = solved(modulus, (1, 1, 1)).stiffness
    assert solved(turned(modulus), (1, 1, 1)).stiffness == pytest.approx(straight, rel=1e-6)


def test_weak_marrow_and_stiff_caps_together_converge():
    modulus = porous((12, 12, 12))
    modulus[modulus == 0] = 1e-4
    modulus[:, :, [0, -1]] = 20000.0
    model = solved(modulus, (1, 1, 1), "pmma", convergence=DEFAULT)
    assert model.stiffness == pytest.approx(assembled_stiffness(model)[0], rel=2e-3)


def test_the_number_of_threads_changes_no_result(monkeypatch):
    monkeypatch.setattr("bonecohort.measures.finite_elements.solve.NODES_A_THREAD", 100)
    one, two = (solved(porous((12, 11, 13)), (1, 1, 1), threads=n).stiffness for n in (1, 2))
    assert one == pytest.approx(two, rel=1e-10)


def test_a_model_that_does_not_converge_is_refused_with_the_residual():
    with pytest.raises(DataFault, match=r"after 3 iterations the residual is \d\.\de-\d\d"):
        solved(porous(), (1, 1, 1), convergence=Convergence(max_iterations=3))
