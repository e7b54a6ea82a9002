"""Cutting vertebrae out of a whole CT with its label map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bonecohort.annotations.labels.label_map import LabelMap
from bonecohort.annotations.labels.on_grid import label_points_lps
from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo.phantom import VertebraModel, render_ct
from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.crops import VertebraCrop, prepare_crops
from bonecohort.study.settings import LUMBAR_LEVELS
from bonecohort.techniques.hounsfield.measure import measure_vertebra
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

V2 = SCHEMES["totalsegmentator_v2"]
HU = dict(zip(LUMBAR_LEVELS, (150.0, 120.0, 90.0, 110.0, 70.0), strict=True))
TILTS_DEG = (-10.0, -5.0, 0.0, 10.0, 30.0)
REFERENCE_HU = {"L2": 114.3, "L3": 109.2, "L4": 111.1, "L5": 113.9}


@pytest.fixture(scope="module")
def spine():
    models = [
        VertebraModel(
            level,
            (2.0 * k, 10.0 - 0.9 * (k - 2) ** 2, 70.0 - 36.0 * k),
            sagittal_tilt_deg=TILTS_DEG[k],
            coronal_tilt_deg=3.0 * k,
            trabecular_hu=HU[level],
        )
        for k, level in enumerate(LUMBAR_LEVELS)
    ]
    affine = np.diag([1.2, 1.2, 2.0, 1.0])
    affine[:3, 3] = -60, -35, -100
    return render_ct(models, affine, (100, 94, 96), noise_sd_hu=15.0)


def crops_of(spine, labels=None, scheme=V2):
    return prepare_crops(spine[0], LabelMap(labels or spine[1]), scheme, LUMBAR_LEVELS)


def relabelled(labels, numbers):
    array = labels.array.copy()
    for old, new in numbers.items():
        array[labels.array == old] = new
    return Volume(array, labels.affine_lps)


def test_a_lordotic_chain_is_measured_level_by_level(spine):
    for level, crop in crops_of(spine).items():
        assert isinstance(crop, VertebraCrop), crop
        assert crop.flags == ()
        found = measure_vertebra(crop, HounsfieldSettings())
        assert found.hu == pytest.approx(HU[level], abs=3.0)


def test_an_absent_level_is_reported_and_the_others_are_cut(spine):
    crops = crops_of(spine, relabelled(spine[1], {V2["L2"]: 0}))
    assert crops["L2"] == "L2 (label 30) is absent from the label map."
    assert isinstance(crops["L3"], VertebraCrop)


def test_a_scheme_read_upside_down_contradicts_the_anatomy(spine):
    crops = crops_of(spine, scheme={"L1": 27, "L2": 28, "L3": 29, "L4": 30, "L5": 31})
    assert set(crops) == set(LUMBAR_LEVELS)
    assert all("numbering contradicts" in reason for reason in crops.values())


@pytest.mark.parametrize("shift_mm", [(25, 0, 0), (0, -25, 0), (0, 0, 18), (0, 12, 0)])
def test_a_map_that_misses_the_bone_is_refused(spine, shift_mm):
    affine = spine[1].affine_lps.copy()
    affine[:3, 3] += shift_mm
    crops = crops_of(spine, Volume(spine[1].array, affine))
    assert all(isinstance(crop, str) for crop in crops.values())
    assert any("does not lie on its bone" in crop for crop in crops.values())


def test_a_map_turned_front_to_back_gives_no_number(spine):
    labels = spine[1]
    crops = crops_of(spine, Volume(labels.array[:, ::-1], labels.affine_lps))
    for crop in crops.values():
        if isinstance(crop, VertebraCrop):
            with pytest.raises(DataFault, match="front to back"):
                measure_vertebra(crop, HounsfieldSettings())


def test_posterior_elements_in_front_of_the_body_are_refused(spine):
    crop = crops_of(spine)["L3"]
    turned = np.diag([1.0, -1.0, 1.0, 1.0]) @ crop.ct.affine_lps
    with pytest.raises(DataFault, match="front to back"):
        measure_vertebra(replace(crop, ct=Volume(crop.ct.array, turned)), HounsfieldSettings())


def test_a_map_that_ends_within_a_body_is_refused_for_that_level_alone(spine):
    labels = spine[1]
    middle = int(np.argwhere(labels.array == V2["L3"])[:, 2].mean())
    affine = labels.affine_lps.copy()
    affine[:3, 3] = labels.to_lps(np.array([0.0, 0.0, middle]))
    crops = crops_of(spine, Volume(labels.array[:, :, middle:], affine))
    assert "ends within the body of L3" in crops["L3"]
    assert isinstance(crops["L2"], VertebraCrop)


def test_a_map_that_ends_in_posterior_elements_alone_is_measured(spine):
    labels = spine[1]
    found = np.argwhere(labels.array == V2["L1"])
    lowest = int(found[:, 2].min()) + 2
    affine = labels.affine_lps.copy()
    affine[:3, 3] = labels.to_lps(np.array([0.0, 0.0, lowest]))
    crops = crops_of(spine, Volume(labels.array[:, :, lowest:], affine))
    assert isinstance(crops["L1"], VertebraCrop), crops["L1"]


def test_a_map_outside_the_ct_is_refused(spine):
    affine = spine[1].affine_lps.copy()
    affine[:3, 3] += 500
    crops = crops_of(spine, Volume(spine[1].array, affine))
    assert all("outside the CT" in crop for crop in crops.values())


def test_another_grid_and_orientation_gives_the_same_masks(spine):
    labels = spine[1]
    flipped = np.moveaxis(labels.array[::-1, :, ::-1], (0, 1, 2), (2, 0, 1))
    axes = np.zeros((4, 4))
    # Axis 0 is the old second, axis 1 the old third backwards, axis 2 the old first backwards.
    size = np.array(labels.array.shape) - 1
    axes[0, 2], axes[0, 3] = -1, size[0]
    axes[1, 0] = 1
    axes[2, 1], axes[2, 3] = -1, size[2]
    axes[3, 3] = 1
    turned = Volume(flipped, labels.affine_lps @ axes)
    crops = crops_of(spine, turned)
    for level, crop in crops_of(spine).items():
        assert np.array_equal(crops[level].mask, crop.mask)


def test_a_finer_label_grid_is_resampled(spine):
    labels = spine[1]
    fine = np.repeat(np.repeat(np.repeat(labels.array, 2, 0), 2, 1), 2, 2)
    affine = labels.affine_lps @ np.diag([0.5, 0.5, 0.5, 1.0])
    affine[:3, 3] = labels.to_lps(np.full(3, -0.25))
    crops = crops_of(spine, Volume(fine, affine))
    for level, crop in crops_of(spine).items():
        assert np.allclose(labelled_points(crops[level]), labelled_points(crop))


def labelled_points(crop):
    return crop.ct.to_lps(np.argwhere(crop.mask).astype(float))


def test_lumbar_counts_are_flagged(spine):
    verse = SCHEMES["verse"]
    as_verse = {V2[level]: verse[level] for level in LUMBAR_LEVELS}
    five = relabelled(spine[1], as_verse)
    six = relabelled(five, {verse["L5"]: verse["L6"], verse["L4"]: verse["L5"]})
    six_flags = crops_of(spine, six, verse)["L1"].flags
    assert six_flags == ("lumbar_count_6",)
    four = relabelled(five, {verse["L5"]: verse["sacrum"]})
    assert crops_of(spine, four, verse)["L1"].flags == ("lumbar_count_4",)
    t13 = relabelled(five, {verse["L1"]: verse["T13"]})
    assert "transitional_t13" in crops_of(spine, t13, verse)["L2"].flags


def test_crops_are_small_whole_numbers(spine):
    crop = crops_of(spine)["L3"]
    assert crop.ct.array.dtype == np.int16
    fractional = replace(spine[0], voxels=spine[0].array + 0.5)
    crops = prepare_crops(fractional, LabelMap(spine[1]), V2, ["L3"])
    assert crops["L3"].ct.array.dtype == np.float32


@pytest.fixture(scope="module")
def real(shared_data):
    folder = shared_data / "real_ct_lumbar"
    labels = read_label_map(folder / "vertebrae_totalsegmentator.nii.gz")
    ct = read_nifti(folder / "ct.nii.gz")
    crops = prepare_crops(ct, labels, labels.numbers(None), LUMBAR_LEVELS)
    # At 3 mm the sclerosis of L1 fills a third of its upper plane's ellipse.
    settings = HounsfieldSettings(max_excluded_fraction=0.4)
    return {level: measure_vertebra(crop, settings) for level, crop in crops.items()}


@pytest.mark.parametrize("level", REFERENCE_HU)
def test_real_vertebrae_are_near_their_reference(real, level):
    assert real[level].hu == pytest.approx(REFERENCE_HU[level], abs=12.0)
    assert not any(flag.startswith("plane_spread") for flag in real[level].flags)


def test_the_sclerotic_real_l1_is_flagged(real):
    assert any(flag.startswith("plane_spread: ") for flag in real["L1"].flags)
    assert 80 < real["L1"].hu < 130


@pytest.fixture(scope="module")
def real_spine(shared_data):
    folder = shared_data / "real_ct_lumbar"
    labels = read_label_map(folder / "vertebrae_totalsegmentator.nii.gz")
    return read_nifti(folder / "ct.nii.gz"), labels


def mirrored(labels, middle_x_mm):
    """Exchange left and right about a sagittal plane."""
    affine = labels.volume.affine_lps.copy()
    affine[0] *= -1
    affine[0, 3] += 2 * middle_x_mm
    return replace(labels, volume=Volume(labels.volume.array, affine))


def middle_of_spine_mm(labels):
    numbers = labels.numbers(None)
    points = label_points_lps(labels.volume, numbers.values())
    levels = [points[numbers[level]] for level in LUMBAR_LEVELS]
    return np.concatenate(levels)[:, 0].mean()


def test_a_map_mirrored_in_its_image_misses_a_real_spine_off_its_middle(real_spine):
    ct, labels = real_spine
    ends = ct.to_lps(np.array([[0.0, 0, 0], np.array(ct.array.shape) - 1]))
    flipped = mirrored(labels, ends[:, 0].mean())
    moved_mm = abs(middle_of_spine_mm(labels) - middle_of_spine_mm(flipped))
    assert moved_mm == pytest.approx(14.6, abs=0.1)  # a spine 7.3 mm off the middle of its CT
    crops = prepare_crops(ct, flipped, labels.numbers(None), LUMBAR_LEVELS)
    assert all("does not lie on its bone" in str(crop) for crop in crops.values())


def test_a_map_mirrored_about_the_spine_itself_cannot_be_reported_but_measures_alike(real_spine):
    ct, labels = real_spine
    flipped = mirrored(labels, middle_of_spine_mm(labels))
    numbers = labels.numbers(None)
    right = prepare_crops(ct, labels, numbers, ["L2", "L3"])
    wrong = prepare_crops(ct, flipped, numbers, ["L2", "L3"])
    for level, crop in wrong.items():
        assert isinstance(crop, VertebraCrop)
        hu = measure_vertebra(crop, HounsfieldSettings()).hu
        assert hu == pytest.approx(measure_vertebra(right[level], HounsfieldSettings()).hu, abs=5.0)
