"""The pictures of good and bad measurements that the review page shows.

They are drawn of the demo's phantom by ``docs/images/review_guide.py``; the docs show the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bonecohort.report.pictures.embedding import embedded_picture

FOLDER = Path(__file__).parent / "guide"
BUDGET_BYTES = 45_000
CAPTIONS = {
    "good": (
        "The three regions lie inside the trabecular bone, clear of endplates, walls and vein. "
        "Their HU are alike."
    ),
    "endplate": (
        "The upper region touches the endplate: dense bone raises its HU, and the planes differ. "
        "Reject it, or correct the region."
    ),
    "sclerosis": (
        "The upper region holds sclerosis: its HU and its SD are high. Reject the vertebra where "
        "no place beside it is free."
    ),
    "wall": (
        "The middle region leaves the body through its posterior wall: it holds cortical bone and "
        "the spinal canal. Correct the region."
    ),
}
"""What each picture shows, by its file's stem; the first is the good one."""


@dataclass(frozen=True)
class GuidePicture:
    """A picture of the guide, as a data address, and what it teaches."""

    source: str
    width: int
    height: int
    alt: str
    caption: str
    is_good: bool


def guide_pictures() -> list[GuidePicture]:
    """Return the pictures of the guide, the good one first."""
    result = []
    for stem, caption in CAPTIONS.items():
        alt = f"CT of a vertebra with its three regions: {caption}"
        shown = embedded_picture(FOLDER / f"{stem}.png", alt, BUDGET_BYTES)
        result.append(
            GuidePicture(
                shown.source, shown.width, shown.height, shown.alt, caption, is_good=stem == "good"
            )
        )
    return result
