"""The section ``vbq`` of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bonecohort.study.declared import Strict, documented, unfit_levels

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class VbqSettings(Strict):
    """Vertebral bone quality (VBQ) and endplate bone quality (EBQ) on T1-weighted MR."""

    levels: tuple[Literal["L1", "L2", "L3", "L4", "L5"], ...] = documented(
        "Levels whose median is a participant's VBQ.", ("L1", "L2", "L3", "L4")
    )
    min_levels: int = documented("Levels needed for that median.", 3)
    erosion_mm: float = documented(
        "Least distance of measured marrow from the surface of the vertebral body, within a "
        "sagittal slice.",
        5.0,
    )
    csf_erosion_mm: float = documented(
        "Least distance of cerebrospinal fluid (CSF) from the canal's border and the cord, within "
        "a sagittal slice.",
        2.0,
    )
    min_voxels: int = documented("Least number of voxels in the marrow of a vertebra.", 20)
    min_csf_voxels: int = documented("Least number of voxels of CSF at a level.", 10)
    max_csf_cv: float = documented(
        "CSF of a level is not used where its voxels differ by more than this: standard "
        "deviation, by quartiles, over median. Nerve roots and stenosis raise it.",
        0.35,
    )
    max_outlier_fraction: float = documented(
        "Flag a vertebra of which more than this is left out as vein, haemangioma or other "
        "outliers.",
        0.15,
    )
    band_mm: float = documented("Thickness of the region under an endplate.", 3.0)
    band_width: float = documented(
        "Width of that region, as a fraction of the width of the body.", 0.7
    )
    n4: bool = documented(
        "Take the shading of surface coils out of the image by N4 bias field correction before "
        "anything is measured. The published scores are those of uncorrected images.",
        False,
    )
    pool_methods: bool = documented(
        "Analyse values of spin echo and of gradient echo together. Otherwise only the one that "
        "measured most is analysed.",
        False,
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the levels of the median, and numbers out of their range."""
        yield from unfit_levels(self.levels, self.min_levels)
        for key in ("min_voxels", "min_csf_voxels"):
            if getattr(self, key) < 2:
                yield f"{key}: found {getattr(self, key)}; 2 or more is expected."
        for key in ("erosion_mm", "csf_erosion_mm"):
            if getattr(self, key) < 0:
                yield f"{key}: found {getattr(self, key)}; 0 or more is expected."
        for key in ("max_csf_cv", "band_mm"):
            if getattr(self, key) <= 0:
                yield f"{key}: found {getattr(self, key)}; more than 0 is expected."
        if not 0 <= self.max_outlier_fraction <= 1:
            yield f"max_outlier_fraction: found {self.max_outlier_fraction}; 0 to 1 is expected."
        if not 0 < self.band_width <= 1:
            yield f"band_width: found {self.band_width}; more than 0, at most 1 is expected."
