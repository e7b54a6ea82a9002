"""Draw the figures of the analyses that the study lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.analyses.draw import draw
from bonecohort.study.analyses import listed
from bonecohort.study.study import load_study

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``figures/analyses/*`` as PNG, SVG and PDF."""
    settings = load_study(Path(), task["overrides"]).settings
    draw(listed(settings.analyses), results, settings)
