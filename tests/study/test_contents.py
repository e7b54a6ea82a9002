"""Files are known by what they hold, and read again only when they may have changed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from bonecohort.study import contents as module
from bonecohort.study.contents import MISSING, UNREADABLE, Contents, file_digest


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "ct"
    (made / "deep").mkdir(parents=True)
    (made / "deep/1").write_bytes(b"one")
    (made / "2").write_bytes(b"two")
    return made


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """Names of the files read so far."""
    names: list[str] = []
    read = module.file_digest

    def counted(path: str) -> str:
        names.append(Path(path).name)
        return read(path)

    monkeypatch.setattr(module, "file_digest", counted)
    return names


def digest(folder: Path) -> str:
    return Contents(folder.parent / "memory").digest(str(folder))


def test_what_is_touched_or_copied_is_the_same(folder, tmp_path):
    before = digest(folder)
    os.utime(folder / "2", (1, 1))
    assert digest(folder) == before
    shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)
    assert digest(tmp_path / "copy") == before


def changed_content(folder: Path) -> None:
    (folder / "2").write_bytes(b"TWO")


def renamed(folder: Path) -> None:
    (folder / "2").rename(folder / "3")


def added(folder: Path) -> None:
    (folder / "deep/4").touch()


def removed(folder: Path) -> None:
    (folder / "2").unlink()


def swapped(folder: Path) -> None:
    (folder / "2").write_bytes(b"one")
    (folder / "deep/1").write_bytes(b"two")


def replaced_under_the_same_size_and_time(folder: Path) -> None:
    status = (folder / "2").stat()
    (folder / "new").write_bytes(b"TWO")
    os.utime(folder / "new", ns=(status.st_atime_ns, status.st_mtime_ns))
    (folder / "new").replace(folder / "2")


@pytest.mark.parametrize(
    "change",
    [changed_content, renamed, added, removed, swapped, replaced_under_the_same_size_and_time],
)
def test_every_change_of_content_or_name_is_seen(folder, change):
    before = digest(folder)
    change(folder)
    assert digest(folder) != before


def test_a_missing_path_has_a_state_that_ends_when_it_turns_up(tmp_path):
    assert digest(tmp_path / "later") == MISSING
    (tmp_path / "later").mkdir()
    assert digest(tmp_path / "later") != MISSING


def test_an_unchanged_file_is_read_once_over_all_runs(folder, reads):
    first = digest(folder)
    assert sorted(reads) == ["1", "2"]
    assert digest(folder) == first
    assert sorted(reads) == ["1", "2"]


def test_a_line_cut_short_is_none_and_the_next_one_counts(folder, reads):
    first = digest(folder)
    (memory,) = (folder.parent / "memory").iterdir()
    memory.write_bytes(memory.read_bytes()[:100])
    assert digest(folder) == first
    assert digest(folder) == first
    assert len(reads) <= 6


def test_many_paths_are_looked_at_with_progress(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "other")
    told: list[tuple[int, int]] = []
    looked = Contents(tmp_path / "memory")
    paths = [str(folder), str(tmp_path / "other"), str(tmp_path / "none")]
    looked.refresh(paths, lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
    again: list[tuple[int, int]] = []
    Contents(tmp_path / "memory").refresh(paths, lambda *step: again.append(step))
    assert again == []


def test_what_lies_behind_a_link_to_a_folder_counts_and_a_circle_ends(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    before = digest(folder)
    (folder / "link").symlink_to(elsewhere)
    assert digest(folder) == before
    (elsewhere / "5").write_bytes(b"five")
    linked = digest(folder)
    assert linked != before
    (elsewhere / "5").write_bytes(b"FIVE")
    assert digest(folder) not in (before, linked)
    (folder / "deep/back").symlink_to(folder)
    (elsewhere / "itself").symlink_to(elsewhere)
    (folder / "nowhere").symlink_to(tmp_path / "nowhere")
    (folder / "round").symlink_to("round")
    assert digest(folder) not in (before, linked)


@pytest.mark.parametrize("path", ["x" * 300, "x/" * 3000, "a\0b", "round"])
def test_an_impossible_path_is_missing(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    Path("round").symlink_to("round")
    assert Contents(tmp_path / "memory").digest(path) == MISSING


def test_a_folder_nobody_may_list_is_no_crash(folder, monkeypatch):
    def refuse(_):
        raise PermissionError

    before = digest(folder)
    monkeypatch.setattr("bonecohort.study.folders.os.scandir", refuse)
    assert digest(folder) != before


def test_a_pipe_or_a_device_is_not_waited_for(folder, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    before = digest(folder)
    os.mkfifo(folder / "pipe")
    assert digest(folder) == before
    assert digest(tmp_path / "pipe") != MISSING
    assert Contents(tmp_path / "memory").digest("/dev/zero") != MISSING


def test_a_file_nobody_may_read_is_no_crash(folder):
    before = digest(folder)
    (folder / "2").chmod(0)
    if os.access(folder / "2", os.R_OK):
        pytest.skip("this user may read everything")
    assert digest(folder) != before


def test_what_lies_behind_a_link_to_a_folder_is_part_of_what_it_holds(folder, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/3").write_bytes(b"three")
    before = digest(folder)
    (folder / "link").symlink_to(tmp_path / "disk")
    linked = digest(folder)
    (tmp_path / "disk/3").write_bytes(b"THREE")
    assert len({before, linked, digest(folder)}) == 3
    (folder / "circle").symlink_to(folder)
    assert digest(folder)


def test_a_folder_with_a_path_too_long_to_be_opened_stops_nobody(folder):
    deep = os.open(folder, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=deep)
        deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = deeper
    os.close(deep)
    assert digest(folder) != MISSING


@pytest.mark.skipif(sys.platform != "linux", reason="of /proc")
def test_a_file_that_a_disk_fails_to_read_stops_nobody(tmp_path):
    """Reading one's own memory at 0 is an input/output error."""
    path = "/proc/self/mem"
    with pytest.raises(OSError, match="Input/output"):
        Path(path).read_bytes()
    assert file_digest(path) == UNREADABLE
    assert Contents(tmp_path / "memory").digest(path) != MISSING


def test_a_memory_that_cannot_be_written_is_none(folder):
    """As on a disk that is full, or mounted to be read only."""
    (folder.parent / "file").touch()
    known = Contents(folder.parent / "file/memory")
    assert known.digest(str(folder)) == digest(folder)
