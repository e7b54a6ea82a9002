"""The report in a real browser: its script runs and its links open what they name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
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
    command = [BROWSER, *OPTIONS, f"--user-data-dir={profile}", "--virtual-time-budget=5000",
               "--dump-dom", f"{page.as_uri()}{anchor}"]  # fmt: skip
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120,
        env=os.environ | {"TZ": "UTC"},
    ).stdout  # fmt: skip


NARROW_PX = 420
UNFOLDED = """<script>addEventListener("load", () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const page = document.documentElement;
  parent.postMessage(String(page.scrollWidth - page.clientWidth), "*");
});</script></body>"""
FRAME = f"""<!DOCTYPE html><body data-too-wide="none">
<script>addEventListener("message", (event) => {{ document.body.dataset.tooWide = event.data; }});
</script><iframe src="unfolded.html" style="width:{NARROW_PX}px;height:900px;border:0"></iframe>"""


def too_wide_px(page: Path, folder: Path) -> int:
    """Return how far a page scrolls to the side in a narrow window, with all of it unfolded."""
    unfolded = page.read_text(encoding="utf-8").replace("</body>", UNFOLDED)
    (folder / "unfolded.html").write_text(unfolded, encoding="utf-8")
    (folder / "frame.html").write_text(FRAME, encoding="utf-8")
    document = opened(folder / "frame.html", folder / "profile")
    return int(re.search(r'data-too-wide="(\w+)"', document)[1])


def test_a_narrow_window_has_no_horizontal_scroll(small_results, tmp_path):
    assert too_wide_px(small_results / "report.html", tmp_path) == 0


def test_a_page_that_is_too_wide_is_noticed(tmp_path):
    page = tmp_path / "wide.html"
    page.write_text('<body><div style="width:600px">x</div></body>', encoding="utf-8")
    assert too_wide_px(page, tmp_path) >= 600 - NARROW_PX


def test_the_page_shows_the_date_of_its_file_which_its_bytes_do_not_hold(small_results, tmp_path):
    page = tmp_path / "report.html"
    page.write_bytes((small_results / "report.html").read_bytes())
    assert b"2021" not in page.read_bytes().partition(b"<nav")[0]
    written = datetime(2021, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    os.utime(page, (written, written))
    byline = re.search(r'<p class="byline">.*?</p>', opened(page, tmp_path / "profile"))[0]
    assert "; date of this file: 3 February 2021 at 04:05</span>" in byline
    assert "hidden" not in byline


def test_a_link_to_a_participant_unfolds_that_page_and_no_other(small_results, tmp_path):
    page = small_results / "report.html"
    first = re.search(r'href="(#qc-[^"]+)"', page.read_text())[1]
    document = opened(page, tmp_path / "profile", first)
    holder = re.search(rf'<details[^>]*id="{first[1:]}"[^>]*>', document)
    assert holder is not None
    assert " open" in holder[0]
    folded = re.findall(r'<details[^>]*id="qc-[^"]*"(?![^>]* open)[^>]*>', document)
    assert len(folded) == len(re.findall(r'<details[^>]*id="qc-', document)) - 1
