"""Rods and samples outlined on a CT: phantoms whose line is known, and what must be refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from bonecohort.annotations.labels.label_map import LabelMap
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.techniques.qct.regions import regions_of
from bonecohort.techniques.qct.rod_map import calibrate_by_map, measure_rods, slices_near
from bonecohort.techniques.qct.rods import calibrate_by_rods
from bonecohort.techniques.qct.settings import EVERY_TISSUE, PhantomSettings
from bonecohort.techniques.qct.tissue_map import LABELS, measure_tissues
from tests.techniques.qct.phantoms import (
    DENSITIES,
    INTERCEPT,
    SLOPE,
    Phantom,
    hu_of,
    vertebrae,
)

SETTINGS = PhantomSettings("K2HPO4", DENSITIES)
TRUE_DENSITIES = np.array([30.0, 80.0, 120.0, 200.0])
ACCEPTED = 2.5
"""mg/cm³."""


def errors(ct, labels, levels=None):
    found = calibrate_by_map(ct, labels, SETTINGS, levels or {}).calibration
    return found.density(hu_of(TRUE_DENSITIES)) - TRUE_DENSITIES


PHANTOMS = {
    "usual": Phantom(),
    "coarse": Phantom(spacing_mm=(1.0, 1.0, 5.0)),
    "anisotropic": Phantom(spacing_mm=(0.7, 0.9, 1.5)),
    "blurred": Phantom(fwhm_mm=2.4),
    "blurred, without noise": Phantom(fwhm_mm=2.4, noise_hu=0.0),
    "thin": Phantom(radius_mm=5.0),
    "without noise": Phantom(noise_hu=0.0),
    "noisy": Phantom(noise_hu=40.0),
}


@pytest.mark.parametrize("phantom", PHANTOMS.values(), ids=PHANTOMS)
def test_densities_are_the_truth(phantom):
    assert np.abs(errors(phantom.ct(), phantom.label_map())).max() <= ACCEPTED


def test_the_rim_of_a_blurred_rod_is_left_out():
    phantom = Phantom(noise_hu=0.0)
    found = measure_rods(phantom.ct(), phantom.label_map(), DENSITIES, {})
    assert [rod.hu for rod in found.rods] == pytest.approx(
        [hu_of(density) for density in DENSITIES.values()], abs=1.0
    )
    whole = regions_of(phantom.ct(), phantom.label_map(), dict.fromkeys(DENSITIES, "Rod"))
    rods = [
        replace(rod, hu=float(region.values.mean()))
        for rod, region in zip(found.rods, whole.values(), strict=True)
    ]
    assert calibrate_by_rods(rods, "K2HPO4").calibration.slope / SLOPE - 1 > 0.03


def test_two_voxels_or_two_mm_of_the_rim_are_left_out():
    for spacing, rim_mm in (((0.5, 0.5, 2.0), 2.0), ((1.0, 1.0, 2.0), 2.0), ((1.5, 1.5, 2.0), 3.0)):
        phantom = Phantom(spacing_mm=spacing, radius_mm=10.0)
        found = measure_rods(phantom.ct(), phantom.label_map(), DENSITIES, {})
        area = found.regions[1].largest_area_mm2
        assert np.sqrt(area / np.pi) == pytest.approx(10.0 - rim_mm, abs=0.55 * spacing[0])


def test_a_label_map_on_another_grid_is_read_by_its_place():
    phantom = Phantom()
    affine = np.diag([-0.6, 0.6, 4.0, 1.0])
    affine[:3, 3] = (68.0, -19.0, -29.0)
    index = np.moveaxis(np.indices((220, 140, 14)), 0, -1)
    points = index @ affine[:3, :3].T + affine[:3, 3]
    labels = Volume(phantom.labels(points), affine)
    assert np.abs(errors(phantom.ct(), labels)).max() <= ACCEPTED


def test_slices_are_across_the_body_however_the_ct_is_stored():
    phantom = Phantom()
    ct, labels = phantom.ct(), phantom.label_map()
    order = np.array([2, 0, 1])
    affine = phantom.affine.copy()
    affine[:, :3] = phantom.affine[:, order]
    stored = Volume(np.transpose(ct.array, order), affine)
    expected = measure_rods(ct, labels, DENSITIES, vertebrae(0))
    found = measure_rods(stored, labels, DENSITIES, vertebrae(0))
    assert [rod.hu for rod in found.rods] == pytest.approx([rod.hu for rod in expected.rods])
    assert slices_near(stored, vertebrae(0)["L1"]) == slices_near(ct, vertebrae(0)["L1"])


def test_rods_are_measured_beside_the_vertebrae():
    phantom = Phantom(drift_hu=80.0)
    ct, labels = phantom.ct(), phantom.label_map()
    assert np.abs(errors(ct, labels, vertebrae(15))).max() <= ACCEPTED
    assert np.abs(errors(ct, labels)).max() > 10


def test_slices_near_a_vertebra_reach_5_mm_beyond_its_regions():
    ct = Phantom().ct()
    heights = sorted(-30 + 2.0 * number for number in slices_near(ct, vertebrae(3)["L1"]))
    assert (heights[0], heights[-1]) == (-6.0, 12.0)  # of slices at every 2 mm, from -7 to 13


def test_rods_that_end_beside_a_vertebra_are_flagged():
    phantom = Phantom()
    labels = phantom.labels()
    labels[:, :, phantom.points()[0, 0, :, 2] < -12] = 0
    found = measure_rods(
        phantom.ct(), Volume(labels, phantom.affine), DENSITIES, vertebrae(10, -15)
    )
    assert found.flags == ("rods_partly_seen: L2",)


def test_labels_of_other_things_are_passed_over():
    phantom = Phantom()
    labels = phantom.labels()
    labels[0, 0, 0] = 31
    labels = Volume(labels, phantom.affine)
    assert np.abs(errors(phantom.ct(), labels)).max() <= ACCEPTED


def without(number):
    labels = Phantom().labels()
    labels[labels == number] = 0
    return Volume(labels, Phantom().affine)


def moved(mm):
    affine = Phantom().affine.copy()
    affine[:3, 3] += mm
    return Volume(Phantom().labels(), affine)


def clipped(low, high):
    ct = Phantom().ct()
    return Volume(np.clip(ct.array, low, high), ct.affine_lps)


def with_bubble():
    ct = Phantom().ct()
    points = Phantom().points()
    inside = np.hypot(points[..., 0] - 14, points[..., 1] - 40) < 4
    return Volume(np.where(inside, -600, ct.array).astype(np.int16), ct.affine_lps)


def on_map(ct=None, labels=None, settings=SETTINGS, levels=None):
    calibrate_by_map(ct or Phantom().ct(), labels or Phantom().label_map(), settings, levels or {})


REFUSED = {
    "absent": (lambda: on_map(labels=without(3)), "Rod 3 is absent"),
    "beyond the image": (lambda: on_map(labels=moved((500, 0, 0))), "lies outside the CT"),
    "above the image": (lambda: on_map(labels=moved((0, 0, 200))), "lies outside the CT"),
    "cut off at a side": (lambda: on_map(labels=moved((27, 0, 0))), "Rod 4 lies outside.*in part"),
    "on other places": (lambda: on_map(labels=moved((0, -40, 0))), "Were rods mixed up|not lie on"),
    "too thin": (
        lambda: on_map(Phantom(radius_mm=1.4).ct(), Phantom(radius_mm=1.4).label_map()),
        "Rod 1 has 0 voxels without its rim"),
    "not beside a vertebra": (
        lambda: on_map(labels=moved((0, 0, -40)), levels=vertebrae(20)), "has 0 voxels"),
    "cut off at the image's highest value": (
        lambda: on_map(clipped(-1024, 150)), "rod 4 have the CT's lowest or highest value"),
    "cut off at its lowest": (
        lambda: on_map(clipped(5, 3000)), "rod 1 have the CT's lowest or highest value"),
    "cut off at a CT's range": (
        lambda: on_map(Volume(Phantom().ct().array + 2900, Phantom().affine)), "-1024 or 3071 HU"),
    "an air bubble": (lambda: on_map(with_bubble()), "Rod 3 is uneven"),
    "mixed up": (
        lambda: on_map(Phantom(densities=(0.0, 100.0, 50.0, 200.0)).ct()), "Were rods mixed up"),
    "not declared": (
        lambda: on_map(settings=PhantomSettings("K2HPO4")), "declare their densities and mineral"),
    "no mineral": (
        lambda: on_map(settings=PhantomSettings("", DENSITIES)), "declare their densities"),
}  # fmt: skip


@pytest.mark.parametrize(("measure", "reason"), REFUSED.values(), ids=REFUSED)
def test_rods_that_cannot_be_measured_are_refused(measure, reason):
    with pytest.raises(DataFault, match=reason):
        measure()


def tissues(**hu):
    """Return a CT and a label map of five samples. They are boxes of 6 × 6 voxels of 1 mm in two
    slices.
    """
    values = {"adipose": -102, "air": -1000, "blood": 42, "bone": 1250, "muscle": 58} | hu
    ct = np.random.default_rng(5).normal(0, 8, (60, 20, 6))
    labels = np.zeros(ct.shape, np.int16)
    for at, (number, tissue) in enumerate(LABELS.items()):
        box = (slice(10 * at, 10 * at + 6), slice(5, 11), slice(2, 4))
        labels[box] = number
        ct[box] = values[tissue] + np.random.default_rng(at).normal(0, 8, (6, 6, 2))
    affine = np.eye(4)
    return Volume(ct.astype(np.float32), affine), LabelMap(Volume(labels, affine))


def test_samples_of_tissues_are_measured_as_they_are_outlined():
    found = measure_tissues(*tissues(), EVERY_TISSUE)
    assert {name: one.n_voxels for name, one in found.items()} == dict.fromkeys(LABELS.values(), 72)
    assert found["blood"].hu == pytest.approx(42, abs=3)
    assert found["bone"].sd_hu == pytest.approx(8, abs=2)


def test_a_small_sample_is_refused():
    ct, labels = tissues()
    small = labels.volume.array.copy()
    small[20:26, 8:11] = 0
    small[20:23] = 0
    with pytest.raises(DataFault, match=r"sample of blood has 9\.0 mm²; 10 or more"):
        measure_tissues(ct, LabelMap(Volume(small, np.eye(4))), EVERY_TISSUE)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (-2000, 1240, "of the sample of bone have the CT's lowest or highest value"),
        (-104, 2000, "of the sample of adipose have the CT's lowest or highest value"),
    ],
)
def test_a_sample_that_is_cut_off_is_refused(low, high, told):
    ct, labels = tissues()
    cut = Volume(np.clip(ct.array, low, high), ct.affine_lps)
    with pytest.raises(DataFault, match=told):
        measure_tissues(cut, labels, EVERY_TISSUE)


def test_bone_at_the_end_of_a_cts_range_is_refused():
    ct, labels = tissues(bone=3071)
    cut = Volume(np.clip(ct.array, -1024, 3071), ct.affine_lps)
    with pytest.raises(DataFault, match="sample of bone have -1024 or 3071 HU"):
        measure_tissues(cut, labels, EVERY_TISSUE)


def test_air_may_reach_the_lowest_hu_and_padding_is_no_air():
    ct, labels = tissues(air=-1018)
    noisy = Volume(np.maximum(ct.array, -1024), ct.affine_lps)
    assert measure_tissues(noisy, labels, EVERY_TISSUE)["air"].hu == pytest.approx(-1018, abs=3)
    ct, labels = tissues(air=-1100)
    padded = Volume(np.maximum(ct.array, -1024), ct.affine_lps)
    with pytest.raises(DataFault, match="beyond the circle that the scanner reconstructs"):
        measure_tissues(padded, labels, EVERY_TISSUE)


def test_a_tissue_that_is_not_needed_may_be_absent():
    ct, labels = tissues()
    array = labels.volume.array
    without_blood = LabelMap(Volume(np.where(array == 93, 0, array), np.eye(4)))
    needed = tuple(name for name in EVERY_TISSUE if name != "blood")
    assert set(measure_tissues(ct, without_blood, needed)) == set(needed)
    with pytest.raises(DataFault, match="sample of blood is absent"):
        measure_tissues(ct, without_blood, EVERY_TISSUE)


def test_the_segments_of_a_segmentation_are_known_by_their_names():
    ct, labels = tissues()
    names = {91: "Fat", 92: "air", 93: "Blood", 94: "Cortical bone", 95: "muscle", 96: "note"}
    plain = measure_tissues(ct, labels, EVERY_TISSUE)
    assert measure_tissues(ct, LabelMap(labels.volume, names), EVERY_TISSUE) == plain
    with pytest.raises(DataFault, match="Two segments of the label map are adipose"):
        measure_tissues(ct, LabelMap(labels.volume, names | {96: "fat"}), EVERY_TISSUE)
    del names[93]
    with pytest.raises(DataFault, match="No segment of the label map is named blood"):
        measure_tissues(ct, LabelMap(labels.volume, names), EVERY_TISSUE)


def test_the_truth_is_the_line_of_the_phantom():
    assert SLOPE * hu_of(120.0) + INTERCEPT == pytest.approx(120.0)


def test_the_blur_of_a_dense_rod_is_no_fault():
    dense = dict(zip(DENSITIES, (0.0, 100.0, 400.0, 800.0), strict=True))
    phantom = Phantom(fwhm_mm=2.4, densities=tuple(dense.values()))
    settings = PhantomSettings("HA", dense)
    found = calibrate_by_map(phantom.ct(), phantom.label_map(), settings, {}).calibration
    assert np.abs(found.density(hu_of(TRUE_DENSITIES)) - TRUE_DENSITIES).max() <= ACCEPTED


@pytest.mark.parametrize("around_hu", [0.0, 100.0, -900.0])
@pytest.mark.parametrize(
    ("radius_mm", "shift_mm"), [(10.0, 0.0), (12.0, 0.0), (8.0, 3.0), (8.0, 5.0)]
)
def test_labels_that_leave_their_rods_give_no_line(around_hu, radius_mm, shift_mm):
    phantom = Phantom()
    rods = phantom.labels() > 0
    labels = Phantom(radius_mm=radius_mm).labels(phantom.points() - (shift_mm, 0, 0))
    blurred = phantom.ct().array + ndimage.gaussian_filter(around_hu * ~rods, (0.6, 0.6, 0))
    ct = Volume(np.rint(blurred).astype(np.int16), phantom.affine)
    assert np.abs(errors(ct, phantom.label_map())).max() <= ACCEPTED
    with pytest.raises(DataFault, match=r"is uneven: .* HU towards its border"):
        errors(ct, Volume(labels, phantom.affine))
