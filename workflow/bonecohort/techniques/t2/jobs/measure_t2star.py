"""Measure T2* of one participant's vertebral bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.techniques.t2.converted import t2star_of
from bonecohort.techniques.t2.record import write_records

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``t2star/{level}.json`` of every level."""
    write_records(task, results, t2star_of, "t2star")
