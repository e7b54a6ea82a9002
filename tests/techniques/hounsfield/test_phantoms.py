"""Automatic regions against known truth: error of every plane's mean, with and without noise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bonecohort.measures.vertebra.body import find_body
from bonecohort.techniques.hounsfield.measure import measure_vertebra
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings
from tests.techniques.hounsfield.phantoms import ISLANDS, Painted, analytic, errors_hu

NOISE_FREE_HU = 2.0
MEAN_NOISY_HU = 1.0
SPACINGS_MM = ((0.7, 0.7, 0.6), (1.0, 1.0, 1.0), (0.8, 0.8, 2.5), (0.9, 0.9, 5.0))
TILTS_DEG = ((0, 0), (-10, 0), (8, 15), (20, 5), (35, 0), (35, 15))
FEW_SPACINGS_MM = ((0.7, 0.7, 0.6), (1.0, 1.0, 3.0), (0.9, 0.9, 5.0))
FEW_TILTS_DEG = ((0, 0), (20, 7), (35, 15))
LABELS = ("plain", "ragged", "blocky", "large", "small")


def settings_for(islands):
    """Islands in 5 mm slices fill much of a plane; how much is allowed is another test's."""
    return HounsfieldSettings(max_excluded_fraction=0.4 if islands else 0.25)


@pytest.mark.parametrize("islands", [(), ISLANDS], ids=["", "islands"])
@pytest.mark.parametrize("tilts", FEW_TILTS_DEG)
@pytest.mark.parametrize("spacing_mm", FEW_SPACINGS_MM)
def test_noise_free_planes_are_within_2_hu(spacing_mm, tilts, islands):
    check_analytic(spacing_mm, tilts, islands, 120.0)


@pytest.mark.long
@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
def test_noise_free_planes_are_within_2_hu_over_the_full_matrix(spacing_mm):
    for tilts, islands, hu in itertools.product(TILTS_DEG, [(), ISLANDS], (45.0, 120.0, 210.0)):
        check_analytic(spacing_mm, tilts, islands, hu)


def check_analytic(spacing_mm, tilts, islands, hu):
    crop, _ = analytic(
        spacing_mm,
        sagittal_tilt_deg=tilts[0],
        coronal_tilt_deg=tilts[1],
        islands=islands,
        trabecular_hu=hu,
    )
    errors = errors_hu(crop, hu, settings_for(islands))
    assert np.abs(errors).max() <= NOISE_FREE_HU, (tilts, hu, errors)


@pytest.mark.parametrize("spacing_mm", [(0.7, 0.7, 0.6), (0.8, 0.8, 2.5), (0.9, 0.9, 5.0)])
def test_noise_does_not_shift_the_mean(spacing_mm):
    mean_noisy_error(spacing_mm, repeats=8)


@pytest.mark.long
@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
def test_noise_does_not_shift_the_mean_of_many(spacing_mm):
    mean_noisy_error(spacing_mm, repeats=36)


def mean_noisy_error(spacing_mm, repeats):
    errors = []
    for seed in range(repeats):
        islands = ISLANDS if seed % 2 else ()
        hu = (60.0, 120.0, 180.0)[seed % 3]
        crop, _ = analytic(
            spacing_mm,
            noise_sd_hu=30.0,
            seed=seed,
            sagittal_tilt_deg=(0, 10, 20, 35)[seed % 4],
            coronal_tilt_deg=(0, 7, 15)[seed % 3],
            islands=islands,
            trabecular_hu=hu,
        )
        errors.append(errors_hu(crop, hu, settings_for(islands)))
    assert abs(np.mean(errors)) <= MEAN_NOISY_HU, np.mean(errors, axis=0)


@pytest.mark.parametrize(
    ("label", "arch", "vein", "islands"),
    [
        ("plain", True, "dark", ISLANDS),
        ("plain", False, "walled", ()),
        ("ragged", True, "walled", ISLANDS),
        ("ragged", False, "dark", ()),
        ("blocky", True, "dark", ()),
        ("large", True, "walled", ISLANDS),
        ("small", False, "dark", ()),
    ],
)
def test_a_differently_built_phantom_is_within_2_hu(label, arch, vein, islands):
    look = {"label": label, "arch": arch, "vein": vein, "islands": islands}
    check_painted(Painted((0.8, 0.8, 1.25), 15, 5, **look))


