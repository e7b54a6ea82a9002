"""The two cohorts statistics are tested on, and their analyses."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.study.settings import Settings

FIXTURES = Path(__file__).resolve().parent / "fixtures"
sys.path.insert(0, str(FIXTURES))

from frames import study_frames  # noqa: E402 - the fixtures' own scripts use it by this name

Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="session")
def synthetic() -> Frames:
    """Participants, vertebrae and endplates of the seeded cohort of 62."""
    tables = ("participants", "vertebrae", "endplates")
    read = [
        pd.read_csv(FIXTURES / f"synthetic/{name}.csv", keep_default_na=False, na_values=[""])
        for name in tables
    ]
    return read[0], read[1], read[2]


@pytest.fixture(scope="session")
def table_study(shared_data: Path) -> Frames:
    """Participants, vertebrae and endplates of the 199 of the development data."""
    return study_frames(shared_data / "table_study")


@pytest.fixture(scope="session")
def synthetic_analysis(synthetic: Frames) -> dict[str, pd.DataFrame]:
    return analyse(*synthetic, Settings())


@pytest.fixture(scope="session")
def table_study_analysis(table_study: Frames) -> dict[str, pd.DataFrame]:
    return analyse(*table_study, Settings())
