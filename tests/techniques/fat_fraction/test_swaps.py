"""Exchanged water and fat: whole vertebrae by their neighbours, parts by Otsu's classes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from bonecohort.techniques.fat_fraction.swaps import (
    is_partly_swapped,
    otsu_classes,
    swapped_levels,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of SimpleITK's types
    import SimpleITK


@pytest.mark.parametrize(
    ("values", "swapped"),
    [
        ({"L1": 35, "L2": 41, "L3": 48, "L4": 53, "L5": 57}, []),
        ({"L1": 28, "L2": 30, "L3": 68, "L4": 33, "L5": 35}, ["L3"]),
        ({"L1": 72, "L2": 30, "L3": 32, "L4": 33, "L5": 35}, ["L1"]),
        ({"L1": 28, "L2": 70, "L3": 68, "L4": 33, "L5": 35}, ["L2", "L3"]),
        ({"L1": 72, "L2": 70, "L3": 32, "L4": 33, "L5": 35}, ["L1", "L2"]),
        ({"L1": 20, "L2": 80}, ["L1", "L2"]),  # nobody knows which
        ({"L3": 20}, []),
        ({"L1": 40, "L2": 44, "L3": 58, "L4": 46, "L5": 47}, []),  # near 50% nothing shows
        ({"L1": 30, "L2": 31, "L3": 95, "L4": 33, "L5": 35}, []),  # far, but no mirror image
    ],
)
def test_a_swapped_vertebra_is_known_by_its_neighbours(values, swapped):
    assert sorted(swapped_levels(values)) == swapped


def test_classes_are_those_of_another_program():
    rng = np.random.default_rng(4)
    values = np.concatenate([rng.normal(30, 4, 300), rng.normal(70, 5, 200)])
    lower, upper = otsu_classes(values)
    otsu = SimpleITK.OtsuThresholdImageFilter()
    otsu.SetNumberOfHistogramBins(4096)
    otsu.Execute(SimpleITK.GetImageFromArray(values.reshape(1, -1)))
    assert lower.max() <= otsu.GetThreshold() + 0.1
    assert upper.min() >= otsu.GetThreshold() - 0.1
    assert (len(lower), len(upper)) == (300, 200)


@pytest.mark.parametrize(
    ("low", "high", "share", "expected"),
    [
        (25, 75, 0.5, True),
        (25, 75, 0.16, True),
        (25, 75, 0.14, False),  # too few of one kind
        (32, 70, 0.5, False),  # too near to each other
        (5, 55, 0.5, False),  # mirrored about 30%
        (45, 95, 0.5, False),
    ],
)
def test_part_of_a_vertebra_is_known_by_two_mirrored_kinds(low, high, share, expected):
    rng = np.random.default_rng(5)
    upper = round(1000 * share)
    values = np.concatenate([np.full(1000 - upper, low), np.full(upper, high)])
    assert is_partly_swapped(values + rng.normal(0, 0.1, 1000)) is expected
