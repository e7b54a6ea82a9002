"""The share of the load that cortical bone carries: columns side by side, and layers."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.measures.finite_elements.response import axial_force_n
from tests.techniques.fe.bones import EXACT, SPACING, USUAL, measured, porous, prism

MODULI = {100: 1000.0, 127: 9000.0}


def shares(found):
    return np.array([found.load_share.first, found.load_share.middle, found.load_share.last])


@pytest.mark.parametrize("spacing", [SPACING, (0.061, 0.082, 0.2)])
@pytest.mark.parametrize("n_slices", [9, 10])
def test_columns_side_by_side_share_the_load_by_their_rigidities(spacing, n_slices):
    labels = prism()[:, :, np.arange(n_slices) % 10]
    section = labels[:, :, 0]
    cortical, trabecular = 9000 * (section == 127).sum(), 1000 * (section == 100).sum()
    found = measured(labels, spacing, effort=USUAL, moduli=MODULI)
    assert shares(found) == pytest.approx(cortical / (cortical + trabecular), rel=1e-4)


def test_each_slice_has_the_share_of_its_own_labels():
    labels = np.full((6, 5, 9), 100, np.int16)
    labels[:, :, 5:] = 127
    assert shares(measured(labels)).tolist() == [0, 0, 1]
    labels[:, :, 4:] = 127
    assert shares(measured(labels)).tolist() == [0, 1, 1]
    assert shares(measured(labels[:, :, :8])).tolist() == [0, 0.5, 1]


def test_a_mirror_image_has_the_shares_of_the_other_ends():
    labels = porous() * 100
    labels[:4] += 27 * (labels[:4] > 0)
    usual = measured(labels, boundary="constrained")
    other = measured(labels[:, :, ::-1], boundary="constrained")
    assert shares(other)[::-1] == pytest.approx(shares(usual), rel=1e-6)


def test_the_elements_of_any_layer_carry_the_whole_reaction():
    model = measured(porous(), effort=EXACT, boundary="constrained").model
    reaction = model.solution.force_n[model.ends.top, 2].sum()
    for start, stop in zip(model.mesh.layers[:-1], model.mesh.layers[1:], strict=True):
        force = axial_force_n(model.mesh, model.solution, 0.3, slice(start, stop))
        assert force.sum() == pytest.approx(reaction, rel=1e-6)


@pytest.mark.parametrize("known", [{100: 0, 127: 127}, {100: 100, 127: 0}, {100: 1, 127: 2}])
def test_labels_that_do_not_tell_cortical_from_trabecular_bone_give_no_share(known):
    labels = sum(new * (prism() == label) for label, new in known.items()).astype(np.int16)
    assert measured(labels, effort=USUAL).load_share is None
