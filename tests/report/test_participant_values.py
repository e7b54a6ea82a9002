"""A participant's page has the values of every technique, side by side, and no empty table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bonecohort.report.page.participant_values import (
    OfParticipant,
    declared_values,
    values_by_site,
)
from bonecohort.study.summary import printed_counts
from bonecohort.techniques.fat_fraction.technique import TECHNIQUE
from bonecohort.techniques.registry import counts

from .reports import read_inputs

if TYPE_CHECKING:
    from bonecohort.report.results.inputs import ReportInputs

LEVELS = ("L1", "L2")


@pytest.fixture
def inputs(tmp_path) -> ReportInputs:
    (tmp_path / "tables").mkdir()
    pd.DataFrame({
        "participant_id": ["P1", "P1", "P2"],
        "site": ["L1", "L2", "L1"],
        "mr_fat_pdff": [41.04, None, None],
        "mr_fat_r2star": [None, 80.0, None],
    }).to_csv(tmp_path / "tables/sites.csv", index=False)  # fmt: skip
    return read_inputs(tmp_path)


def test_declared_measures_are_printed_with_their_units_and_decimals(inputs):
    found = declared_values(inputs, TECHNIQUE)
    assert found.keys() == {"P1"}  # of P2 nothing is known
    assert found["P1"].header == ("PDFF, %", "R2*, 1/s")
    assert found["P1"].values == {"L1": ("41.0", "–"), "L2": ("–", "80")}


def test_techniques_stand_side_by_side_without_empty_columns():
    of_hu = OfParticipant(("HU", "Low HU"), {"L1": ("99.0", "–"), "L2": ("–", "–")})
    of_fat = OfParticipant(("PDFF, %",), {"L2": ("41.0",)})
    table = values_by_site([of_hu, of_fat], LEVELS)
    assert table is not None
    assert (table.title, table.header) == ("Values by level", ("Level", "HU", "PDFF, %"))
    assert table.rows == (("L1", "99.0", "–"), ("L2", "–", "41.0"))


def test_other_sites_have_rows_of_their_own():
    of_bone = OfParticipant(("Stiffness, N/mm",), {"radius": ("812",)})
    alone = values_by_site([of_bone], LEVELS)
    assert alone is not None
    assert (alone.title, alone.header) == ("Values by site", ("Site", "Stiffness, N/mm"))
    assert alone.rows == (("radius", "812"),)
    of_hu = OfParticipant(("HU",), {"L1": ("99.0",)})
    both = values_by_site([of_hu, of_bone], LEVELS)
    assert both is not None
    assert both.rows == (("L1", "99.0", "–"), ("L2", "–", "–"), ("radius", "–", "812"))


def test_without_any_value_there_is_no_table():
    assert values_by_site([], LEVELS) is None
    assert values_by_site([OfParticipant(("HU",), {"L1": ("–",)})], LEVELS) is None


def test_what_is_counted_is_reported_of_techniques_that_found_something():
    numbers = {"vertebrae_measured_hu": 0, "vertebrae_read_endplates": 4, "defect_vertebrae": 0}
    told = {count.name for count in printed_counts(numbers, of_all=False)}
    assert "vertebrae_measured_hu" not in told
    assert {"vertebrae_read_endplates", "defect_vertebrae"} <= told
    everything = [count for own in counts() for count in own]
    assert printed_counts(numbers, of_all=True) == everything
    assert printed_counts({}, of_all=False) == []
