"""The documentation site builds without a warning, and the links of its pages lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.conftest import REPOSITORY

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
INCLUDED = re.compile(r"^```\{include\} (\S+)", re.MULTILINE)
MOST_BYTES = 200_000
"""Of a picture: each version of it stays in the repository's history."""
SPHINX = Path(sys.executable).with_name("sphinx-build")


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(REPOSITORY)) for path in paths]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page, and of one that it includes."""
    text = page.read_text(encoding="utf-8")
    if included := INCLUDED.search(text):
        text += (page.parent / included[1]).read_text(encoding="utf-8")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    headings = [
        "".join(child.content for child in following.children or [])
        for token, following in pairwise(tokens)
        if token.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def broken_links(page: Path) -> list[str]:
    """Return the links of a page to files or headings that are not there."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        for child in token.children or []:
            link = str(child.attrs.get("href") or child.attrs.get("src") or "")
            if not link or re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            if not target.exists() or (anchor and anchor not in anchors_of(target)):
                found.append(link)
    return found


@pytest.mark.parametrize("page", names(PAGES))
def test_links_lead_to_files_and_headings_that_are_there(page: str) -> None:
    assert broken_links(REPOSITORY / page) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A heading\n\n[a](#a-heading) [b](#b) [c](c.md) ![d](d.png)\n")
    assert broken_links(page) == ["#b", "c.md", "d.png"]


def test_every_page_stands_in_the_contents() -> None:
    contents = (REPOSITORY / "docs/index.md").read_text(encoding="utf-8")
    contents += (REPOSITORY / "docs/api/index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^[\w/-]+$", contents, re.MULTILINE))
    for pattern in re.findall(r"^[\w/-]+\*$", contents, re.MULTILINE):
        matched = (REPOSITORY / "docs").glob(f"{pattern}.md")
        listed |= {str(page.relative_to(REPOSITORY / "docs").with_suffix("")) for page in matched}
    pages = {path.relative_to(REPOSITORY / "docs").with_suffix("") for path in PAGES
             if path.is_relative_to(REPOSITORY / "docs")}  # fmt: skip
    assert {str(page) for page in pages} - {"index"} <= listed | {f"api/{name}" for name in listed}


@pytest.mark.parametrize("picture", names(sorted(REPOSITORY.glob("docs/images/*.png"))))
def test_a_picture_is_small(picture: str) -> None:
    assert (REPOSITORY / picture).stat().st_size < MOST_BYTES


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [SPHINX, "-W", "--keep-going", "-n", "-q", "-j", "2", "-b", "html",
               "-d", tmp_path / "doctrees", REPOSITORY / "docs", tmp_path / "html"]  # fmt: skip
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    api = (tmp_path / "html/api/statistics.html").read_text(encoding="utf-8")
    assert 'id="bonecohort.statistics.tests.two_groups.welch_t"' in api
