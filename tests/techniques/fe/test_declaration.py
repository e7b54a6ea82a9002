"""What a study's tables ask for: which bones are modelled, and what they are called."""

from __future__ import annotations

import pytest

from bonecohort.faults import StudyFault
from bonecohort.study.config import check_settings
from bonecohort.study.job_table import participant_jobs, records_of
from bonecohort.study.study import load_study
from bonecohort.techniques.fe.technique import TECHNIQUE
from bonecohort.techniques.fe.ufe_settings import COLUMNS
from bonecohort.techniques.fe.values import strength_values

PEOPLE = "participant_id\tsex\tfe_boundary\nP1\tmale\tfrictionless\nP2\tfemale\t\n"
HEADER = "participant_id\tkind\tpath\tsite\n"
CT = "P1\tct\tct\t\nP1\tvertebrae\tlabels.nii.gz\t\n"
RODS = "P1\tqct_rods\trods.csv\t\n"
BONE = "P1\txct_segmentation\tbone.nii.gz\tradius_distal_L\n"
UNNAMED = "P2\txct_segmentation\tother.nii.gz\t\n"
TABLE = "analyses: [table1: {by: sex, rows: [fe_failure_load_specimen]}]\n"


@pytest.fixture
def loaded(tmp_path):
    """Return a function that writes a study of some rows and loads it."""

    def load(rows, config=TABLE):
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config/participants.tsv").write_text(PEOPLE)
        (tmp_path / "config/series.tsv").write_text(HEADER + rows)
        (tmp_path / "config/config.yaml").write_text(config)
        return load_study(tmp_path)

    return load


def jobs(study, name="P1"):
    found = participant_jobs(study, name)
    return {(job.rule, job.site) for job in found if job.calls.startswith("fe.")}


def test_a_ct_is_modelled_where_it_is_calibrated(loaded):
    of_levels = {("measure_vertebra_strength", level) for level in ("L1", "L2", "L3", "L4", "L5")}
    assert jobs(loaded(CT + UNNAMED)) == set()
    assert jobs(loaded(CT + RODS + UNNAMED)) == {*of_levels, ("show_fe", "")}
    line = "bmd: {hu_to_bmd: {name: x, slope: 0.8, intercept: 0, equivalent: K2HPO4, source: y}}\n"
    assert jobs(loaded(CT + UNNAMED, TABLE + line)) == {*of_levels, ("show_fe", "")}


def test_levels_are_those_of_the_study_and_of_the_setting(loaded):
    config = TABLE + "levels: [L2, L3, L4]\nfe: {levels: [L4, L5]}\n"
    study = loaded(CT + RODS + BONE + UNNAMED, config)
    assert study.sites_of("P1", TECHNIQUE) == ("radius_distal_L", "L4")
    assert jobs(study) == {
        ("measure_vertebra_strength", "L4"), ("measure_ufe", "radius_distal_L"), ("show_fe", "")
    }  # fmt: skip
    own = [path for path in records_of(study, "P1") if path.startswith(("fe/", "ufe/"))]
    assert sorted(own) == ["fe/L4.json", "ufe/radius_distal_L.json"]
    none = loaded(CT + RODS + UNNAMED, TABLE + "fe: {levels: []}\n")
    assert jobs(none) == set()


def test_a_row_without_a_site_has_that_of_the_setting(loaded):
    assert jobs(loaded(BONE + UNNAMED), "P2") == {("measure_ufe", "specimen"), ("show_fe", "")}
    config = "analyses: [table1: {by: sex, rows: [fe_stiffness_iliac_crest]}]\n"
    other = loaded(BONE + UNNAMED, config + "fe: {site_default: iliac_crest}\n")
    assert jobs(other, "P2") == {("measure_ufe", "iliac_crest"), ("show_fe", "")}


def test_two_files_of_one_site_are_refused_however_the_site_is_told(loaded):
    with pytest.raises(StudyFault, match="a second 'xct_segmentation' of P2 at specimen"):
        loaded(UNNAMED + "P2\txct_segmentation\tthird.nii.gz\tspecimen\n")


def test_the_columns_of_the_ends_are_no_variables(loaded):
    study = loaded(BONE + UNNAMED)
    assert study.participants["P1"].cells == {"fe_boundary": "frictionless"}
    (stage,) = (stage for stage in TECHNIQUE.stages if stage.rule == "measure_ufe")
    assert stage.columns == COLUMNS


def settings(**fe):
    found, faults = check_settings({"fe": fe}, "config.yaml")
    return found, faults


def test_a_participants_values_are_the_mean_of_sites_or_that_of_one():
    columns = {name for one in strength_values(settings()[0]) for name in one.columns}
    assert {"fe_failure_load", "fe_stiffness", "fe_failure_load_L4", "fe_failure_load_specimen",
            "fe_failure_load_tibia_distal_R"} <= columns  # fmt: skip
    one = strength_values(settings(summary_sites=["radius_distal_L"])[0])
    sites = {name: site for value in one for name, site in value.columns.items()}
    assert sites["fe_failure_load"] == sites["fe_failure_load_radius_distal_L"] == "radius_distal_L"
    assert "fe_failure_load_L4" not in sites


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"poisson": 0.5}, "fe.poisson: found 0.5; 0 to less than 0.5"),
        ({"materials": {100: -1}}, "fe.materials.100: found -1"),
        ({"materials": {0: 100}}, "fe.materials.0: found 100"),
        ({"materials": {"bone": 100}}, "fe.materials"),
        ({"modulus_mpa": 0}, "fe.modulus_mpa: found 0"),
        ({"pistoia_volume_percent": 100}, "fe.pistoia_volume_percent: found 100"),
        ({"memory_mb": 0}, "fe.memory_mb: found 0"),
        ({"min_sites": 6}, "fe.min_sites: found 6; 1 to 5"),
        ({"levels": ["L3", "L3"]}, "fe.levels: L3 stands more than once"),
        ({"levels": ["T12"]}, "fe.levels"),
        ({"boundary": "glued"}, "fe.boundary"),
        ({"posterior": "off"}, "fe.posterior"),
        ({"site_default": "left radius"}, "fe.site_default: 'left radius'"),
        ({"summary_sites": ["a b"]}, "fe.summary_sites: 'a b'"),
        ({"modulus": 1}, "fe.modulus"),
    ],
)
def test_settings_out_of_their_range_are_told(changed, told):
    _, faults = settings(**changed)
    assert any(told in fault for fault in faults), faults
