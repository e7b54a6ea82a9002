"""The section ``t2`` of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bonecohort.study.declared import Strict, documented, unfit_levels

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class T2Settings(Strict):
    """T2 and T2* of vertebral bodies."""

    levels: tuple[Literal["L1", "L2", "L3", "L4", "L5"], ...] = documented(
        "Levels whose mean is a participant's value.", ("L1", "L2", "L3", "L4")
    )
    min_levels: int = documented("Levels needed for that mean.", 3)
    skip_first: int = documented(
        "Echoes left out at the beginning: the first holds no stimulated echo.", 1
    )
    t2star: bool = documented(
        "Measure T2* on echoes of a gradient echo without phases. At least three of them must hold "
        "water and fat in phase.",
        True,
    )
    erosion_mm: float = documented(
        "Least distance of a measured voxel from the surface of the vertebral body, in the plane "
        "of the slices; along the other axis at least one slice is left out at either end.",
        2.5,
    )
    min_voxels: int = documented("Least number of voxels in the region of a vertebra.", 20)
    pool_methods: bool = documented(
        "Analyse values of different echo times, and of maps, together. Otherwise only the method "
        "that measured most vertebrae is analysed.",
        False,
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the levels of the mean, and numbers out of their range."""
        yield from unfit_levels(self.levels, self.min_levels)
        if self.min_voxels < 2:
            yield f"min_voxels: found {self.min_voxels}; 2 or more is expected."
        for key in ("skip_first", "erosion_mm"):
            if getattr(self, key) < 0:
                yield f"{key}: found {getattr(self, key)}; 0 or more is expected."
