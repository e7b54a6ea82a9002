"""Is a CT in Hounsfield units? Proven by its tissues, refused by what it shows, or unproven.

A volume may have lost its intercept, may have 1000 or 1024 added, or may be exported through a
display window. It still looks like a CT, and trabecular bone in it gets plausible values. A
difference of tens of HU can not be seen so: muscle and fat differ as much from one person to the
next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.quantiles import quantiles
from bonecohort.images.tissues import (
    AIR_HU,
    Tissues,
    better_offset_hu,
    empty_peak,
    tissues,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.scale_sample import ScaleSample
    from bonecohort.images.volume import FloatArray

Verdict = Literal["proven", "refused", "unproven"]
SIDECAR_KEY = "HounsfieldScale"
UNPROVEN_FLAG = "hounsfield_scale_unproven"
NARROWEST_HU = 10.0
"""Fat and muscle lie 150 HU apart. A patient nearly all within 10 HU is a rescaled image."""
ALL_DENSE_HU, MOST_DENSE = 300.0, 0.75
ALL_LIGHT_HU, NEARLY_ALL = -300.0, 0.99
"""No body shows so large a part that is denser, or lighter, than soft tissue."""
FULL_RANGES = ((0, 1), (0, 255), (0, 1023), (0, 4095), (0, 16383), (0, 65535), (-128, 127))
"""Lowest and highest stored value of images written with n bits, or scaled to one."""
FLOOR_HU = (-850.0, 5.0)
"""A lowest value within it that many voxels share is where values were cut: air lies below."""
BONE_CUT_HU = 600.0
"""A highest value below it that many voxels share cuts bone, trabecular bone with noise too."""
LEAST_AT_CUT, LEAST_VOXELS = 0.001, 20
MANY_AT_CUT = 0.02
BESIDE_CUT_HU = 5.0
"""At a cut, one value holds many voxels, or more than all the values next to it."""
BELOW_FAT_HU = 20.0
"""A cut this far below the peak of fat leaves fat, soft tissue and bone as they are."""
BELOW_AIR_HU, LEAST_BELOW_AIR, MUCH_AIR = -1200.0, 0.01, 0.05
"""Below air lies padding alone, which is one value, or beside air where a lossy code blurred it."""
BYTE_HU, BYTE_SPREAD_HU = 255.0, 32.0
"""Noise about soft tissue goes below 0, and cortical bone beyond 255, in any crop of a spine."""
MADE_UP, FEWEST_LEVELS = 0.35, 20
"""An image of so few values, or of which one value makes such a share, is a phantom."""
EXPECTED = "Air is expected near -1000 HU, fat near -100, soft tissue at 0 to 100."
ADVICE = "Export the CT again with its rescale slope and intercept, not through a display window."


@dataclass(frozen=True)
class HounsfieldScale:
    """What an image shows of its scale.

    Attributes
    ----------
    verdict
        ``proven``: soft tissue, and air or fat, lie where the Hounsfield scale puts them.
        ``refused``: what is seen can not be HU. ``unproven``: neither.
    seen
        What was seen, a sentence with numbers.
    peaks
        The tissues found, HU.
    lowest, highest
        Values of the image.
    """

    verdict: Verdict
    seen: str
    peaks: Tissues
    lowest: float
    highest: float

    def record(self) -> dict[str, Any]:
        """Return what the sidecar keeps under ``SIDECAR_KEY``."""
        peaks = {"AirHU": self.peaks.air, "FatHU": self.peaks.fat,
                 "SoftTissueHU": self.peaks.soft_tissue}  # fmt: skip
        return {
            "Verdict": self.verdict,
            "Seen": self.seen,
            **{name: None if value is None else round(value, 1) for name, value in peaks.items()},
            "Lowest": self.lowest,
            "Highest": self.highest,
        }


def check_scale(sample: ScaleSample) -> tuple[dict[str, Any], list[str]]:
    """Return what the sidecar keeps of a CT's scale, and a warning where it is unproven.

    Raises
    ------
    DataFault
        The values can not be HU.
    """
    scale = judge_scale(sample)
    if scale.verdict == "refused":
        raise DataFault(
            f"The values of the CT are not Hounsfield units. {scale.seen} {EXPECTED} {ADVICE}"
        )
    kept = {SIDECAR_KEY: scale.record()}
    if scale.verdict == "proven":
        return kept, []
    return kept, [f"The Hounsfield scale is unproven. {scale.seen}"]


def judge_scale(sample: ScaleSample) -> HounsfieldScale:
    """Judge a whole CT, whose values are to be HU, on its own tissues."""
    lowest, highest = sample.lowest, sample.highest
    means, voxels = sample.block_means(), sample.voxels()
    peaks = tissues(means)
    offset = None
    if peaks.air is None or peaks.fat is None or peaks.soft_tissue is None:
        offset = better_offset_hu(means)
    why_not = (
        _of_offset(means, offset)
        or _of_averages(means)
        or _of_empty_peak(peaks, means, voxels)
        or _of_cuts(voxels, peaks, lowest, highest)
    )
    if why_not:
        seen = f"{why_not} The values go from {lowest:g} to {highest:g}."
        return HounsfieldScale("refused", seen, peaks, lowest, highest)
    verdict: Verdict = "proven" if peaks.prove_the_scale else "unproven"
    return HounsfieldScale(verdict, _seen(peaks, lowest, highest), peaks, lowest, highest)


def _of_offset(means: FloatArray, offset: float | None) -> str:
    """Say that a scale is shifted, where another one fits the image."""
    if offset is None:
        return ""
    result = tissues(means, offset)
    named = {"air": result.air, "fat": result.fat, "soft tissue": result.soft_tissue}
    there = ", ".join(
        f"{name} at {hu + offset:.0f}" for name, hu in named.items() if hu is not None
    )
    text = f"It shows {there}: as" if there else "Its values lie as"
    return f"{text} if about {offset:.0f} had been added to HU."


def _of_averages(means: FloatArray) -> str:
    """Say what no CT in HU shows, by the image's averaged values."""
    shares = (1 - NEARLY_ALL, 0.5, NEARLY_ALL, 1 - MOST_DENSE)
    low, middle, high, dense = quantiles(means, shares)
    if 0 < high - low <= NARROWEST_HU:
        return f"Nearly all of it lies within {high - low:.3g} of {middle:.3g}."
    if dense > ALL_DENSE_HU:
        return f"Of the image {MOST_DENSE:.0%} is above {dense:.0f}, denser than soft tissue."
    if high < ALL_LIGHT_HU:
        return f"Of the image {NEARLY_ALL:.0%} is below {high:.0f}, lighter than soft tissue."
    below = means[means < BELOW_AIR_HU]
    air = np.mean((means >= AIR_HU[0]) & (means <= AIR_HU[1]))
    if len(below) > LEAST_BELOW_AIR * len(means) and air < MUCH_AIR and not _is_made_up(below):
        return f"Of the image {len(below) / len(means):.0%} is below {BELOW_AIR_HU:g}: nothing is."
    return ""


