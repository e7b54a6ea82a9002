"""One value of each measure of a site, and means over sites, whatever technique they are of."""

from __future__ import annotations

import pandas as pd
import pytest

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.dictionaries import data_dictionary
from bonecohort.cohort.site_values import analysed_values, site_means
from bonecohort.cohort.tables import cohort_tables, measurements_table
from bonecohort.measures.measurement import Measurement
from bonecohort.study.settings import Settings
from bonecohort.study.study import load_study
from bonecohort.techniques.declare import SiteMean

PDFF = "pdff.vendor_map.v1"
MEAN = SiteMean("mr_fat_pdff", "pdff", ("L1", "L2", "L3", "L4"), least=3)


def fat(site, value, measure="pdff", method=PDFF, reader="auto"):
    return Measurement(site, "mr_fat", measure, value, "%", method, reader)


def means(*rows):
    return [
        (row.site, row.value, row.method, row.reader) for row in site_means(rows, "mr_fat", MEAN)
    ]


def test_the_mean_is_that_of_the_sites_that_are_there():
    assert means(fat("L1", 30.0), fat("L2", 40.0), fat("L4", 53.0), fat("L5", 99.0)) == [
        ("L1-L4", pytest.approx(41.0), PDFF, "auto")
    ]


def test_too_few_sites_have_no_mean():
    assert means(fat("L1", 30.0), fat("L2", 40.0), fat("L3", None)) == []


def test_methods_and_readers_have_means_of_their_own():
    other = [fat(f"L{n}", 10.0 * n, method="pdff.water_fat.v1") for n in (1, 2, 3)]
    first = [fat(f"L{n}", 30.0, reader="A") for n in (1, 2, 3)]
    assert means(*other, *first) == [
        ("L1-L4", pytest.approx(20.0), "pdff.water_fat.v1", "auto"),
        ("L1-L4", pytest.approx(30.0), PDFF, "A"),
    ]


@pytest.fixture
def study(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/participants.tsv").write_text("participant_id\nP2\nP1\nP3\n")
    (tmp_path / "config/series.tsv").write_text(
        "participant_id\tkind\tpath\nP1\tfat_fraction\tff\nP1\tmr_vertebrae\tv.nii.gz\n"
        "P2\thu_table\thu.csv\nP3\thu_table\thu.csv\n"
    )
    return load_study(tmp_path)


@pytest.fixture
def collected():
    """Two techniques that both measure a ``bmd``; a mean over sites; two readers."""
    found = Collected()
    found.add("P1", [fat(f"L{n}", 30.0 + n) for n in (1, 2, 3, 4)])
    for modality, value in (("dxa", 0.9), ("qct", 120.0)):
        found.add("P1", [Measurement("L1", modality, "bmd", value, "", "m", "")])
    hu = {"A": 100.0, "B": 110.0, "mean": 105.0}
    found.add("P2", [Measurement("L1", "CT", "hu", hu[who], "HU", "m", who) for who in hu])
    return found


def test_measures_of_one_name_live_side_by_side(study, collected):
    sites = cohort_tables(study, collected)["sites"].set_index(["participant_id", "site"])
    assert (sites.dxa_bmd["P1", "L1"], sites.qct_bmd["P1", "L1"]) == (0.9, 120.0)
    assert sites.ct_hu["P2", "L1"] == 105.0  # the mean of the readers
    assert sites.mr_fat_pdff["P1", "L1-L4"] == pytest.approx(32.5)
    assert list(sites.index.unique("participant_id")) == ["P2", "P1"]


def test_a_participants_means_are_variables(study, collected):
    tables = cohort_tables(study, collected)
    own = tables["participants"].set_index("participant_id")
    assert own.mr_fat_pdff["P1"] == pytest.approx(32.5)
    assert own.mr_fat_pdff_L3["P1"] == pytest.approx(33.0)
    assert pd.isna(own.mr_fat_pdff["P2"])
    means_rows = tables["measurements"].query("site == 'L1-L4'")
    assert list(means_rows.value) == [pytest.approx(32.5)]
    assert data_dictionary("participants", own.reset_index().columns, study)["mr_fat_pdff"] == {
        "description": "PDFF of mean of L1-L4, at least 3 measured",
        "unit": "%",
    }


def test_a_technique_that_nobody_has_files_of_has_no_variables(study, collected):
    rows = tuple(row for row in study.series if row.participant_id != "P1")
    table = cohort_tables(type(study)(study.settings, study.participants, rows, (), ()), collected)
    assert not [name for name in table["participants"].columns if name.startswith("mr_fat")]


def test_of_several_methods_of_a_site_one_is_analysed(study):
    found = Collected()
    found.add("P1", [fat("L1", 50.0, "fat_fraction_signal", "a"),
                     fat("L1", 40.0, "fat_fraction_signal", "b")])  # fmt: skip
    values = analysed_values(measurements_table(found), Settings())
    assert values["mr_fat", "fat_fraction_signal"]["P1", "L1"] == 50.0
