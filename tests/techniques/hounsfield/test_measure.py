"""What is refused, flagged and recorded of a vertebra."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.crops import VertebraCrop, load_crop, save_crop
from bonecohort.techniques.hounsfield.measure import (
    VertebraFault,
    ellipse_polygon,
    measure_vertebra,
)
from bonecohort.techniques.hounsfield.reader_rois import measure_polygon, measure_reader_vertebra
from bonecohort.techniques.hounsfield.record import to_record, unmeasured_record
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings
from tests.techniques.hounsfield.phantoms import analytic

SETTINGS = HounsfieldSettings()
CONTRACT_ROI_KEYS = {
    "plane", "hu", "sd_hu", "median_hu", "n_voxels", "area_mm2", "center_lps_mm", "normal_lps",
    "semi_axes_mm", "excluded_fraction",
}  # fmt: skip


@pytest.fixture(scope="module")
def crop():
    return analytic((1.0, 1.0, 1.5), sagittal_tilt_deg=12.0, noise_sd_hu=15.0)[0]


def with_hu(crop, change):
    values = crop.ct.array.astype(np.float32)
    centre = np.argwhere(crop.mask)
    lps = crop.ct.to_lps(np.moveaxis(np.indices(values.shape), 0, -1).astype(float))
    change(values, lps, crop.ct.to_lps(centre.astype(float)))
    return replace(crop, ct=Volume(values, crop.ct.affine_lps))


def ball(lps, radius_mm, centre=(1.3, -3.0, 2.2)):
    return np.linalg.norm(lps - np.asarray(centre), axis=-1) < radius_mm


def test_the_record_holds_the_contract(crop):
    record = json.loads(
        json.dumps(to_record("P1", measure_vertebra(crop, SETTINGS)), allow_nan=False)
    )
    assert record["participant_id"] == "P1"
    assert (record["level"], record["status"], record["reason"]) == ("L3", "measured", "")
    assert record["method"] == "ellipse3.auto.v1"
    assert [roi["plane"] for roi in record["rois"]] == ["upper", "middle", "lower"]
    assert all(roi.keys() >= CONTRACT_ROI_KEYS for roi in record["rois"])
    assert record["hu"] == pytest.approx(np.mean([roi["hu"] for roi in record["rois"]]))
    assert {row["measure"] for row in record["measurements"]} == {
        "hu_upper", "hu_middle", "hu_lower", "hu",
    }  # fmt: skip
    for roi in record["rois"]:
        assert roi["area_mm2"] == pytest.approx(np.pi * np.prod(roi["semi_axes_mm"]))


def test_a_vertebra_is_measured_the_same_every_time(crop):
    first, second = (to_record("P1", measure_vertebra(crop, SETTINGS)) for _ in range(2))
    assert first == second


def test_the_outline_lies_on_the_plane_and_the_ellipse(crop):
    for roi in measure_vertebra(crop, SETTINGS).rois:
        points = (ellipse_polygon(roi, 40) - roi.center_lps_mm) @ roi.axes_lps
        assert points.shape == (40, 3)
        assert np.abs(points[:, 2]).max() < 1e-9
        scaled = points[:, :2] / roi.semi_axes_mm
        assert np.linalg.norm(scaled, axis=1) == pytest.approx(1)


def test_on_native_slices_voxels_are_pixels():
    crop, _ = analytic((1.0, 1.0, 1.5))
    for roi in measure_vertebra(crop, SETTINGS).rois:
        statistics = roi.statistics
        kept_mm2 = roi.area_mm2 * (1 - statistics.excluded_fraction)
        assert statistics.n_voxels == pytest.approx(kept_mm2, rel=0.05)


def test_an_island_is_left_out_and_reported():
    crop, _ = analytic((0.8, 0.8, 1.0), islands=(((6.0, -5.0, 5.4), 3.5, 700.0),))
    upper, _, lower = (roi.statistics for roi in measure_vertebra(crop, SETTINGS).rois)
    assert upper.hu == pytest.approx(120, abs=1)
    assert 0.05 < upper.excluded_fraction < 0.25
    assert upper.whole_hu > 140
    assert lower.excluded_fraction == 0


def test_too_much_sclerosis_is_a_fault_that_keeps_its_flags():
    crop, _ = analytic((0.8, 0.8, 1.0), islands=(((0.0, -2.0, 5.4), 7.0, 500.0),))
    strict = replace(SETTINGS, max_excluded_fraction=0.05, min_voxels=500)
    with pytest.raises(VertebraFault, match=r"% of the .* region is bone island") as caught:
        measure_vertebra(crop, strict)
    record = unmeasured_record("P1", "L3", caught.value)
    assert record["status"] == "excluded"
    assert record["hu"] is None
    assert any(
        re.fullmatch(r"plane_spread: \d+\.\d HU \(limit 25\)", one) for one in record["flags"]
    )


def test_the_ellipse_goes_round_a_large_island():
    crop, _ = analytic((0.8, 0.8, 1.0), islands=(((9.0, -3.0, 5.4), 6.5, 500.0),))
    found = measure_vertebra(crop, replace(SETTINGS, max_excluded_fraction=0.15))
    upper = found.rois[0].statistics
    assert "went_round_island_upper" in found.flags
    assert any(flag.startswith("plane_spread: ") for flag in found.flags)
    assert upper.hu == pytest.approx(120, abs=2)
    assert upper.excluded_fraction <= 0.15


def test_an_ellipse_between_islands_is_turned_where_that_gives_enough_voxels():
    """Along the body's axes it holds 295 voxels here; of few thick ones, one more decides."""
    islands = tuple(((*sideways, 5.4), 5.0, 500.0) for sideways in ((10.0, -8.0), (-10.0, 8.0)))
    crop, model = analytic((0.8, 0.8, 1.0), islands=islands)
    found = measure_vertebra(crop, replace(SETTINGS, max_excluded_fraction=0.15, min_voxels=300))
    upper = found.rois[0]
    assert "went_round_island_upper" in found.flags
    assert upper.statistics.hu == pytest.approx(120, abs=2)
    turn_deg = np.rad2deg(np.arccos(upper.axes_lps[:, 0] @ model.body_axes_lps()[:, 0]))
    assert turn_deg == pytest.approx(30, abs=1)
    outline = (upper.polygon_lps_mm - model.center_lps_mm) @ model.body_axes_lps()
    for centre, radius_mm, _ in islands:
        assert np.linalg.norm(outline - centre, axis=1).min() > radius_mm