def _of_empty_peak(peaks: Tissues, means: FloatArray, voxels: NDArray[Any]) -> str:
    """Say where values gather though no tissue lies there, in the averages and voxel by voxel."""
    place = empty_peak(means)
    if place is None or empty_peak(voxels.astype(np.float64)) is None:
        return ""
    lowest = float(voxels.min())
    if place - lowest < BELOW_FAT_HU and _fat_is_whole(peaks, lowest):
        return ""  # air was cut away, and nothing else
    return f"Many voxels lie near {place:.0f}, where there is no tissue."


def _fat_is_whole(peaks: Tissues, lowest: float) -> bool:
    """Whether fat and soft tissue lie in their places, and the lowest value below them."""
    seen = peaks.fat is not None and peaks.soft_tissue is not None
    return seen and lowest < (peaks.fat or 0) - BELOW_FAT_HU


def _of_cuts(voxels: NDArray[Any], peaks: Tissues, lowest: float, highest: float) -> str:
    """Say where values were cut, as a display window or an unsigned type cuts them."""
    if (lowest, highest) in FULL_RANGES:
        return f"Its values fill {lowest:g} to {highest:g}, the range of stored values, not of HU."
    may_be_byte = lowest >= 0 and highest <= BYTE_HU
    may_have_floor = FLOOR_HU[0] <= lowest <= FLOOR_HU[1] and not _fat_is_whole(peaks, lowest)
    may_have_ceiling = highest < BONE_CUT_HU
    # Nearly every CT needs no closer look: its ends lie elsewhere, or few voxels share them.
    looked_at = (
        may_be_byte
        or (may_have_floor and _is_shared(voxels, lowest))
        or (may_have_ceiling and _is_shared(voxels, highest))
    )
    between = voxels[(voxels != lowest) & (voxels != highest)] if looked_at else voxels[:0]
    if _is_made_up(between):
        return ""
    byte = may_be_byte and np.array_equal(between, np.rint(between))
    if byte and highest - lowest > BYTE_SPREAD_HU:
        return "None of it is below 0 or above 255: these are the values of an 8-bit picture."
    beside_floor = int(np.count_nonzero(between <= lowest + BESIDE_CUT_HU))
    floor = _cut_share(voxels, lowest, beside_floor)
    if may_have_floor and floor:
        return f"Of the image {floor:.1%} has the lowest value, {lowest:g}: values were cut there."
    beside_ceiling = int(np.count_nonzero(between >= highest - BESIDE_CUT_HU))
    ceiling = _cut_share(voxels, highest, beside_ceiling)
    if may_have_ceiling and ceiling:
        return f"Of the image {ceiling:.1%} has the highest value, {highest:g}: bone was cut there."
    return ""


def _is_shared(voxels: NDArray[Any], end: float) -> bool:
    """Whether one end of the values holds as many voxels as a cut would at least."""
    there = int(np.count_nonzero(voxels == end))
    return there >= LEAST_VOXELS and there / voxels.size >= LEAST_AT_CUT


def _cut_share(voxels: NDArray[Any], end: float, beside: int) -> float:
    """Return the share of voxels at one end of the values where they were cut, else 0."""
    there = int(np.count_nonzero(voxels == end))
    share = there / voxels.size
    cut = share >= MANY_AT_CUT or (share >= LEAST_AT_CUT and there > beside)
    return share if cut and there >= LEAST_VOXELS else 0.0


def _is_made_up(values: NDArray[Any]) -> bool:
    """Whether an image consists of few values, as a phantom without noise does."""
    sample = values[:: 1 + values.size // 200_000]
    levels, counts = np.unique(sample, return_counts=True)
    return len(levels) < FEWEST_LEVELS or bool(counts.max() > MADE_UP * sample.size)


def _seen(peaks: Tissues, lowest: float, highest: float) -> str:
    named = {"Air": peaks.air, "Fat": peaks.fat, "Soft tissue": peaks.soft_tissue}
    result = [f"{name} at {hu:.0f} HU" for name, hu in named.items() if hu is not None]
    absent = [name.lower() for name, hu in named.items() if hu is None]
    texts = [", ".join(result)] if result else []
    texts += [f"No {' nor '.join(absent)} where expected"] if absent else []
    return f"{'. '.join(texts)}. The values go from {lowest:g} to {highest:g}."
