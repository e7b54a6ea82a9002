"""What all tests share: where the development data lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
hypothesis.settings.register_profile("tests", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("tests")
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


def with_section(settings, section):
    """Return settings with another section of a technique."""
    others = (one if type(one) is not type(section) else section for one in settings.sections)
    return replace(settings, sections=tuple(others))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the development data; tests that need it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the development data are not at {SHARED_DATA}")
    return SHARED_DATA


def pytest_terminal_summary(terminalreporter):
    """Print the table of every real series that the tests of images tried."""
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == "real_series"
    ]
    if rows:
        terminalreporter.section("real series: bonecohort and dcm2niix")
        header = "series | files | bonecohort | dcm2niix | largest difference in mm | in units"
        terminalreporter.line(header)
        for row in sorted(rows):
            terminalreporter.line(" | ".join(row))
