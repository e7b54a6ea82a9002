"""A small study on disk that tests change one thing of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PARTICIPANTS = """\
participant_id\tage_years\tsex\theight_cm\tweight_kg\thypertension
P001\t70\tfemale\t160\t64.0\tyes
P002\t61\tmale\t175\t80.5\tno
"""
SERIES = """\
participant_id\tkind\tpath
P001\thu_table\thu.csv
P002\thu_table\thu.csv
"""


class StudyFolder:
    """A study folder whose files a test rewrites."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("config/participants.tsv", PARTICIPANTS)
        self.write("config/series.tsv", SERIES)

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding=encoding)
        return file


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path)
