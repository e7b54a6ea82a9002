"""A segmented bone: stiffness and failure load of prisms, of a porous block and of real bone."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.measures.finite_elements.convergence import Convergence
from bonecohort.techniques.fe.model import Effort
from bonecohort.techniques.fe.segmentation import read_segmentation
from tests.measures.finite_elements.models import Solved, assembled_stiffness
from tests.techniques.fe.bones import (
    FE_DATA,
    MODULUS,
    SPACING,
    USUAL,
    measured,
    porous,
    prism,
)

VOXEL_MM2 = 0.061**2


@pytest.mark.parametrize("spacing", [SPACING, (0.061, 0.082, 0.2)])
def test_a_prism_between_smooth_plates(spacing):
    labels = prism()
    found = measured(labels, spacing, effort=USUAL)
    area, height = (labels[:, :, 0] > 0).sum() * spacing[0] * spacing[1], 10 * spacing[2]
    stiffness = MODULUS * area / height
    box = np.ptp(np.argwhere(labels), axis=0) + 1
    assert found.stiffness_n_mm == pytest.approx(stiffness, rel=1e-4)
    assert found.reaction_n == pytest.approx(stiffness * 0.01 * height, rel=1e-4)
    assert found.effective_strain_98 == pytest.approx(0.01, rel=1e-4)
    assert found.failure_load_n == pytest.approx(0.7 * stiffness * 0.01 * height, rel=1e-4)
    whole = MODULUS * area / (box[0] * box[1] * spacing[0] * spacing[1])
    assert found.apparent_modulus_mpa == pytest.approx(whole, rel=1e-4)


def test_each_label_has_its_modulus():
    labels = prism()
    found = measured(labels, effort=USUAL, moduli={100: 1000.0, 127: 9000.0})
    section = labels[:, :, 0]
    rigidity = (1000 * (section == 100).sum() + 9000 * (section == 127).sum()) * VOXEL_MM2
    assert found.stiffness_n_mm == pytest.approx(rigidity / 0.61, rel=1e-4)


def test_a_porous_block_between_rough_plates_is_as_an_assembled_matrix_tells():
    found = measured(porous(), effort=USUAL, boundary="constrained")
    model = found.model
    stiffness, moved = assembled_stiffness(Solved(model.mesh, model.ends, model.solution))
    strain = [effective_strain(moved[nodes]) for nodes in model.mesh.element_nodes()]
    load = stiffness * 0.01 * 0.61 * 0.007 / np.percentile(strain, 98)
    assert found.stiffness_n_mm == pytest.approx(stiffness, rel=2e-3)
    assert found.failure_load_n == pytest.approx(load, rel=5e-3)


def effective_strain(moved):
    """Return that at the centroid of an element, from Lamé's constants; ``moved`` is (8, 3)."""
    corners = np.array([(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)])
    gradient = moved.T @ (np.where(corners == 1, 1, -1) / 4) / SPACING
    strain = (gradient + gradient.T) / 2
    first, second = 0.3 / (1.3 * 0.4), 1 / 2.6
    return np.sqrt(first * np.trace(strain) ** 2 + 2 * second * (strain**2).sum())


def test_the_critical_volume_and_strain_are_those_asked_for():
    usual = measured(porous(), boundary="constrained")
    other = measured(porous(), boundary="constrained", volume_percent=5.0, microstrain=8000.0)
    percentiles = np.percentile(usual.model.effective_strain, [98, 95])
    factor = 8000 / 7000 * percentiles[0] / percentiles[1]
    assert other.failure_load_n == pytest.approx(usual.failure_load_n * factor, rel=1e-6)


@pytest.mark.parametrize("turned", [lambda a: a[::-1], lambda a: a[:, :, ::-1], np.rot90])
def test_a_mirror_image_and_a_quarter_turn_fail_at_the_same_load(turned):
    usual = measured(porous(), boundary="constrained")
    other = measured(turned(porous()), boundary="constrained")
    assert other.stiffness_n_mm == pytest.approx(usual.stiffness_n_mm, rel=1e-6)
    assert other.failure_load_n == pytest.approx(usual.failure_load_n, rel=1e-6)


def test_a_frame_of_air_and_a_voxel_alone_change_nothing():
    labels = np.pad(prism(), 3)
    labels[0, 0, 8] = labels[1, 1, 0] = 127
    found = measured(labels)
    assert found.stiffness_n_mm == pytest.approx(measured(prism()).stiffness_n_mm, rel=1e-9)
    assert (found.model.part.n_islands, found.model.part.n_dropped) == (2, 2)


@pytest.mark.parametrize(
    ("labels", "how", "told"),
    [
        (prism() * (np.arange(10) != 5), {}, "no load path"),
        (prism() * 0, {}, "no material"),
        (prism()[:, :, :1], {}, "in one slice across the axis of load"),
        (prism(), {"moduli": {127: 8748.0}}, "labels 100, which fe.materials gives no modulus"),
        (prism(), {"moduli": {100: 8748.0}}, "fe.materials gives no modulus; it has 100"),
        (np.arange(1, 1001, dtype=np.int16).reshape(10, 10, 10), {}, "1000 labels; at most 32"),
        (prism(), {"effort": Effort(Convergence(), 200)}, r"needs \d+ MB of memory; 200 MB"),
        (
            porous(),
            {"boundary": "constrained", "effort": Effort(Convergence(max_iterations=2), 4000)},
            "after 2 iterations the residual",
        ),
    ],
)
def test_what_cannot_be_modelled_is_refused_with_what_was_found(labels, how, told):
    with pytest.raises(DataFault, match=told):
        measured(labels, **how)


@pytest.mark.long
@pytest.mark.skipif(not FE_DATA.is_dir(), reason="the segmented tibia is not there")
@pytest.mark.parametrize(
    ("modulus", "stiffness", "load"), [(8748.0, 16436.42, 420.24), (6829.0, 12830.3, 328.06)]
)
def test_a_tibia_as_another_program_models_it(modulus, stiffness, load):
    image = read_segmentation(FE_DATA / "tibia_labels.nii.gz")
    found = measured(
        image.labels, image.spacing_mm, USUAL, boundary="constrained", moduli={0: modulus}
    )
    assert found.stiffness_n_mm == pytest.approx(stiffness, rel=2e-3)
    assert found.failure_load_n == pytest.approx(load, rel=3e-3)
