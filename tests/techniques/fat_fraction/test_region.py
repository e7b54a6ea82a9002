"""Which voxels are measured: the body without its arch, and without its rim."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import find_bodies
from bonecohort.measures.mr.region import eroded, measured_region
from bonecohort.measures.mr.values import RegionFault, region_voxels, without_outliers
from bonecohort.techniques.fat_fraction.measure import LEAST_REGION
from bonecohort.techniques.fat_fraction.outcome import RefusedBody
from bonecohort.techniques.fat_fraction.settings import MrFatSettings
from bonecohort.techniques.fat_fraction.sources import from_map
from tests.techniques.fat_fraction.conftest import LEVELS, PLACES

NUMBERS = SCHEMES["totalsegmentator_mr"]


@pytest.mark.parametrize(
    ("spacing", "left_out"),
    [
        ((1.0, 1.0, 4.0), (3, 3, 1)),  # centres at 0.5, 1.5, 2.5 mm go; of slices one
        ((2.0, 2.0, 3.0), (1, 1, 1)),  # a centre at 3 mm stays
        ((4.0, 1.5, 1.5), (1, 2, 2)),
        ((1.5, 1.5, 1.5), (2, 2, 2)),  # thin slices make up the depth together
        ((2.0, 2.0, 8.0), (1, 1, 1)),  # one slice goes although its centre lies 4 mm deep
    ],
)
def test_what_lies_within_3_mm_of_the_surface_is_left_out(spacing, left_out):
    inside = np.zeros((30, 30, 30), dtype=bool)
    inside[5:25, 5:25, 5:25] = True
    kept = eroded(inside, np.array(spacing), 3.0)
    expected = np.zeros_like(inside)
    expected[tuple(slice(5 + n, 25 - n) for n in left_out)] = True
    assert np.array_equal(kept, expected)


def test_where_the_image_ends_the_body_ends():
    kept = eroded(np.ones((20, 20, 5), dtype=bool), np.array([2.0, 2.0, 4.0]), 3.0)
    assert kept.sum() == 18 * 18 * 3


def test_only_the_body_is_measured(spine):
    """No measured voxel lies nearer to the body's surface than 3 mm, less the labels' stairs."""
    depth_mm = 3 - 2**0.5  # half a pixel's diagonal
    for level in LEVELS:
        region = measured_region(spine.percent, spine.bodies[level], 3.0)
        places = region.to_lps(np.argwhere(region.array).astype(float))
        y, z, tilt = PLACES[level]
        lean = np.deg2rad(tilt)
        offset = places - [0, y, z]
        posterior = offset[:, 1] * np.cos(lean) + offset[:, 2] * np.sin(lean)
        superior = -offset[:, 1] * np.sin(lean) + offset[:, 2] * np.cos(lean)
        assert np.abs(superior).max() < 27 / 2 - depth_mm
        middle = np.abs(offset[:, 0]) < 10  # further out a slice cuts the wall aslant
        wall_mm = 17 * np.sqrt(1 - (offset[middle, 0] / 22.5) ** 2)
        assert (wall_mm - np.abs(posterior[middle])).min() > depth_mm
        assert np.abs(offset[:, 0]).max() < 22.5 - 4


def test_a_spinous_process_apart_from_its_body_is_no_fault(spine):
    """In few slices nothing joins them; here the process is a third as large as the body."""
    number, label = NUMBERS["L3"], spine.label("L3")
    body = np.argwhere(label)
    j, k = (int(np.median(body[:, axis])) for axis in (1, 2))
    back = int(spine.labels.to_index(np.array([0.0, 14.0, 0.0]))[0])
    labels = spine.labels.array.copy()
    labels[back:][label[back:]] = 0
    labels[back + 8 : back + 24, j - 6 : j + 6, k - 2 : k + 3] = number
    apart = Volume(labels, spine.labels.affine_lps)
    found = find_bodies(apart, NUMBERS, ("L3",))["L3"]
    assert not isinstance(found, str)
    process = found.bone.array.sum() - len(found.points_lps_mm)
    assert process > 0.3 * len(found.points_lps_mm)
    assert found.centre_lps_mm == pytest.approx([0, -4, 0], abs=2.5)


def test_labels_of_another_grid_give_the_same_region(spine):
    """The labels at half the spacing, as of another series."""
    affine = spine.labels.affine_lps @ np.diag([0.5, 0.5, 0.5, 1.0])
    affine[:3, 3] = spine.labels.to_lps(np.full(3, -0.25))
    fine = Volume(spine.labels.array.repeat(2, 0).repeat(2, 1).repeat(2, 2), affine)
    bodies = find_bodies(fine, NUMBERS, ("L2",))
    there, here = (
        measured_region(spine.percent, found["L2"], 3.0).array.sum()
        for found in (bodies, spine.bodies)
    )
    assert there == pytest.approx(here, rel=0.05)


def test_few_voxels_are_refused():
    image = Volume(np.full((4, 4, 4), 50.0), np.diag([4.0, 4.0, 4.0, 1.0]))
    mask = np.zeros((4, 4, 4), dtype=bool)
    mask.flat[:29] = True
    with pytest.raises(RegionFault, match=r"29 voxels, 1\.9 cm³"):
        region_voxels(image, Volume(mask, image.affine_lps), LEAST_REGION)
    mask.flat[:30] = True
    assert len(region_voxels(image, Volume(mask, image.affine_lps), LEAST_REGION)) == 30
    small = Volume(image.array, np.diag([3.0, 3.0, 3.0, 1.0]))
    with pytest.raises(RegionFault, match=r"30 voxels, 0\.8 cm³"):
        region_voxels(small, Volume(mask, small.affine_lps), LEAST_REGION)


def test_a_body_outside_the_map_is_refused_and_no_other(spine):
    index = round(spine.percent.to_index(np.array([0.0, 0.0, 55.0]))[1])  # below L1
    affine = spine.percent.affine_lps.copy()
    affine[:3, 3] = spine.percent.to_lps(np.array([0.0, index, 0.0]))
    lower = spine.with_percent(spine.percent.array[:, index:])
    lower = type(spine)(**{**vars(lower), "percent": Volume(lower.percent.array, affine)})
    outcomes = from_map(lower.image(), spine.bodies, MrFatSettings()).outcomes
    assert isinstance(outcomes["L1"], RefusedBody)
    assert outcomes["L1"].flags == ("few_voxels",)
    assert not isinstance(outcomes["L2"], RefusedBody)


def test_outliers_are_beyond_three_scaled_mads():
    """MAD of 0, 1, …, 100 is 25: limits 50 ± 111. Of it with 400 added, 400 goes."""
    values = np.arange(101.0)
    found = without_outliers(np.append(values, 400.0), 0.01, 0.5)
    assert found.n_voxels == 101
    assert found.left_out == pytest.approx(1 / 102)
    assert (found.mean, found.median) == (50.0, 50.0)
    assert found.sd == pytest.approx(29.3002, abs=1e-4)  # sqrt(101 * 102 / 12)
    assert found.volume_cm3 == pytest.approx(1.01)


def test_values_in_coarse_steps_are_not_all_outliers():
    values = np.array([50.0] * 80 + [51.0] * 20)
    assert without_outliers(values, 0.01, 0.5).n_voxels == 100
