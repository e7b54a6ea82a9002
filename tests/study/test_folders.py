"""Files at any depth, behind links to folders too, and links that lead in a circle."""

from __future__ import annotations

import inspect
import os
import sys

import pytest

from bonecohort.study.folders import entries_below


def names(folder):
    return [os.path.relpath(entry.path, folder) for entry in entries_below(str(folder))]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "export/ct"
    (made / "b").mkdir(parents=True)
    for name in ("b/2", "b.1", "a", "c"):
        (made / name).touch()
    return made


def test_files_come_in_the_order_of_their_paths(folder):
    assert names(folder) == [
        str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()
    ]


def test_a_folder_behind_a_link_is_searched(folder, tmp_path):
    (tmp_path / "disk/deep").mkdir(parents=True)
    (tmp_path / "disk/deep/1").touch()
    (folder / "link").symlink_to(tmp_path / "disk")
    assert "link/deep/1" in names(folder)


def test_the_folder_itself_may_be_a_link(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert names(tmp_path / "link") == names(folder)


@pytest.mark.parametrize("target", ["ct", "ct/b", ".", "..", "../.."])
def test_links_in_a_circle_come_to_an_end(folder, target):
    before = names(folder)
    (folder / "z").symlink_to((folder.parent / target).resolve())
    (folder / "b/z").symlink_to(folder / "b")
    assert names(folder) == before


def test_a_folder_that_two_links_lead_to_is_searched_once(folder, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/1").touch()
    for name in ("y", "x"):
        (folder / name).symlink_to(tmp_path / "disk")
    assert [name for name in names(folder) if name.endswith("1")] == ["b.1", "x/1"]


def test_links_to_nothing_and_pipes_are_no_files(folder):
    before = names(folder)
    (folder / "gone").symlink_to(folder / "nowhere")
    (folder / "self").symlink_to(folder / "self")
    os.mkfifo(folder / "pipe")
    assert names(folder) == before


def test_folders_may_be_nested_deeper_than_calls_are(folder):
    (folder / "/".join("d" * 300)).mkdir(parents=True)
    (folder / "/".join("d" * 300) / "1").touch()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        found = names(folder)
    finally:
        sys.setrecursionlimit(limit)
    assert found[-1].endswith("d/1")
    assert len(found) == 5
