"""The grid along a vertebra's own axes: as many layers as its height, wherever it lies."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.body import find_body
from bonecohort.techniques.fe.axes import aligned
from bonecohort.techniques.fe.caps import caps_on
from tests.techniques.hounsfield.phantoms import analytic

LABEL_MM = 0.4
"""Half a slice, by which the label ends beside the body."""


@pytest.mark.parametrize("height_mm", [26.3, 27.0, 27.7])
@pytest.mark.parametrize("tilt_deg", [0.0, 12.0])
def test_the_caps_lie_about_the_height_of_the_body(height_mm, tilt_deg):
    crop, _ = analytic((0.7, 0.7, 0.8), height_mm=height_mm, sagittal_tilt_deg=tilt_deg)
    found = aligned(crop.ct, crop.mask, find_body(crop.mask, crop.ct.affine_lps))
    caps = caps_on(found.bone, found.body)
    layers = caps.top + 1 - caps.bottom
    assert layers == pytest.approx(height_mm + 2 * 4, abs=LABEL_MM + 0.5)


@pytest.mark.parametrize("moved_mm", [0.25, 0.5, 0.75])
def test_a_vertebra_that_lies_elsewhere_has_the_same_grid(moved_mm):
    crop, _ = analytic((0.7, 0.7, 0.8), height_mm=27.0)
    affine = crop.ct.affine_lps.copy()
    affine[:3, 3] += moved_mm
    first, second = (
        aligned(ct, crop.mask, find_body(crop.mask, ct.affine_lps))
        for ct in (crop.ct, Volume(crop.ct.array, affine))
    )
    assert first.body.shape == second.body.shape
    assert np.array_equal(first.body, second.body)
