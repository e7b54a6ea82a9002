"""What changed between two texts of a job: every key that a text can hold has its words."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from bonecohort.monitoring.rerun_reasons import setting_changes, task_changes
from bonecohort.study import job_specs
from bonecohort.study.study import load_study

SERIES = """participant_id\tkind\tpath\treader
A\tct\tct\t
A\tvertebrae\tlabels.nii.gz\t
A\tt2_sagittal\tt2\t
A\tendplate_markups\tmarks.mrk.json\t1
B\tct\tct\t
"""


@pytest.fixture
def text(tmp_path, monkeypatch):
    """Return a function that makes the task of a job of the study as it is now."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/participants.tsv").write_text("participant_id\tage_years\nA\t70\nB\t71\n")
    (tmp_path / "config/series.tsv").write_text(SERIES)
    (tmp_path / "config/config.yaml").write_text("")
    for name in ("ct", "t2", "labels.nii.gz", "marks.mrk.json"):
        (tmp_path / name).write_text("1")

    def now(task, *arguments):
        job_specs.contents.cache_clear()
        study = load_study(tmp_path)
        if task in (job_specs.cohort_task, job_specs.aggregate_task):
            return json.loads(task(study, *arguments, {}))
        return json.loads(task(study, *arguments))

    yield now
    job_specs.contents.cache_clear()


JOBS = {
    "convert_series": (job_specs.convert_task, "A", "ct"),
    "crop_vertebrae": (job_specs.stage_task, "A", "crop_vertebrae"),
    "measure_hounsfield": (job_specs.stage_task, "A", "measure_hounsfield", "L3"),
    "measure_endplates": (job_specs.stage_task, "A", "measure_endplates", "L3"),
    "show_hounsfield": (job_specs.stage_task, "A", "show_hounsfield"),
    "show_endplates": (job_specs.stage_task, "A", "show_endplates"),
    "assemble_cohort": (job_specs.cohort_task,),
    "analyse_cohort": (job_specs.aggregate_task, "statistics"),
}


def edited(path, old, new):
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))


@pytest.mark.parametrize(
    ("rule", "edit", "words"),
    [
        ("convert_series", ("ct", "1", "2"), "CT: the files changed"),
        ("crop_vertebrae", ("labels.nii.gz", "1", "2"), "vertebra label map: the files changed"),
        ("measure_hounsfield", ("labels.nii.gz", "1", "2"),
         "vertebra label map: the files changed"),
        ("measure_endplates", ("t2", "1", "2"), "T2-weighted MR: the files changed"),
        ("measure_endplates", ("marks.mrk.json", "1", "2"), "endplate marks: the files changed"),
        ("show_endplates", ("marks.mrk.json", "1", "2"), "endplate marks: the files changed"),
        ("convert_series", ("config/series.tsv", "\tct\t\n", "\tt2\t\n"),
         "CT: series.tsv names another path"),
        ("convert_series", ("config/series.tsv", "A\tct\tct", "A\tct\tgone"),
         "CT: the files are missing now; CT: series.tsv names another path"),
        ("measure_endplates", ("config/series.tsv", "json\t1", "json\t2"),
         "endplate marks: another reader in series.tsv"),
        ("measure_endplates", ("config/series.tsv", "marks.mrk.json\t1",
         "marks.mrk.json\t1\nA\tendplate_markups\tmore\t2"),
         "endplate marks: one row in series.tsv before, 2 rows now"),
        ("measure_hounsfield", ("config/series.tsv", "marks.mrk.json\t1",
         "marks.mrk.json\t1\nA\thu_rois\tmore\t"),
         ("cut out the vertebrae: not needed now; "
         "reader's HU regions: no row in series.tsv before, one row now")),
        ("assemble_cohort", ("config/participants.tsv", "70", "72"),
         "config/participants.tsv changed"),
    ],
)  # fmt: skip
def test_an_edited_file_is_named_by_what_it_holds(text, tmp_path, rule, edit, words):
    task, *arguments = JOBS[rule]
    before = text(task, *arguments)
    file, *texts = edit
    edited(tmp_path / file, *texts)
    assert "; ".join(task_changes(rule, before, text(task, *arguments))) == words


