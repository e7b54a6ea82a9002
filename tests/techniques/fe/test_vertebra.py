"""A vertebra between caps: laws and exact columns, and the model of another program."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.calibration import Calibration
from bonecohort.measures.finite_elements.convergence import Convergence
from bonecohort.techniques.fe.axes import AlignedVertebra
from bonecohort.techniques.fe.model import Effort
from bonecohort.techniques.fe.vertebra import (
    compressed,
    measure_vertebra,
    modulus_mpa,
)
from bonecohort.techniques.fe.vertebra_checks import check_spacing
from tests.techniques.fe.bones import EXACT, FE_DATA, USUAL

LINE = Calibration("hu2bmd.test", "K2HPO4", 1.0, 0.0)
HOW = {"posterior": "keep", "poisson": 0.3, "effort": USUAL}


def test_the_law_of_the_modulus_is_the_published_one():
    assert modulus_mpa(np.array([1000.0, 200.0])) == pytest.approx([2980, 549.9], rel=1e-3)
    assert modulus_mpa(np.array([0.0, -50.0])).tolist() == [1e-4, 1e-4]


def column(gap=()):
    """Return a column of 200 mg/cm³ with flat ends, on the grid of its own axes."""
    bone = np.zeros((20, 18, 40), dtype=bool)
    bone[3:15, 4:14, 8:32] = True
    bone[:, :, list(gap)] = False
    return AlignedVertebra(np.where(bone, 200.0, 0.0), bone, bone.copy(), np.eye(3))


def test_a_column_between_caps_adds_its_compliance_to_theirs():
    found = compressed(column(), LINE, posterior="keep", poisson=0.0, effort=EXACT)
    compliance = 24 / modulus_mpa(np.array([200.0]))[0] + 8 / 2500
    assert found.model.ends.height_mm == 32
    assert found.stiffness_n_mm == pytest.approx(120 / compliance, rel=1e-4)
    assert found.failure_load_n == pytest.approx(0.0068 * 32 * 120 / compliance, rel=1e-4)
    assert found.is_cap.sum() == 120 * 8


def test_the_failure_load_is_the_force_on_the_moved_face():
    found = compressed(column(), LINE, posterior="keep", poisson=0.3, effort=EXACT)
    force = found.model.solution.force_n[found.model.ends.top, 2].sum()
    assert found.failure_load_n == pytest.approx(-force, rel=1e-6)


def test_bone_beside_the_caps_is_free_and_is_cut_when_asked():
    vertebra = column()
    vertebra.bone[15:18, 8:10, 10:38] = True  # as high as the cap's face
    vertebra.hu[vertebra.bone] = 200.0
    kept = compressed(vertebra, LINE, **HOW)
    cut = compressed(vertebra, LINE, **(HOW | {"posterior": "cut"}))
    alone = compressed(column(), LINE, **HOW)
    assert kept.model.ends.top.sum() == alone.model.ends.top.sum() == 13 * 11
    assert cut.stiffness_n_mm == pytest.approx(alone.stiffness_n_mm, rel=1e-6)
    assert kept.stiffness_n_mm > 1.005 * alone.stiffness_n_mm


def test_a_body_in_two_parts_has_no_load_path():
    with pytest.raises(DataFault, match="no load path"):
        compressed(column(gap=(20,)), LINE, **HOW)


@pytest.mark.parametrize(("density", "flag"), [(5.0, "unusual_stiffness"), (2.0, "unusual_fail")])
def test_a_stiffness_or_load_that_is_rare_is_flagged(density, flag):
    vertebra = column()
    vertebra.hu[vertebra.bone] = density
    assert any(text.startswith(flag) for text in compressed(vertebra, LINE, **HOW).flags)


@pytest.fixture(scope="module")
def l4():
    """The density of a fourth lumbar vertebra, and its mask."""
    if not FE_DATA.is_dir():
        pytest.skip(f"the density of L4 is not at {FE_DATA}")
    density = np.asanyarray(nib.load(FE_DATA / "l4_density_k2hpo4.nii.gz").dataobj)
    labels = np.asanyarray(nib.load(FE_DATA / "l4_labels.nii.gz").dataobj)
    return Volume(density.astype(np.float32), np.eye(4)), labels > 0


@pytest.fixture(scope="module")
def modelled(l4):
    return measure_vertebra(*l4, LINE, **HOW)


def test_l4_is_as_stiff_as_in_the_model_of_another_program(modelled):
    assert modelled.stiffness_n_mm == pytest.approx(23297, rel=0.1)
    assert modelled.failure_load_n == pytest.approx(0.0068 * 23297 * 43, rel=0.1)
    assert modelled.flags == ()


def test_a_fifth_less_density_lowers_the_stiffness_as_there(l4, modelled):
    weaker = Calibration("hu2bmd.test", "K2HPO4", 0.8, 0.0)
    ratio = measure_vertebra(*l4, weaker, **HOW).stiffness_n_mm / modelled.stiffness_n_mm
    assert ratio == pytest.approx(0.810, abs=0.008)


def test_without_posterior_elements_l4_is_hardly_softer(l4, modelled):
    cut = measure_vertebra(*l4, LINE, **(HOW | {"posterior": "cut"}))
    ratio = cut.stiffness_n_mm / modelled.stiffness_n_mm
    assert 0.97 < ratio < 1


@pytest.mark.parametrize(
    "turn", [("x", 10), pytest.param(("y", 10), marks=pytest.mark.long),
             pytest.param(("x", -10), marks=pytest.mark.long),
             pytest.param(("z", 10), marks=pytest.mark.long)], ids=str,
)  # fmt: skip
def test_a_vertebra_that_lies_aslant_fails_at_the_same_load(l4, modelled, turn):
    found = measure_vertebra(*turned(*l4, *turn), LINE, **HOW)
    assert found.failure_load_n == pytest.approx(modelled.failure_load_n, rel=0.01)


def turned(ct, mask, axis, degrees):
    """Return a vertebra turned in its image by an angle."""
    rotation = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    shape = np.array(ct.array.shape) + 24
    offset = np.moveaxis(np.indices(shape, dtype=float), 0, -1) - (shape - 1) / 2
    index = np.moveaxis(offset @ rotation + (np.array(ct.array.shape) - 1) / 2, -1, 0)
    hu = ndimage.map_coordinates(ct.array.astype(float), index, order=3)
    label = ndimage.map_coordinates(mask.astype(float), index, order=1) >= 0.5
    return Volume(hu, np.eye(4)), label


def test_slices_of_the_largest_distance_are_allowed_however_they_are_turned():
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("x", 0.3).as_matrix() * [1, 1, 3]
    turned_slices = Volume(np.zeros((2, 2, 2)), affine.astype(np.float32).astype(float))
    assert turned_slices.spacing_mm.max() > 3
    check_spacing(turned_slices)


def test_metal_behind_the_body_is_not_in_it(l4, modelled):
    ct, mask = l4
    hu = ct.array.copy()
    behind = np.argwhere(mask)[np.argwhere(mask)[:, 1].argmax()]  # the spinous process
    hu[tuple(behind)] = 3071
    found = measure_vertebra(Volume(hu, np.eye(4)), mask, LINE, **HOW)
    assert found.stiffness_n_mm == pytest.approx(modelled.stiffness_n_mm, rel=1e-3)


def test_a_calibration_that_leaves_no_mineral_is_refused(l4):
    off = Calibration("hu2bmd.test", "K2HPO4", 1.0, -500.0)
    with pytest.raises(DataFault, match=r"is -3\d\d mg/cm³; more than 0 is expected"):
        measure_vertebra(*l4, off, **HOW)


REFUSED = {
    "thick slices": (np.diag([1, 1, 3.5, 1.0]), {}, "slices lie 3.5 mm apart; at most 3 mm"),
    "too small": (np.diag([0.35, 0.35, 0.35, 1.0]), {}, "a lumbar body has"),
    "metal": (np.eye(4), {"metal": 3071}, "holds 30[0-9]{2} HU; above 3000 HU"),
    "one voxel of metal": (np.eye(4), {"tip": 3071}, "holds 3071 HU; above 3000 HU"),
    "no memory": (np.eye(4), {"memory": 300}, r"needs \d+ MB of memory; 300 MB"),
    "no convergence": (np.eye(4), {"iterations": 2}, "after 2 iterations"),
    "cut off": (np.eye(4), {"cut": 32}, "image ends within the vertebral body"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_modelled_is_refused_with_what_was_found(l4, name):
    affine, other, told = REFUSED[name]
    ct, mask = l4
    hu = ct.array[:, :, : other.get("cut")].copy()
    hu[40:56, 20:36, 28:44] = other.get("metal", hu[40:56, 20:36, 28:44])
    hu[48, 28, 31] = other.get("tip", hu[48, 28, 31])
    effort = Effort(
        Convergence(max_iterations=other.get("iterations", 1000)), other.get("memory", 4000)
    )
    how = HOW | {"effort": effort}
    with pytest.raises(DataFault, match=told):
        measure_vertebra(Volume(hu, affine), mask[:, :, : other.get("cut")], LINE, **how)
