"""Results that are not as their job wrote them are noticed; those only moved or copied are not."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from bonecohort.study.provenance import (
    COHORT,
    FORMER_FOLDER,
    RESULTS,
    check_results,
    keep_copy,
    mark_up_to_date,
    provenance_path,
    recording_provenance,
    take_over_former,
    written_files,
)
from bonecohort.study.writing import whole_file


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def do_job(job, task, **texts):
    with recording_provenance(job, task):
        for name, text in texts.items():
            with whole_file(RESULTS / "files" / f"{name}.txt") as unfinished:
                unfinished.write_text(text)


@pytest.fixture
def results(study):
    do_job("convert", {"participant_id": "P1", "kind": "ct"}, image="voxels", record="facts")
    do_job("report", {}, page="words")
    return study / RESULTS / "files"


OWNERS = ("P1", "P2", COHORT)


def altered(owners):
    return [one for owner in owners for one in check_results(owner).altered]


def names(found):
    return [
        ([path.name for path in one.present], [path.name for path in one.changed]) for one in found
    ]


def test_results_as_they_were_written_are_not_reported_nor_when_all_are_gone(results):
    assert altered(OWNERS) == []
    shutil.rmtree(results)
    assert altered(OWNERS) == []


@pytest.mark.parametrize("content", ["", "voxe", "\0" * 6, "voxelS"])
def test_a_changed_file_is_reported_with_its_jobs_others_and_a_copy_kept(results, content):
    path = results / "image.txt"
    before = path.stat()
    path.write_text(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert names(altered(OWNERS)) == [(["image.txt", "record.txt"], ["image.txt"])]
    assert keep_copy(path).read_text() == content
    assert sorted(one.name for one in results.iterdir()) == [
        "image.changed.txt", "image.txt", "page.txt", "record.txt",
    ]  # fmt: skip


def test_a_copy_kept_before_is_never_written_over(results):
    for text in ("mine", "mine too"):
        (results / "page.txt").write_text(text)
        ((found,),) = [one.changed for one in altered(OWNERS)]
        keep_copy(found)
        do_job("report", {}, page="words")
    kept = {one.name: one.read_text() for one in results.glob("page.changed*")}
    assert kept == {"page.changed.txt": "mine", "page.changed2.txt": "mine too"}


def test_a_file_that_is_missing_beside_others_is_reported(results):
    (results / "image.txt").unlink()
    assert names(altered(OWNERS)) == [(["record.txt"], [])]


def test_a_copy_with_other_times_is_the_same_and_read_once(results, study, monkeypatch):
    shutil.copytree(results, study / "copy", copy_function=shutil.copyfile)
    shutil.rmtree(results)
    (study / "copy").rename(results)
    assert altered(OWNERS) == []
    monkeypatch.setattr("bonecohort.study.provenance.file_digest", {}.get)
    assert altered(OWNERS) == []


def test_what_a_job_wrote_before_counts_no_more_once_it_is_begun_again(results):
    def write_half():
        with recording_provenance("report", {}):
            (results / "page.txt").write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert altered(OWNERS) == []
    do_job("report", {}, page="other words")
    assert altered(OWNERS) == []


def test_lines_cut_short_are_none_and_spoil_no_other(results, study):
    with provenance_path("P1").open("ab") as file:
        file.write(b'{"job": "convert ct", "files": {"results/ima')
    do_job("endplates", {"participant_id": "P1", "site": "L3"}, marks="lines")
    (results / "marks.txt").write_text("")
    (results / "image.txt").write_text("")
    assert [changed for _, changed in names(altered(OWNERS))] == [["image.txt"], ["marks.txt"]]


def test_jobs_are_known_in_the_order_in_which_they_ended_with_their_tasks(results):
    do_job("endplates", {"participant_id": "P1", "site": "L3"}, marks="lines")
    before = check_results("P1").whole
    assert list(before) == ["convert ct", "endplates L3"]
    os.utime(results / "image.txt")
    assert check_results("P1").whole == before
    do_job("convert", {"participant_id": "P1", "kind": "ct", "more": 1}, image="voxels")
    after = check_results("P1").whole
    assert list(after) == ["endplates L3", "convert ct"]
    assert after["endplates L3"] == before["endplates L3"]
    assert after["convert ct"] != before["convert ct"]
    (results / "marks.txt").unlink()
    assert list(check_results("P1").whole) == ["convert ct"]


def test_who_was_found_done_is_so_until_the_next_job(results):
    assert check_results("P1").rules == ""
    mark_up_to_date("P1", "these")
    assert check_results("P1").rules == "these"
    os.utime(results / "image.txt")
    check_results("P1")
    assert check_results("P1").rules == "these"
    do_job("endplates", {"participant_id": "P1", "site": "L3"}, marks="lines")
    assert check_results("P1").rules == ""


def test_what_a_killed_job_had_begun_to_write_is_taken_away_by_the_next(results):
    left, other = results / ".page.txt.4194305.part", results / ".page.txt.bak"
    for path in (left, other):
        path.write_text("ha")
    do_job("report", {}, page="words")
    assert sorted(path.name for path in results.iterdir()) == [
        other.name, "image.txt", "page.txt", "record.txt",
    ]  # fmt: skip


def test_jobs_that_ended_without_a_file_or_whose_files_are_gone_are_lost(results):
    def lost(owner):
        return set(check_results(owner).lost)

    task = {"participant_id": "P1", "site": "L3"}
    assert lost("P1") == lost(COHORT) == set()
    with pytest.raises(KeyError), recording_provenance("hounsfield", task):
        raise KeyError
    with recording_provenance("crop", {"participant_id": "P1"}):
        pass
    assert lost("P1") == {"hounsfield L3"}
    (results / "image.txt").unlink()
    assert lost("P1") == {"hounsfield L3"}
    (results / "record.txt").unlink()
    (results / "page.txt").unlink()
    assert lost("P1") == {"hounsfield L3", "convert ct"}
    assert lost(COHORT) == {"report"}
    do_job("hounsfield", task, hu="120")
    assert lost("P1") == {"convert ct"}


def test_what_is_known_travels_with_the_results_and_so_do_their_times(results, study, monkeypatch):
    times = {path.name: path.stat().st_mtime_ns for path in results.iterdir()}
    whole = check_results("P1").whole
    assert list(whole) == ["convert ct"]
    copy = study / "elsewhere"
    shutil.copytree(study / RESULTS, copy / RESULTS, copy_function=shutil.copyfile)
    monkeypatch.chdir(copy)
    assert check_results("P1").whole == whole
    assert list(check_results(COHORT).whole) == ["report"]
    copied = (copy / RESULTS / "files").iterdir()
    assert {path.name: path.stat().st_mtime_ns for path in copied} == times


@pytest.mark.parametrize("ahead_s", [3600, 40 * 365 * 86400])
def test_a_result_dated_in_the_future_gets_its_time_back(results, ahead_s):
    os.utime(results / "image.txt", (time.time() + ahead_s,) * 2)
    made = check_results("P1")
    assert (list(made.whole), made.future) == (["convert ct"], frozenset())
    assert (results / "image.txt").stat().st_mtime <= time.time()


def test_a_result_written_by_a_clock_that_was_ahead_is_known(results, monkeypatch):
    monkeypatch.setattr("bonecohort.study.provenance.time.time", lambda: 0.0)
    assert check_results("P1").future == {"convert ct"}
    assert check_results(COHORT).future == {"report"}


@pytest.mark.parametrize(
    "line",
    [
        "5",
        "null",
        "[]",
        '"job"',
        "\0\0\0",
        "[" * 100_000,
        '{"job": 5, "files": {}}',
        '{"files": {}}',
        '{"job": "convert ct"}',
        '{"job": "convert ct", "files": []}',
        '{"job": "convert ct", "files": {"results/files/image.txt": []}}',
        '{"job": "convert ct", "files": {"results/files/image.txt": [1, 2]}}',
        '{"job": "convert ct", "seen": {"results/files/image.txt": null}}',
        '{"job": "other", "seen": {"results/files/image.txt": ["", ""]}}',
        '{"rules": 7}',
    ],
)
def test_a_spoilt_line_is_none(results, line):
    whole = check_results("P1").whole
    with provenance_path("P1").open("a") as file:
        file.write(f"{line}\n")
    assert check_results("P1").whole == whole


@pytest.mark.parametrize("signature", ["", "half(", "(1, 2)", "('', 1, 'x', 2, 3)"])
def test_a_signature_of_another_kind_says_no_time(results, signature):
    memory = provenance_path("P1")
    lines = [line for line in memory.read_text().splitlines() if '"task"' in line]
    entry = json.loads(lines[-1])
    entry["files"] = {path: [signature, state[1]] for path, state in entry["files"].items()}
    memory.write_text(json.dumps(entry))
    before = (results / "image.txt").stat().st_mtime_ns
    assert list(check_results("P1").whole) == ["convert ct"]
    assert (results / "image.txt").stat().st_mtime_ns == before


def test_what_an_earlier_version_kept_in_a_hidden_folder_is_taken_over(results):
    whole = check_results("P1").whole
    FORMER_FOLDER.mkdir(parents=True)
    for owner in ("P1", COHORT):
        shutil.move(provenance_path(owner), FORMER_FOLDER / f"{owner}.jsonl")
    assert check_results("P1").whole == whole  # a plan moves nothing
    take_over_former(OWNERS)
    assert provenance_path("P1").is_file()
    assert not list(FORMER_FOLDER.iterdir())
    assert check_results("P1").whole == whole
    assert list(check_results(COHORT).whole) == ["report"]


@pytest.mark.parametrize(
    "path", ["../own.txt", "results/../own.txt", "{folder}/own.txt", "own.txt"]
)
def test_a_line_that_came_with_results_leads_to_no_other_file(results, study, path):
    """A hostile or spoilt line: what it names would be copied, dated or removed."""
    Path("own.txt").write_text("precious")
    named = path.format(folder=study)
    line = {"job": "convert ct", "task": "1", "files": {named: ["", "2"]}}
    provenance_path("P9").parent.mkdir(parents=True)
    provenance_path("P9").write_text(json.dumps(line) + "\n")
    found = check_results("P9")
    assert (found.files, found.altered, found.whole) == ({}, (), {})
    assert written_files("P9") == {}
