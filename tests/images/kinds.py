"""Conversion by the name that series.tsv gives a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.images import convert
from bonecohort.techniques.registry import images

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.images.converted import ConvertedSeries


def convert_series(
    source: Path, kind: str, series_uid: str | None = None, **settings: Any
) -> ConvertedSeries:
    """Convert a series as an image of one kind."""
    return convert.convert_series(source, images()[kind], series_uid, **settings)