def test_too_few_voxels_are_a_fault(crop):
    with pytest.raises(DataFault, match=r"holds \d+ voxels; it needs at least 5000"):
        measure_vertebra(crop, replace(SETTINGS, min_voxels=5000))


def test_padding_in_a_region_is_a_fault(crop):
    def pad(values, lps, _):
        values[ball(lps, 4.0)] = -2000

    with pytest.raises(DataFault, match="padding, gas or air"):
        measure_vertebra(with_hu(crop, pad), SETTINGS)


def test_metal_in_a_region_is_flagged(crop):
    def screw(values, lps, _):
        values[ball(lps, 2.5)] = 3000

    flags = measure_vertebra(with_hu(crop, screw), SETTINGS).flags
    assert "metal_middle: 3000 HU (limit 2000)" in flags


def test_noise_beyond_use_is_flagged():
    crop, _ = analytic((1.0, 1.0, 5.0), noise_sd_hu=150.0)
    assert any(flag.startswith("high_sd_") for flag in measure_vertebra(crop, SETTINGS).flags)


def test_a_body_too_low_for_its_slices_is_a_fault():
    crop, _ = analytic((1.0, 1.0, 5.0), height_mm=17.0)
    with pytest.raises(DataFault, match="leaves no place"):
        measure_vertebra(crop, SETTINGS)


def test_a_crushed_body_of_thin_slices_is_measured():
    crop, _ = analytic((0.8, 0.8, 0.8), height_mm=15.0)
    found = measure_vertebra(crop, SETTINGS)
    assert "planes_moved" in found.flags
    assert [roi.statistics.hu for roi in found.rois] == pytest.approx([120] * 3, abs=2)


def test_a_body_cut_by_the_image_is_a_fault(crop):
    half = crop.ct.array.shape[2] // 2
    cut = VertebraCrop(
        "L3",
        Volume(crop.ct.array[:, :, :half], crop.ct.affine_lps),
        crop.mask[:, :, :half],
    )
    with pytest.raises(DataFault, match="image ends within the vertebral body"):
        measure_vertebra(cut, SETTINGS)


def test_two_vertebrae_under_one_number_are_a_fault(crop):
    shift = round(34 / crop.ct.spacing_mm[2])
    tall = np.pad(crop.mask, ((0, 0), (0, 0), (0, shift)))
    merged = tall | np.roll(tall, shift, axis=2)
    values = np.pad(crop.ct.array, ((0, 0), (0, 0), (0, shift)), mode="edge")
    with pytest.raises(DataFault, match=r"parts of like size|height of"):
        measure_vertebra(VertebraCrop("L3", Volume(values, crop.ct.affine_lps), merged), SETTINGS)


