"""Which values are analysed together: those of one set of b values."""

from __future__ import annotations

import pandas as pd
import pytest

from bonecohort.techniques.dwi.methods import b_values_of, family_of, method_name
from bonecohort.techniques.dwi.pooling import left_out

WLS, OTHER, VENDOR = "adc.wls.b0-400-800.v1", "adc.wls.b0-1000.v1", "adc.vendor.v1"


def rows(*given):
    columns = ["participant_id", "site", "modality", "measure", "method"]
    return pd.DataFrame(given, columns=columns)


def test_the_method_of_most_vertebrae_is_analysed():
    table = rows(
        ("P1", "L1", "dwi", "adc", OTHER), ("P2", "L1", "dwi", "adc", WLS),
        ("P3", "L1", "dwi", "adc", WLS), ("P4", "L1", "dwi", "adc", VENDOR),
        ("P1", "L1", "dwi", "ivim_f", "ivim.segmented_nlls.b0-1-2.v1"),
        ("P1", "L1", "mr_fat", "pdff", "pdff.vendor_map.v1"),
    )  # fmt: skip
    assert left_out(table, pool_methods=False).tolist() == [True, False, False, True, False, False]
    assert not left_out(table, pool_methods=True).any()


def test_of_as_many_a_fit_goes_before_a_map():
    table = rows(("P1", "L1", "dwi", "adc", VENDOR), ("P1", "L1", "dwi", "adc", WLS))
    assert left_out(table, pool_methods=False).tolist() == [True, False]


def test_a_table_without_diffusion_is_left_alone():
    table = rows(("P1", "L1", "mr_fat", "pdff", "pdff.vendor_map.v1"))
    assert left_out(table, pool_methods=False).tolist() == [False]


@pytest.mark.parametrize(
    ("family", "b_values", "name"),
    [
        ("adc.wls", (800.0, 0.0, 400.4), "adc.wls.b0-400-800.v1"),
        ("adc.vendor", (), "adc.vendor.v1"),
        ("ivim.segmented_nlls", (0, 10, 500), "ivim.segmented_nlls.b0-10-500.v1"),
    ],
)
def test_a_method_is_named_by_its_b_values(family, b_values, name):
    assert method_name(family, b_values) == name
    assert family_of(name) == family
    assert b_values_of(name) == tuple(sorted(round(one) for one in b_values))
