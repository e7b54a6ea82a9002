"""Settings of the Hounsfield units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.study.declared import Strict, documented

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class HounsfieldSettings(Strict):
    """Hounsfield regions of interest and thresholds."""

    osteoporosis_threshold: float = documented(
        "Osteoporosis when total spine HU is below this.", 110.0
    )
    low_hu_threshold: float = documented("A vertebra is low-HU at or below this.", 110.0)
    planes: tuple[float, float, float] = documented(
        "Heights of the lower, middle and upper plane as fractions of the body height, "
        "measured from the inferior endplate; never nearer to an endplate than the margin plus one "
        "slice thickness.",
        (0.30, 0.50, 0.70),
    )
    margin_mm: float = documented(
        "Least distance of the ellipse from the outer surface of the vertebral body; coarse voxels "
        "keep it further off.",
        5.0,
    )
    min_levels: int = documented("Levels needed for a total spine HU.", 5)
    min_voxels: int = documented("Least number of CT voxels in a region of interest.", 20)
    max_excluded_fraction: float = documented(
        "Largest fraction of a region that may be left out as bone island or sclerosis.", 0.40
    )
    plane_spread_flag_hu: float = documented(
        "Flag a vertebra whose three planes differ by more than this, sclerosis included.", 25.0
    )
    sd_flag_hu: float = documented("Flag a region whose SD is above this.", 60.0)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the planes, and numbers below 0."""
        lower, middle, upper = self.planes
        if not 0 < lower < middle < upper < 1:
            yield (
                f"planes: found {[lower, middle, upper]}; three rising fractions between "
                "0 and 1 are expected (lower, middle, upper)."
            )
        for key in ("margin_mm", "min_voxels", "max_excluded_fraction", "min_levels"):
            if getattr(self, key) < 0:
                yield f"{key}: found {getattr(self, key)}; 0 or more is expected."
