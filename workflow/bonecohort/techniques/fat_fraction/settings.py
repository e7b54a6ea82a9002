"""The section ``mr_fat`` of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bonecohort.study.declared import Strict, documented, unfit_levels

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class MrFatSettings(Strict):
    """Fat fraction and R2* of vertebral bodies."""

    levels: tuple[Literal["L1", "L2", "L3", "L4", "L5"], ...] = documented(
        "Levels whose mean is a participant's value.", ("L1", "L2", "L3", "L4")
    )
    min_levels: int = documented("Levels needed for that mean.", 3)
    erosion_mm: float = documented(
        "Least distance of a measured voxel from the surface of the vertebral body, in the plane "
        "of the slices; along the other axis at least one slice is left out at either end.",
        3.0,
    )
    max_outlier_fraction: float = documented(
        "Flag a vertebra of which more than this is left out as vein, haemangioma or other "
        "outliers.",
        0.15,
    )
    sd_flag: float = documented(
        "Flag a vertebra whose fat fraction has an SD above this within the region, in percentage "
        "points.",
        10.0,
    )
    pair_is_quantitative: bool = documented(
        "The water and fat images come from at least three echoes, with R2* and the spectrum of "
        "fat accounted for. Declare this where their header does not say so. At a flip angle of "
        "at most 5 degrees their fat fraction is then reported as PDFF.",
        False,
    )
    fat_spectrum: Literal["liver", "marrow"] = documented(
        "Peaks of fat in the fit of echoes: 'liver' is the six peaks of Hamilton 2011, which "
        "most scanners and studies use. 'marrow' is ten peaks by the mean fatty acids of "
        "vertebral marrow. The choice moves PDFF by 1 to 2 percentage points: keep one for a "
        "study.",
        "liver",
    )
    max_source_difference: float = documented(
        "Flag a vertebra whose fat fractions from the two sources differ by more percentage "
        "points than this. The sources are the map, the "
        "echoes, and the water and fat images.",
        3.0,
    )
    pool_methods: bool = documented(
        "Analyse PDFF, and R2*, of different methods together. Otherwise only the values of the "
        "first method that occurs are analysed: vendor map, echoes, then water and fat images.",
        False,
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the levels of the mean, and numbers out of their range."""
        yield from unfit_levels(self.levels, self.min_levels)
        if not 0 <= self.max_outlier_fraction <= 1:
            yield f"max_outlier_fraction: found {self.max_outlier_fraction}; 0 to 1 is expected."
        for key in ("erosion_mm", "sd_flag", "max_source_difference"):
            if getattr(self, key) < 0:
                yield f"{key}: found {getattr(self, key)}; 0 or more is expected."