def test_a_label_of_the_arch_alone_is_a_fault(crop):
    lps = crop.ct.to_lps(np.moveaxis(np.indices(crop.mask.shape), 0, -1).astype(float))
    arch = replace(crop, mask=crop.mask & (lps[..., 1] > 20))
    with pytest.raises(DataFault):
        measure_vertebra(arch, SETTINGS)


def test_a_crop_survives_its_file(tmp_path, crop):
    flagged = replace(crop, flags=("lumbar_count_6",))
    save_crop(tmp_path / "L3.npz", flagged)
    loaded = load_crop(tmp_path / "L3.npz")
    assert loaded.flags == ("lumbar_count_6",)
    assert np.array_equal(loaded.mask, crop.mask)
    assert np.array_equal(loaded.ct.array, crop.ct.array)
    assert measure_vertebra(loaded, SETTINGS).hu == measure_vertebra(crop, SETTINGS).hu
    assert "lumbar_count_6" in measure_vertebra(loaded, SETTINGS).flags


def test_a_fault_survives_its_file(tmp_path):
    save_crop(tmp_path / "L3.npz", "L3 (label 29) is absent from the label map.")
    with pytest.raises(DataFault, match="absent from the label map"):
        load_crop(tmp_path / "L3.npz")


def test_automatic_regions_handed_back_give_the_same_hu(crop):
    found = measure_vertebra(crop, SETTINGS)
    outlines = {roi.plane: ellipse_polygon(roi, 32) for roi in found.rois}
    again = measure_reader_vertebra(crop.ct, "L3", outlines, "2", SETTINGS)
    assert again.method == "ellipse3.reader"
    assert again.hu == pytest.approx(found.hu, abs=2.0)
    for first, second in zip(found.rois, again.rois, strict=True):
        assert second.area_mm2 == pytest.approx(first.area_mm2, rel=0.02)
        assert sorted(second.semi_axes_mm) == pytest.approx(sorted(first.semi_axes_mm), rel=0.02)
        assert np.abs(second.center_lps_mm - first.center_lps_mm).max() < 0.1


@pytest.mark.parametrize("turned", [0, 1, 2])
def test_a_readers_region_is_measured_as_drawn(turned):
    rng = np.random.default_rng(4)
    values = rng.normal(100, 20, (30, 30, 30))
    ct = Volume(values, np.eye(4))
    square = np.array([[5.5, 5.5, 10], [15.5, 5.5, 10], [15.5, 20.5, 10], [5.5, 20.5, 10.0]])
    corners = np.roll(square, turned, axis=1)
    part = [slice(6, 16), slice(6, 21), slice(10, 11)]
    expected = values[tuple(part[(axis - turned) % 3] for axis in range(3))]
    roi = measure_polygon(ct, "upper", corners)
    assert roi.area_mm2 == pytest.approx(150)
    assert roi.statistics.hu == pytest.approx(expected.mean(), abs=1.5)
    assert roi.statistics.excluded_fraction == 0


def test_readers_regions_that_cannot_be_measured_are_faults(crop):
    found = measure_vertebra(crop, SETTINGS)
    outlines = {roi.plane: ellipse_polygon(roi) for roi in found.rois}
    lacking = {name: outlines[name] for name in ("upper", "lower")}
    with pytest.raises(DataFault, match="lack the middle plane"):
        measure_reader_vertebra(crop.ct, "L3", lacking, "1", SETTINGS)
    bent = outlines["upper"].copy()
    bent[::4] += 5 * found.rois[0].axes_lps[:, 2]
    with pytest.raises(DataFault, match="not planar"):
        measure_polygon(crop.ct, "upper", bent)
    with pytest.raises(DataFault, match="outside the CT"):
        measure_polygon(crop.ct, "upper", outlines["upper"] + [0, 0, 200])
    far = outlines["upper"].copy()
    far[0] += 9e3 * found.rois[0].axes_lps[:, 0]  # to sample all of it would fill the memory
    with pytest.raises(DataFault, match="outside the CT"):
        measure_polygon(crop.ct, "upper", far)
    with pytest.raises(DataFault, match="needs three"):
        measure_polygon(crop.ct, "upper", outlines["upper"][:2])
    with pytest.raises(DataFault, match="no region"):
        measure_polygon(crop.ct, "upper", np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0.0]]))
