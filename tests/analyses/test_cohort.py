"""The cohort as the analyses read it from its tables."""

from __future__ import annotations

from bonecohort.analyses.cohort import read_cohort
from bonecohort.study.analyses import Analysis
from bonecohort.study.analysis_entries import Table1
from bonecohort.study.settings import Settings

TABLES = {
    "participants": "participant_id,sex,mr_fat_pdff\nA,male,51\nB,female,40\n",
    "vertebrae": "participant_id,level,hu\nA,L1,120\nA,L2,110\nB,L1,150\nB,L2,\n",
    "sites": "participant_id,site,mr_fat_pdff\nA,L1,50\nA,L1-L4,51\nB,L2,40\n",
    "measurements": "participant_id,site,modality,measure,value,reader\n",
}


def test_sites_have_what_every_technique_measured_and_their_participants_variables(tmp_path):
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    cohort = read_cohort(tmp_path, Settings())
    sites = cohort.sites.set_index(["participant_id", "site"])
    assert sorted(sites.index) == [("A", "L1"), ("A", "L2"), ("B", "L1"), ("B", "L2")]
    assert sites.loc[("A", "L1"), "hu"] == 120
    assert sites.loc[("A", "L1"), "mr_fat_pdff"] == 50  # the site's, not the participant's mean
    assert sites.loc[("B", "L2"), "mr_fat_pdff"] == 40
    assert sites.loc[("B", "L2"), "sex"] == "female"


def test_measures_bring_label_unit_decimals_and_direction(tmp_path):
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    cohort = read_cohort(tmp_path, Settings())
    pdff = cohort.variables["mr_fat_pdff"]
    assert (pdff.label, pdff.unit, pdff.direction) == ("PDFF", "%", "higher is worse")
    assert cohort.variables["mr_fat_pdff_L3"].label == "L3 PDFF"
    assert cohort.site_variables["mr_fat_r2star"].unit == "1/s"
    assert cohort.site_variables["site"].levels == ("L1", "L2", "L3", "L4", "L5")


def test_a_variable_that_nobody_has_a_value_of_is_blank_where_an_analysis_names_it(tmp_path):
    tables = TABLES | {"participants": "participant_id,sex\nA,male\nB,female\n"}
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    table1 = Analysis(table1=Table1("sex", ("mr_fat_pdff",)))
    cohort = read_cohort(tmp_path, Settings(analyses=(table1,)))
    assert cohort.participants["mr_fat_pdff"].isna().all()
    assert "mr_fat_r2star" not in cohort.participants


def test_a_value_that_no_single_site_has_is_the_participants(tmp_path):
    tables = TABLES | {"sites": "participant_id,site,mr_fat_pdff\nA,L1-L4,51\n"}
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    sites = read_cohort(tmp_path, Settings()).sites.set_index(["participant_id", "site"])
    assert sites.loc[("A", "L1"), "mr_fat_pdff"] == 51
