"""Write the page on which readers review the measurements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.report.page.review import review_page
from bonecohort.study.study import load_study
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``review.html``; the pictures that it shows stay where they are."""
    study = load_study(Path(), task["overrides"])
    page = review_page(study, results)
    with whole_file(results / "review.html") as unfinished:
        unfinished.write_text(page, encoding="utf-8")
