"""The report in a real browser: its script runs and its links open what they name."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on this machine")


def opened(page: Path, profile: Path, anchor: str = "") -> str:
    """Return the page's document as the browser holds it once its script has run."""
    command = [BROWSER, *OPTIONS, f"--user-data-dir={profile}", "--dump-dom",
               f"{page.as_uri()}{anchor}"]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_a_link_to_a_participant_unfolds_that_page_and_no_other(small_results, tmp_path):
    page = small_results / "report.html"
    first = re.search(r'href="(#qc-[^"]+)"', page.read_text())[1]
    document = opened(page, tmp_path / "profile", first)
    holder = re.search(rf'<details[^>]*id="{first[1:]}"[^>]*>', document)
    assert holder is not None
    assert " open" in holder[0]
    folded = re.findall(r'<details[^>]*id="qc-[^"]*"(?![^>]* open)[^>]*>', document)
    assert len(folded) == len(re.findall(r'<details[^>]*id="qc-', document)) - 1
