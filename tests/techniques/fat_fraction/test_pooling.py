"""PDFF of two methods are analysed together only where the study asks for it."""

from __future__ import annotations

import pandas as pd
import pytest

from bonecohort.techniques.fat_fraction.pooling import left_out

ROWS = [
    ("P1", "mr_fat", "pdff", "pdff.vendor_map.v1"),
    ("P2", "mr_fat", "pdff", "pdff.water_fat.v1"),
    ("P2", "mr_fat", "pdff_sd", "pdff.water_fat.v1"),
    ("P2", "mr_fat", "r2star", "r2star.vendor_map.v1"),
    ("P3", "mr_fat", "fat_fraction_signal", "sff.water_fat.v1"),
    ("P3", "CT", "pdff", "of another technique"),
]
FITTED = [
    ("P1", "mr_fat", "r2star", "r2star.vendor_map.v1"),
    ("P2", "mr_fat", "r2star", "r2star.complex.v1"),
    ("P2", "mr_fat", "pdff", "pdff.complex.v1"),
    ("P3", "mr_fat", "pdff", "pdff.water_fat.v1"),
]


@pytest.mark.parametrize(
    ("rows", "pool", "expected"),
    [
        (ROWS, False, [False, True, True, False, False, False]),
        (ROWS, True, [False] * 6),
        (ROWS[1:], False, [False] * 5),  # one method alone, whichever
        (ROWS[3:], False, [False] * 3),
        (FITTED, False, [False, True, False, True]),
        (FITTED[1:], False, [False, False, True]),
        ([], False, []),
    ],
)
def test_one_method_is_analysed_unless_the_study_pools(rows, pool, expected):
    frame = pd.DataFrame(rows, columns=["participant_id", "modality", "measure", "method"])
    frame.index = range(10, 10 + len(rows))
    found = left_out(frame, pool_methods=pool)
    assert list(found) == expected
    assert list(found.index) == list(frame.index)