@pytest.mark.long
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("spacing_mm", SPACINGS_MM)
def test_a_differently_built_phantom_is_within_2_hu_over_the_full_matrix(spacing_mm, label):
    if label == "small" and spacing_mm[2] == 5.0:
        pytest.skip("a label one 5 mm slice too small at both ends leaves no room, rightly")
    ways = itertools.product([(0, 0), (35, 15)], [True, False], ["dark", "walled"], [(), ISLANDS])
    for tilts, arch, vein, islands in ways:
        look = {"label": label, "arch": arch, "vein": vein, "islands": islands}
        check_painted(Painted(spacing_mm, *tilts, **look))


def check_painted(painted):
    errors = errors_hu(painted.paint(), painted.trabecular_hu, settings_for(painted.islands))
    assert np.abs(errors).max() <= NOISE_FREE_HU, (painted, errors)


@pytest.mark.parametrize("tilts", [(0, 0), (-10, 15), (35, 15)])
def test_the_axes_and_height_of_the_body_are_found(tilts):
    crop, model = analytic((0.8, 0.8, 1.5), sagittal_tilt_deg=tilts[0], coronal_tilt_deg=tilts[1])
    body = find_body(crop.mask, crop.ct.affine_lps)
    cosines = (body.axes_lps * model.body_axes_lps()).sum(axis=0)
    assert np.rad2deg(np.arccos(np.clip(cosines, -1, 1))).max() < 2.0
    assert body.height_mm == pytest.approx(model.height_mm, abs=1.5), "within a slice"
    assert np.abs(body.origin_lps_mm - model.center_lps_mm).max() < 1.0


def test_the_ellipse_keeps_its_distances():
    crop, model = analytic((0.8, 0.8, 1.0), sagittal_tilt_deg=20.0)
    settings = HounsfieldSettings()
    found = measure_vertebra(crop, settings)
    to_body = model.body_axes_lps()
    for roi in found.rois:
        x, y, z = ((roi.polygon_lps_mm - model.center_lps_mm) @ to_body).T
        assert np.abs(z).max() <= model.height_mm / 2 - settings.margin_mm - 1.0
        # Inside the ellipse that is half a millimetre larger than the margin allows, at least.
        across, along = (size / 2 - settings.margin_mm + 0.5 for size in (45.0, 34.0))
        assert ((x / across) ** 2 + (y / along) ** 2).max() <= 1.0
        assert roi.cortex_distance_mm >= settings.margin_mm - 0.5
    middle = found.rois[1]
    y = ((middle.polygon_lps_mm - model.center_lps_mm) @ to_body)[:, 1]
    assert y.max() <= model.depth_mm / 2 - model.depth_mm / 3 + 1.0, "clear of the vein's entry"


def test_a_wider_margin_gives_a_smaller_ellipse():
    crop, _ = analytic((0.8, 0.8, 1.5))
    areas = [
        measure_vertebra(crop, HounsfieldSettings(margin_mm=margin)).rois[0].area_mm2
        for margin in (5.0, 7.0)
    ]
    assert areas[0] > areas[1] + 50


def test_planes_measure_their_own_thirds():
    offsets = (60.0, 0.0, -20.0)
    crop, _ = analytic((0.8, 0.8, 1.0), height_mm=31.0, trabecular_offsets_hu=offsets)
    found = measure_vertebra(crop, HounsfieldSettings(planes=(0.25, 0.5, 0.75)))
    assert [roi.plane for roi in found.rois] == ["upper", "middle", "lower"]
    assert [roi.statistics.hu for roi in found.rois] == pytest.approx([180, 120, 100], abs=1)
    assert found.hu == pytest.approx(np.mean([roi.statistics.hu for roi in found.rois]))
    assert "plane_spread: 80.0 HU (limit 25)" in found.flags
