"""Where air, fat and soft tissue lie on an image's grey scale, and its possible shift.

Peaks are sought in means over blocks of about 5 mm. The noise of low doses and sharp kernels would
hide them in single voxels. The landmarks are those of the Hounsfield scale itself, which puts air
at -1000 and water at 0 at every tube voltage. The tissues nearest to it are landmarks too. Fat lies
at -150 to -50 HU (Yoshizumi et al. 1999, Radiology 211:283, and Aubrey et al. 2014, Acta Physiol
210:489, take -190 to -30). Muscle lies at 30 to 70 HU (Aubrey et al.: -29 to 150 for all of it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.images.quantiles import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

AIR_HU = (-1060.0, -930.0)
FAT_HU = (-150.0, -55.0)
SOFT_TISSUE_HU = (-20.0, 150.0)
"""Muscle and organs, contrast agent included; after averaging, some fat in them as well."""
EMPTY_HU = (-650.0, -180.0)
"""Between lung and fat no tissue lies: only borders of air pass through."""
LEAST_AIR, LEAST_FAT, LEAST_SOFT, LEAST_IN_EMPTY = 0.002, 0.01, 0.02, 0.05
"""Shares of all blocks within 40 HU of a peak that make it one."""
NEAR_PEAK_HU = 40.0
PEAK_BIN_HU = 5.0
SIDES_HU = 80.0
PROMINENCE = 0.8
"""On both sides of a peak, within 80 HU, the density falls to this share of it."""

BIN_HU = 10.0
SPAN_HU = (-12_000.0, 12_000.0)
"""Stored values of 12 to 14 bits lie within it, with or without an intercept."""
OFFSETS_HU = np.array([b for b in range(-9000, 9001, 40) if abs(b) >= 300], dtype=np.float64)
NO_OFFSET_HU = (-40.0, -20.0, 0.0, 20.0, 40.0)
REFINED_HU = (-20.0, -10.0, 0.0, 10.0, 20.0)
ROUNDS, QUICK_ROUNDS = 30, 8
CLEARLY_BETTER, FAR_BETTER = 0.05, 1.0
"""Mean log-likelihood a block by which a shifted scale fits better: with its landmarks, without."""


@dataclass(frozen=True)
class Tissues:
    """Peaks on the grey scale, HU; None where there is none in the place of that tissue."""

    air: float | None
    fat: float | None
    soft_tissue: float | None

    @property
    def prove_the_scale(self) -> bool:
        """Whether two landmarks lie where the Hounsfield scale puts them, the soft tissue one."""
        return self.soft_tissue is not None and not (self.air is None and self.fat is None)


def tissues(values: FloatArray, offset_hu: float = 0.0) -> Tissues:
    """Return the peaks of block means, on a scale that is shifted by ``offset_hu``."""
    shifted = values - offset_hu
    return Tissues(
        air=_peak(shifted, AIR_HU, LEAST_AIR),
        fat=_peak(shifted, FAT_HU, LEAST_FAT),
        soft_tissue=_peak(shifted, SOFT_TISSUE_HU, LEAST_SOFT),
    )


def empty_peak(values: FloatArray) -> float | None:
    """Return where values gather between lung and fat, where no tissue lies; else None."""
    return _peak(values, EMPTY_HU, LEAST_IN_EMPTY)


def _peak(values: FloatArray, between: tuple[float, float], least_share: float) -> float | None:
    """Return where the values are densest within a range; None where no peak lies in it."""
    margin = SIDES_HU + PEAK_BIN_HU
    low, high = between[0] - margin, between[1] + margin
    # Even bins are found by arithmetic, edges that are given by sorting all values.
    counts, edges = np.histogram(values, bins=round((high - low) / PEAK_BIN_HU), range=(low, high))
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.5) ** 2)
    density = np.convolve(counts, kernel / kernel.sum(), mode="same")
    centres = (edges[:-1] + edges[1:]) / 2
    inside = np.flatnonzero((centres >= between[0]) & (centres <= between[1]))
    best = inside[np.argmax(density[inside])]
    reach = round(SIDES_HU / PEAK_BIN_HU)
    left, right = density[max(best - reach, 0) : best], density[best + 1 : best + 1 + reach]
    falls = max(left.min(), right.min()) <= PROMINENCE * density[best]
    summit = density[best] >= max(left[-3:].max(), right[:3].max())
    near = np.abs(values - centres[best]) <= NEAR_PEAK_HU
    if not (falls and summit and density[best] > 0 and near.mean() >= least_share):
        return None
    return median(values[near])


def better_offset_hu(values: FloatArray) -> float | None:
    """Return the offset of at least 300 HU under which the values fit a CT clearly better.

    The histogram is compared at every offset with a mixture of the tissues of a CT. These are air,
    lung and gas, fat, soft tissue, enhanced tissue and trabecular bone, and dense bone. Their
    shares are free and fitted by expectation maximisation. None where no shifted scale fits better
    and shows two of its landmarks, or fits far better.
    """
    edges = np.arange(SPAN_HU[0], SPAN_HU[1] + BIN_HU, BIN_HU)
    counts, _ = np.histogram(np.clip(values, SPAN_HU[0], SPAN_HU[1] - 1), bins=edges)
    used = counts > 0
    share = counts[used] / counts.sum()
    centres = ((edges[:-1] + edges[1:]) / 2)[used]

    def best_of(offsets: FloatArray, rounds: int) -> tuple[float, float]:
        fits = [_log_likelihood(centres - offset, share, rounds) for offset in offsets]
        best = int(np.argmax(fits))
        return fits[best], float(offsets[best])

    unshifted, _ = best_of(np.array(NO_OFFSET_HU), ROUNDS)
    _, rough = best_of(OFFSETS_HU, QUICK_ROUNDS)
    shifted, offset = best_of(rough + np.array(REFINED_HU), ROUNDS)
    better = shifted - unshifted
    seen = better > CLEARLY_BETTER and tissues(values, offset).prove_the_scale
    return offset if seen or better > FAR_BETTER else None


def _log_likelihood(centres: FloatArray, share: FloatArray, rounds: int) -> float:
    """Return the mean log-likelihood of values, given as shares of bins, under the mixture."""
    density = _mixture(centres)
    weights = np.full(len(density), 1 / len(density))
    for _ in range(rounds):
        parts = weights[:, None] * density
        weights = (parts / parts.sum(axis=0) * share).sum(axis=1)
    return float((share * np.log((weights[:, None] * density).sum(axis=0))).sum())


def _mixture(hu: FloatArray) -> FloatArray:
    """Return the densities of the mixture's parts a bin, shape (parts, values)."""

    def normal(mean: float, sd: float) -> FloatArray:
        density: FloatArray = np.exp(-0.5 * ((hu - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
        return density

    def even(low: float, high: float) -> FloatArray:
        return ((hu >= low) & (hu < high)) / (high - low)

    dense = np.where(hu >= 150, np.exp(-(hu.clip(150) - 150) / 300) / 300, 0)
    parts = [
        normal(-1000, 35), even(-960, -160), normal(-100, 35), normal(45, 35), even(60, 350),
        dense, np.full_like(hu, 1e-5),
    ]  # fmt: skip
    return BIN_HU * np.stack(parts)
