"""Positions written with few decimals: the grid they were rounded from is the grid."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.images.geometry import is_rounded_grid
from bonecohort.images.volume import Volume
from tests.images.expect import refused
from tests.images.kinds import convert_series
from tests.images.writer import INTERCEPT, SAGITTAL, ct_series, same_in_world, t2_series


def rounded(series, decimals=1):
    for dataset in series.datasets:
        dataset.ImagePositionPatient = [
            float(f"{value:.{decimals}f}") for value in dataset.ImagePositionPatient
        ]
    return series


def thin(spacing_mm=0.625, n=40, start=100.3, **changes):
    spacing = (0.75, 0.5, spacing_mm)
    return ct_series(n, spacing_mm=spacing, origin_mm=(-40.0, -60.0, start), **changes)


@pytest.mark.parametrize("spacing_mm", [0.4, 0.625, 0.75, 1.25, 1 / 3])
@pytest.mark.parametrize("start", [100.3, -400.06, 0.04])
def test_positions_rounded_to_a_tenth_are_a_whole_stack(tmp_path, spacing_mm, start):
    series = rounded(thin(spacing_mm, start=start))
    converted = convert_series(series.write(tmp_path), "ct")
    assert same_in_world(converted.volume, series.truth, tolerance_mm=0.1).max() == 0
    found = float(converted.volume.spacing_mm[2])
    assert found == pytest.approx(spacing_mm, abs=0.1 / 39)


def test_positions_of_a_sagittal_stack_may_be_rounded_too(tmp_path):
    series = rounded(t2_series(n=30, spacing_mm=(0.6, 0.6, 0.65), orientation=SAGITTAL))
    converted = convert_series(series.write(tmp_path), "t2_sagittal")
    truth = Volume(series.truth.array - INTERCEPT, series.affine_lps)
    assert same_in_world(converted.volume, truth, tolerance_mm=0.1).max() == 0


def test_that_they_are_rounded_is_noted(tmp_path):
    notes = convert_series(rounded(thin()).write(tmp_path), "ct").sidecar["Notes"]
    assert any("rounded: steps from 0.600 to 0.700 mm" in note for note in notes)


@pytest.mark.parametrize(("lost", "told"), [([17], "1 slice is"), ([9, 10], "2 slices are")])
def test_a_slice_lost_among_rounded_positions_is_missed(tmp_path, lost, told):
    series = rounded(thin())
    series.datasets = [one for index, one in enumerate(series.datasets) if index not in lost]
    assert f"{told} missing: with a spacing of 0.62" in refused(series.write(tmp_path))


@pytest.mark.parametrize("decimals", [1, 6])
def test_a_slice_off_the_grid_by_more_than_rounding_is_refused(tmp_path, decimals):
    series = rounded(thin(), decimals)
    x, y, z = series.datasets[20].ImagePositionPatient
    series.datasets[20].ImagePositionPatient = [x, y, z + 0.2]
    assert "Uneven slice spacing" in refused(series.write(tmp_path))


@pytest.mark.parametrize("unevenness", [0.1, 0.04])
def test_uneven_positions_written_finely_are_no_rounded_ones(tmp_path, unevenness):
    """The same steps of 0.6 and 0.7 mm, in an order that no rounding gives."""
    series = thin(n=20)
    for index, dataset in enumerate(series.datasets):
        x, y, _ = dataset.ImagePositionPatient
        height = 100 + 0.625 * index + (unevenness if index < 10 else 0.0)
        dataset.ImagePositionPatient = [x, y, float(f"{height:.3f}")]
    assert "Uneven slice spacing" in refused(series.write(tmp_path))


def test_a_rounded_grid_is_known_by_all_its_pairs():
    rng = np.random.default_rng(5)
    for _ in range(200):
        spacing, start = rng.uniform(0.2, 3), rng.uniform(-500, 500)
        even = start + spacing * np.arange(rng.integers(3, 60))
        assert is_rounded_grid(np.round(even, 1), 0.1)
        shifted = np.round(even, 1)
        shifted[len(even) // 2] += 0.21
        assert not is_rounded_grid(shifted, 0.1)