@pytest.mark.parametrize(
    ("rule", "setting", "words"),
    [
        ("convert_series", "images: {allow_burned_in_annotation: true}",
         "setting images.allow_burned_in_annotation: False → True"),
        ("crop_vertebrae", "levels: [L3, L4]", "setting levels: L1, L2, L3, L4, L5 → L3, L4"),
        ("measure_hounsfield", "hounsfield: {sd_flag_hu: 55}",
         "setting hounsfield.sd_flag_hu: 60.0 → 55.0"),
        ("measure_hounsfield", "vertebrae: {label_scheme: verse}",
         "the label scheme of the vertebra label map changed"),
        ("measure_endplates", "endplates: {unlisted_level: not_read}",
         "setting endplates.unlisted_level: normal → not_read"),
        ("analyse_cohort", "statistics: {t_test: welch}", "a setting changed"),
    ],
)  # fmt: skip
def test_a_setting_is_named_with_both_values(text, tmp_path, rule, setting, words):
    task, *arguments = JOBS[rule]
    before = text(task, *arguments)
    (tmp_path / "config/config.yaml").write_text(setting)
    found = task_changes(rule, before, text(task, *arguments))
    assert words in found
    assert len(found) == 1


OTHER_VALUES = {
    "files": {},
    "after": {},
    "sites": ["L1"],
    "inputs": {},
    "settings": {},
    "overrides": {"levels": ["L1"]},
}


@pytest.mark.parametrize("rule", JOBS)
def test_every_key_of_a_text_has_words_of_its_own(text, tmp_path, rule):
    edited(tmp_path / "config/series.tsv", "B\tct\tct\t\n", "B\tct\tct\t\nA\thu_rois\tmore\t\n")
    task, *arguments = JOBS[rule]
    now = text(task, *arguments)
    for key in now.keys() - {"participant_id", "site", "kind"}:
        before = now | {key: OTHER_VALUES.get(key, "other")}
        assert before[key] != now[key], key
        found = task_changes(rule, before, now)
        assert found, key
        assert f"{key} changed" not in found


def test_a_key_that_an_older_version_wrote_is_no_error(text):
    now = text(job_specs.stage_task, "A", "measure_hounsfield", "L3")
    assert list(task_changes("measure_hounsfield", now | {"old_key": 1}, now)) == [
        "old_key changed"
    ]


def test_a_change_of_code_is_said_to_be_one(text):
    now = text(job_specs.stage_task, "A", "measure_hounsfield", "L3")
    crop = now["after"]["crop_vertebrae"] | {"code": "old"}
    before = now | {"code": "old", "after": {"crop_vertebrae": crop}}
    assert list(task_changes("measure_hounsfield", before, now)) == [
        "bonecohort's own code changed"
    ]


def test_a_changed_column_of_an_image_is_named(text, tmp_path):
    header = SERIES.splitlines()[0] + "\tseries_uid\techo_time_ms\n"
    row = "A\tmulti_echo_gre\t{}\t\t{}\t{}\n"
    series = tmp_path / "config/series.tsv"
    texts = []
    for uid, time in (("1.2", "4.6"), ("1.3", "4.6"), ("1.3", "4.7"), ("1.3", "")):
        series.write_text(header + row.format("ct", uid, time) + "B\tct\tct\t\t\t\n")
        texts.append(text(job_specs.convert_task, "A", "multi_echo_gre"))
    words = [
        "; ".join(task_changes("convert_series", before, now)) for before, now in pairwise(texts)
    ]
    assert words == [
        "multi-echo GRE: series_uid changed in series.tsv",
        "multi-echo GRE: echo_time_ms changed in series.tsv",
        "multi-echo GRE: echo_time_ms changed in series.tsv",
    ]


def test_no_path_of_the_series_table_is_repeated(text, tmp_path):
    """A folder of an export may be named after a person."""
    before = text(job_specs.convert_task, "A", "ct")
    edited(tmp_path / "config/series.tsv", "A\tct\tct", "A\tct\tDOE_JOHN_1950")
    found = "; ".join(
        task_changes("convert_series", before, text(job_specs.convert_task, "A", "ct"))
    )
    assert found
    assert "DOE" not in found


def test_nested_settings_are_reported_one_by_one():
    before = {"statistics": {"t_test": "student"}, "levels": ["L1"], "truth": None}
    now = {"statistics": {"t_test": "welch"}, "levels": ["L1", "L2"], "truth": None}
    assert list(setting_changes(before, now, "")) == [
        "setting levels: L1 → L1, L2",
        "setting statistics.t_test: student → welch",
    ]
