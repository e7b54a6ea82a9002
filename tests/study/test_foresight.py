"""What `bonecohort check` foresees from tables and settings alone."""

from __future__ import annotations

import pytest

from bonecohort.cli import main
from bonecohort.study.foresight import files_without_use
from bonecohort.study.study import load_study

CT_LACKS = (
    "CT (ct) without vertebra label map (vertebrae), reader's HU regions (hu_rois) or table of "
    "HU readings (hu_table): nothing is measured on it."
)


def listed(study, *kinds_of, config=""):
    """Write a study whose participants have files of the kinds given, one participant each."""
    names = [f"P{at}" for at in range(len(kinds_of))]
    study.write("config/participants.tsv", "\n".join(["participant_id", *names]) + "\n")
    rows = [f"{name}\t{kind}\tfile" for name, kinds in zip(names, kinds_of, strict=True)
            for kind in kinds]  # fmt: skip
    study.write("config/series.tsv", "\n".join(["participant_id\tkind\tpath", *rows]) + "\n")
    study.write("config/config.yaml", config)
    study.write("file", "")
    return load_study(study.path)


def test_a_ct_that_nothing_can_be_measured_on_is_reported_with_whose_it_is(study):
    loaded = listed(
        study, ["ct"], ["ct", "vertebrae"], ["ct", "hu_rois"], ["ct", "hu_table"], ["ct"]
    )
    assert files_without_use(loaded) == {CT_LACKS: ["P0", "P4"]}


def test_a_ct_that_a_program_segments_lacks_nothing(study):
    loaded = listed(study, ["ct"], config="vertebrae: {segment: totalsegmentator}\n")
    assert files_without_use(loaded) == {}


@pytest.mark.parametrize(
    ("kinds", "lacks"),
    [
        (["t2_sagittal"], "endplate marks (endplate_markups)"),
        (["vertebrae"], "CT (ct): nothing"),
        (["hu_rois"], "CT (ct): nothing"),
        (["fat_fraction"], "vertebra label map of an MR (mr_vertebrae)"),
        (["mr_vertebrae"], "fat fraction map (fat_fraction), multi-echo GRE (multi_echo_gre), "),
        (
            ["mr_vertebrae"],
            "multi-echo spin echo (multi_echo_se) or T2 map (t2_map): nothing",
        ),
        (["dwi"], "vertebra label map of an MR (mr_vertebrae): nothing"),
        (["t1_sagittal"], "vertebra label map of an MR (mr_vertebrae), reader's regions"),
        (["vbq_rois"], "sagittal T1 (t1_sagittal): nothing"),
    ],
)
def test_what_each_technique_needs_is_reported(study, kinds, lacks):
    (told,) = files_without_use(listed(study, kinds))
    assert lacks in told


@pytest.mark.parametrize(
    "kinds",
    [["t2_sagittal", "endplate_markups"], ["t2_sagittal", "endplate_table"], ["hu_table"],
     ["fat_fraction", "mr_vertebrae"], ["dwi", "mr_vertebrae"],
     ["t1_sagittal", "mr_vertebrae"], ["t1_sagittal", "vbq_rois"], ["t2_map", "mr_vertebrae"],
     ["endplate_markups"]],
)  # fmt: skip
def test_what_can_be_measured_is_no_news(study, kinds):
    assert files_without_use(listed(study, kinds)) == {}


def test_the_check_names_those_concerned_once(study, capsys):
    listed(study, *[["ct"]] * 7)
    assert main(["check", str(study.path)]) == 0
    printed = capsys.readouterr().out
    assert f"config/series.tsv: {CT_LACKS} [P0, P1, P2, P3, P4 and 2 more]" in printed
    assert "no problem" not in printed


def test_readings_of_levels_that_the_study_does_not_have_are_reported(study, capsys):
    listed(study, ["hu_table"], config="levels: [L1, L2]\n")
    rows = [
        f"P0,L{at},{plane},100" for at in (1, 2, 4, 5) for plane in ("upper", "middle", "lower")
    ]
    study.write("file", "\n".join(["participant_id,level,plane,hu", *rows]))
    main(["check", str(study.path)])
    assert (
        "file: 6 rows of L4, L5 were not used: the study's levels are L1, L2 (config key 'levels')."
        in capsys.readouterr().out
    )


def test_readings_in_gbk_are_read_and_reported(study, capsys):
    listed(study, ["hu_table"], config="levels: [L1]\n")
    rows = [f"P0,L1,{plane},100,张医生读片" for plane in ("upper", "middle", "lower")]
    text = "\n".join(["participant_id,level,plane,hu,备注", *rows])
    (study.path / "file").write_bytes(text.encode("gb18030"))
    study.write(
        "config/exclusions.csv", "participant_id,site,technique,reason\nP0,,,骨水泥\n", "gbk"
    )
    main(["check", str(study.path)])
    printed = capsys.readouterr().out
    for name in ("file", "config/exclusions.csv"):
        assert f"Note: {name}: this is no UTF-8 text; it was read as Chinese text" in printed


@pytest.mark.parametrize("test", ["student_t", "welch_t", "anova"])
def test_a_median_with_a_test_of_means_is_a_warning(study, test):
    study.write(
        "config/config.yaml",
        "variables: {age_years: {summary: median_quartiles}}\n"
        f"statistics: {{tests: {{age_years: {test}, weight_kg: {test}}}}}\n",
    )
    (told,) = [text for text in load_study(study.path).warnings if "statistics.tests" in text]
    assert f"statistics.tests.age_years: found {test}, which compares means" in told


@pytest.mark.parametrize("test", ["mann_whitney_u", "kruskal_wallis"])
def test_a_median_with_a_test_of_ranks_is_none(study, test):
    study.write(
        "config/config.yaml",
        "variables: {age_years: {summary: median_quartiles}}\n"
        f"statistics: {{tests: {{age_years: {test}}}}}\n",
    )
    assert not [text for text in load_study(study.path).warnings if "statistics.tests" in text]
