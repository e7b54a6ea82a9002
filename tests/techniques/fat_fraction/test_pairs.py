"""Fat fractions of water and fat images: when they are PDFF, and when two sources are compared."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.values import RegionValues
from bonecohort.techniques.fat_fraction.facts import ImageFacts
from bonecohort.techniques.fat_fraction.methods import R2STAR_MAP
from bonecohort.techniques.fat_fraction.pairs import fat_fraction, is_pdff
from bonecohort.techniques.fat_fraction.rows import fat_fraction_rows, r2star_rows
from bonecohort.techniques.fat_fraction.settings import MrFatSettings
from bonecohort.techniques.fat_fraction.sources import (
    SIGNAL,
    WATER_FAT,
    Image,
    from_map,
    from_pair,
    taken,
)
from tests.techniques.fat_fraction.conftest import PDFF
from tests.techniques.fat_fraction.test_maps import converted

SETTINGS = MrFatSettings()
QUANTITATIVE = ImageFacts(quantitative=True, flip_angle_deg=4.0)


def pair(spine, facts=QUANTITATIVE, scale=1.0):
    water = Volume(spine.water.array * scale, spine.water.affine_lps)
    return Image(water, facts), Image(spine.fat, facts)


def test_a_voxel_s_fat_fraction_is_clipped_nowhere():
    affine = np.eye(4)
    water = Volume(np.array([[[60.0, -5.0, 0.0, 3.0]]]), affine)
    fat = Volume(np.array([[[40.0, 105.0, 0.0, -5.0]]]), affine)
    found = fat_fraction(water, fat).array[0, 0]
    assert found[:2] == pytest.approx([40.0, 105.0])
    assert np.isnan(found[2:]).all()


def test_a_pair_gives_the_true_fat_fractions(spine):
    measured = from_pair(*pair(spine), spine.bodies, SETTINGS)
    assert measured.method == WATER_FAT
    assert {level: one.values.mean for level, one in measured.outcomes.items()} == pytest.approx(
        PDFF, abs=0.3
    )


def test_the_mean_is_of_ratios_not_the_ratio_of_means(spine):
    """Where signals differ the two differ: signal tenfold in the fatter half of L3's voxels."""
    region = spine.label("L3")
    fat_half = region & (np.arange(region.shape[2]) < region.shape[2] // 2)
    water, fat = (image.array.copy() for image in (spine.water, spine.fat))
    total = water + fat
    fat[fat_half], water[fat_half] = 6.0 * total[fat_half], 4.0 * total[fat_half]
    affine = spine.water.affine_lps
    images = (Image(Volume(water, affine), QUANTITATIVE), Image(Volume(fat, affine), QUANTITATIVE))
    outcome = from_pair(*images, spine.bodies, SETTINGS).outcomes["L3"]
    halves = 60.0, PDFF["L3"]
    values = outcome.values.values
    shares = [(values > 56).mean(), (values <= 56).mean()]
    assert outcome.values.mean == pytest.approx(np.dot(shares, halves), abs=0.3)


def test_exchanged_images_are_refused(spine):
    water, fat = pair(spine)
    with pytest.raises(DataFault, match="Water and fat are exchanged"):
        from_pair(fat, water, spine.bodies, SETTINGS)


def test_images_of_two_grids_are_refused(spine):
    water, fat = pair(spine)
    moved = spine.fat.affine_lps.copy()
    moved[2, 3] += 1.5
    with pytest.raises(DataFault, match=r"affines differ by up to 1\.500 mm"):
        from_pair(water, Image(Volume(spine.fat.array, moved), fat.facts), spine.bodies, SETTINGS)
    smaller = Volume(spine.fat.array[1:], spine.fat.affine_lps)
    with pytest.raises(DataFault, match="80 × 116 × 9 voxels, the fat image 79 × 116 × 9"):
        from_pair(water, Image(smaller, fat.facts), spine.bodies, SETTINGS)


@pytest.mark.parametrize(
    ("quantitative", "angle", "declared", "expected"),
    [
        (True, 4.0, False, True),
        (True, 5.0, False, True),
        (True, 5.1, False, False),
        (True, None, False, False),
        (False, 4.0, False, False),
        (False, 4.0, True, True),
        (False, 12.0, True, False),
    ],
)
def test_a_pair_is_pdff_only_when_shown_to_be(quantitative, angle, declared, expected):
    facts = ImageFacts(quantitative=quantitative, flip_angle_deg=angle)
    assert is_pdff(facts, facts, declared_quantitative=declared) is expected
    if quantitative and not declared:
        assert not is_pdff(facts, ImageFacts(flip_angle_deg=angle), declared_quantitative=False)


def test_a_two_point_pair_is_no_pdff(spine):
    measured = from_pair(*pair(spine, ImageFacts(flip_angle_deg=10.0)), spine.bodies, SETTINGS)
    assert measured.method == SIGNAL
    rows = fat_fraction_rows("L1", measured.outcomes["L1"].values, measured.method)
    assert [(row.measure, row.unit, row.method) for row in rows] == [
        ("fat_fraction_signal", "%", "sff.water_fat.v1")
    ]


def spoiled_signal(density, t1_ms, flip_deg, tr_ms):
    """Return the steady state of a spoiled gradient echo (Ernst and Anderson 1966)."""
    e1, flip = np.exp(-tr_ms / t1_ms), np.deg2rad(flip_deg)
    return density * np.sin(flip) * (1 - e1) / (1 - np.cos(flip) * e1)


@pytest.mark.parametrize(("flip_deg", "least_bias", "most_bias"), [(3, 0, 3), (11, 12, 18)])
def test_why_a_large_flip_angle_is_no_pdff(flip_deg, least_bias, most_bias):
    """T1 of 900 ms (water) and 300 ms (fat), TR 9 ms: 40% shows as 55% at 11°."""
    water, fat = (
        np.full((1, 1, 1), spoiled_signal(density, t1, flip_deg, 9))
        for density, t1 in ((0.6, 900), (0.4, 300))
    )
    bias = fat_fraction(Volume(water, np.eye(4)), Volume(fat, np.eye(4))).array.item() - 40
    assert least_bias < bias < most_bias


def test_signals_of_philips_are_brought_to_one_scale(spine, tmp_path):
    """Files of displayed values, with a RescaleSlope and a Scale Slope of each."""
    slopes = {"water": (1.7, 0.02), "fat": (0.4, 0.09)}
    images = []
    for name, (rescale, scale) in slopes.items():
        signal = getattr(spine, name)
        shown = Volume(signal.array * rescale * scale, signal.affine_lps)
        write_nifti(tmp_path / f"{name}.nii.gz", shown)
        sidecar = {
            "Modality": "MR",
            "ImageType": ["ORIGINAL", "PRIMARY", name[0].upper()],
            "UsePhilipsFloatNotDisplayScaling": 0,
            "PhilipsRescaleSlope": rescale,
            "PhilipsScaleSlope": scale,
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(sidecar))
        images.append(converted(tmp_path / f"{name}.nii.gz", f"{name}_image"))
    outcome = from_pair(*images, spine.bodies, SETTINGS).outcomes["L2"]
    assert outcome.values.mean == pytest.approx(PDFF["L2"], abs=0.3)


def test_of_two_sources_the_map_is_kept_and_a_difference_flagged(spine):
    percent = spine.percent.array.copy()
    percent[spine.label("L4")] += 4
    vendor_map = spine.with_percent(percent).image()
    alone = from_map(vendor_map, spine.bodies, SETTINGS)
    both = taken(
        [
            lambda: from_map(vendor_map, spine.bodies, SETTINGS),
            lambda: from_pair(*pair(spine), spine.bodies, SETTINGS),
        ],
        SETTINGS,
    )
    assert both.method == alone.method
    assert both.outcomes["L4"].values.mean == alone.outcomes["L4"].values.mean
    assert both.outcomes["L4"].flags == ("two_sources_differ: -4.0 percentage points (limit 3)",)
    assert both.outcomes["L3"].flags == ()


def test_a_map_that_cannot_be_used_leaves_the_pair(spine):
    mirrored = spine.with_percent(100 - spine.percent.array).image()
    measured = taken(
        [
            lambda: from_map(mirrored, spine.bodies, SETTINGS),
            lambda: from_pair(*pair(spine), spine.bodies, SETTINGS),
        ],
        SETTINGS,
    )
    assert measured.method == WATER_FAT
    assert measured.outcomes["L1"].flags[0].startswith("source_not_used: Water and fat are exch")


def test_without_any_source_there_is_a_reason(spine):
    with pytest.raises(DataFault, match="No image of the fat fraction"):
        taken([], SETTINGS)


def test_rows_of_a_body():
    values = RegionValues(np.array([40.0, 50.0, 52.0, 58.0]), 1.2, 0.0)
    rows = fat_fraction_rows("L2", values, WATER_FAT)
    assert [(row.site, row.modality, row.measure, row.value, row.reader) for row in rows] == [
        ("L2", "mr_fat", "pdff", 50.0, "auto"),
        ("L2", "mr_fat", "pdff_median", 51.0, "auto"),
        ("L2", "mr_fat", "pdff_sd", pytest.approx(56**0.5), "auto"),
    ]
    found = {
        row.measure: (row.value, row.unit, row.method)
        for row in r2star_rows("L2", values, R2STAR_MAP)
    }
    assert found == {
        "r2star": (50.0, "1/s", "r2star.vendor_map.v1"),
        "t2star": (20.0, "ms", "r2star.vendor_map.v1"),
    }
