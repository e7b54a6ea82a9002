"""The counts of the run record, as the flow diagram and the summary print them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.report.printing import format as fmt

if TYPE_CHECKING:
    from collections.abc import Mapping


def recorded(counts: Mapping[str, Any], name: str) -> str:
    """Print a count, or that it was not recorded."""
    value = counts.get(name)
    return fmt.NOT_RECORDED if value is None else f"{int(value)}"


def count(run: dict[str, Any], name: str) -> int | None:
    """Return one of the run's counts, or None when it was not recorded."""
    value = (run.get("counts") or {}).get(name)
    return None if value is None else int(value)
