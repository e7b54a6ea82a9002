"""Which files of an export are found: those behind links to folders too, each folder once."""

from __future__ import annotations

from bonecohort.intake.walk import find_files


def test_links_to_folders_are_followed_and_circles_end(tmp_path):
    root = tmp_path / "export"
    (root / "ct").mkdir(parents=True)
    (root / "ct/1").touch()
    (tmp_path / "disk/deep").mkdir(parents=True)
    (tmp_path / "disk/deep/2").touch()
    for name in ("a", "b"):
        (root / name).symlink_to(tmp_path / "disk")
    (root / "ct/up").symlink_to(root)
    (root / "ct/self").symlink_to(root / "ct/self")
    study = root / "study"
    study.mkdir()
    (study / "left out").touch()
    found = [file.path.removeprefix(f"{root}/") for file in find_files(root, study)]
    assert sorted(found) == ["a/deep/2", "ct/1"]
