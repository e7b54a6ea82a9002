"""Signals of water and fat that another program made."""

from __future__ import annotations

import pytest

from tests.conftest import SHARED_DATA


@pytest.fixture(scope="session")
def fixtures():
    """Folder of the signals; tests that need it skip where it is absent."""
    folder = SHARED_DATA.parent / "modalities" / "fixtures" / "pdff"
    if not folder.is_dir():
        pytest.skip(f"the signals made by another program are not at {folder}")
    return folder
