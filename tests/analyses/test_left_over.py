"""Files of analyses that are listed no more go; a user's stay."""

from __future__ import annotations

import pytest

from bonecohort.analyses.left_over import remove_left_over
from bonecohort.study.analyses import ANALYSES, Listed

LISTED = ("01_table1", "01_table1_counts")


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("01_table1.csv", True),
        ("01_table1_counts.csv", True),
        ("02_table1.csv", False),
        ("02_roc_curves.csv", False),
        ("02_correlation.png", False),
        ("02_correlation.missing_characters.txt", False),
        ("02_roc_curves edited.csv", True),
        ("02_roc_mine.csv", True),
        ("notes.csv", True),
        ("table1.csv", True),
    ],
)
def test_only_a_file_that_an_analysis_wrote_is_removed(tmp_path, name, stays):
    (tmp_path / name).write_text("1")
    remove_left_over(tmp_path, LISTED)
    assert (tmp_path / name).exists() is stays


@pytest.mark.parametrize("name", ANALYSES)
def test_every_file_of_an_analysis_is_known_as_its_own(tmp_path, name):
    stems = Listed(12, name, ANALYSES[name]()).frames.values()
    for stem in stems:
        (tmp_path / f"{stem}.csv").write_text("1")
    remove_left_over(tmp_path, ())
    assert not list(tmp_path.iterdir())
