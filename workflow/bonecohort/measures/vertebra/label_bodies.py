"""Whether every label of a map holds one vertebral body, by the bodies of its neighbours.

Whole-vertebra labels touch at the facets, so a number that stands on two vertebrae is one connected
part. A line is drawn through the middles of all labelled bodies. Along it the length is measured
over which each label covers the line's surroundings.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.annotations.labels.schemes import HEAD_TO_FOOT
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.surface import thinned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

STEP_MM = 2.0
"""Labels are read at about this spacing."""
CORE_FRACTION = 0.55
"""A body's core lies this deep, as a fraction of the deepest place of the label."""
LEAST_CORE = 0.1
"""A second core smaller than this fraction of the first is none."""
LEAST_APART_MM = 18.0
"""Two cores further apart than this along the spine are two bodies."""
MOST_BEHIND = 1.2
"""A core this much further behind (or aside) than along the spine belongs to the arch."""
TUBE_MM = 8.0
TUBE_STEP_MM = 4.0
REACH_MM = 70.0
COVERED = 0.5
LEAST_RUN_MM = 4.0
ONE_BODY_MM, ONE_BODY_BROKEN_MM = 46.0, 38.0
"""A label this short along the spine may be of one body, with or without a gap."""
TALLER, TALLER_BROKEN = 1.6, 1.4
"""The same, as multiples of the other levels' length."""
TOGETHER_MM, TOGETHER = 17.0, 0.6
"""Two labels nearer than this, and than this part of the usual spacing, share one vertebra."""
GAP = 1.6
"""Spacing, as a multiple of the usual, that leaves room for a vertebra without a label."""


@dataclass(frozen=True)
class LabelFindings:
    """What is wrong with labels: reasons to refuse a level, and flags, both by level."""

    refused: Mapping[str, str]
    flags: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class LabelledBody:
    """A label seen along the spine.

    Attributes
    ----------
    cores_lps_mm
        Middles of its thick parts, head to foot, shape (n, 3).
    length_mm
        From its lowest to its highest place along the spine.
    broken
        There is a gap in it, as between two bodies.
    """

    cores_lps_mm: FloatArray
    length_mm: float
    broken: bool

    @property
    def middle_lps_mm(self) -> FloatArray:
        """Middle of the cores, LPS mm."""
        middle: FloatArray = self.cores_lps_mm.mean(axis=0)
        return middle


def check_labels(
    labels: Volume, points: Mapping[str, FloatArray], numbers: Mapping[str, int]
) -> LabelFindings:
    """Hold the labels of a map against each other.

    Parameters
    ----------
    labels
        The label map.
    points
        Level → its voxels' centres, LPS mm, shape (n, 3), of every level present.
    numbers
        Level → number in the map.
    """
    ordered = [level for level in HEAD_TO_FOOT if level in points]
    cores = {level: body_cores(labels, points[level]) for level in ordered}
    ordered = [level for level in ordered if len(cores[level])]
    line = np.concatenate([cores[level] for level in ordered]) if ordered else np.empty((0, 3))
    bodies = {
        level: LabelledBody(cores[level], *along_spine(labels, numbers[level], cores[level], line))
        for level in ordered
    }
    refused = {level: why for level in ordered if (why := two_bodies(level, bodies, numbers))}
    flags: dict[str, list[str]] = {level: [] for level in ordered}
    for level in refused:
        for other in neighbours(level, [one for one in ordered if one not in refused]):
            flags[other].append(
                f"the label of {level}, next to this vertebra, holds more than one body: check "
                "which vertebra is which"
            )
    for above, below, spacing_mm, usual_mm in spacings(bodies, ordered):
        if spacing_mm < TOGETHER_MM and (usual_mm is None or spacing_mm < TOGETHER * usual_mm):
            for level in (above, below):
                refused.setdefault(
                    level,
                    f"The labels of {above} and {below} lie {spacing_mm:.0f} mm apart along the "
                    "spine: they share one vertebra.",
                )
        elif usual_mm is not None and spacing_mm > GAP * usual_mm and above not in refused:
            for level in (above, below):
                if level not in refused:
                    flags[level].append(
                        f"the labels of {above} and {below} lie {spacing_mm:.0f} mm apart, others "
                        f"{usual_mm:.0f} mm; a vertebra between them may have no label, or "
                        "levels may be miscounted"
                    )
    return LabelFindings(refused, {level: tuple(texts) for level, texts in flags.items()})


def body_cores(labels: Volume, points_lps_mm: FloatArray) -> FloatArray:
    """Return the middles of a label's thick parts, which may be bodies, head to foot, (n, 3)."""
    from scipy import ndimage  # loading and saving crops does without

    index = np.rint(labels.to_index(points_lps_mm)).astype(int)
    low = index.min(axis=0) - 1
    mask = np.zeros(index.max(axis=0) - low + 2, dtype=bool)
    mask[tuple((index - low).T)] = True
    affine = labels.affine_lps.copy()
    affine[:3, 3] = labels.to_lps(low.astype(float))
    coarse = thinned(Volume(mask, affine), STEP_MM)
    depth = ndimage.distance_transform_edt(
        ndimage.binary_fill_holes(np.pad(coarse.array, 1)), sampling=coarse.spacing_mm
    )[1:-1, 1:-1, 1:-1]
    parts, count = ndimage.label(depth >= CORE_FRACTION * depth.max())
    if not depth.any():
        return np.empty((0, 3))
    sizes = np.bincount(parts.ravel())[1:]
    middles = coarse.to_lps(
        np.array(ndimage.center_of_mass(parts > 0, parts, range(1, count + 1)), dtype=float)
    )
    first = int(sizes.argmax())
    offset = np.abs(middles - middles[first])
    along = (offset[:, 2] >= LEAST_APART_MM) & (
        np.hypot(offset[:, 0], offset[:, 1]) <= MOST_BEHIND * offset[:, 2]
    )
    kept = along & (sizes >= LEAST_CORE * sizes[first])
    kept[first] = True
    result: FloatArray = middles[kept]
    sorted_down: FloatArray = result[np.argsort(-result[:, 2])]
    return sorted_down


def along_spine(
    labels: Volume, number: int, cores: FloatArray, line: FloatArray
) -> tuple[float, bool]:
    """Return over which length a label covers the surroundings of the spine's line; any gap in it.

    ``line`` holds the middles of all bodies, head to foot; it is straight beyond its ends.
    """
    heights = line[:, 2]
    order = np.argsort(heights)
    heights, across = heights[order], line[order][:, :2]
    if len(line) > 1:
        above = (across[-1] - across[-2]) / max(heights[-1] - heights[-2], 1.0)
        below = (across[1] - across[0]) / max(heights[1] - heights[0], 1.0)
        across = np.vstack([across[0] - REACH_MM * below, across, across[-1] + REACH_MM * above])
        heights = np.array([heights[0] - REACH_MM, *heights, heights[-1] + REACH_MM])
    z = np.arange(cores[-1, 2] - REACH_MM, cores[0, 2] + REACH_MM, 1.0)
    middle = np.column_stack([np.interp(z, heights, across[:, k]) for k in range(2)])
    step = np.arange(-TUBE_MM, TUBE_MM + 1.0, TUBE_STEP_MM)
    disc = np.stack(np.meshgrid(step, step, indexing="ij"), axis=-1).reshape(-1, 2)
    disc = disc[(disc**2).sum(axis=1) <= TUBE_MM**2]
    places = np.empty((len(z), len(disc), 3))
    places[..., :2] = middle[:, None] + disc
    places[..., 2] = z[:, None]
    covered = labelled_at(labels, number, places).mean(axis=1) >= COVERED
    runs = [run for run in runs_of(covered) if run[1] - run[0] >= LEAST_RUN_MM]
    if not runs:
        return 0.0, False
    first, last = runs[0][0], runs[-1][1]
    path = np.column_stack([middle[first:last], z[first:last]])
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum()) + 1.0, len(runs) > 1


def labelled_at(labels: Volume, number: int, places_lps_mm: FloatArray) -> NDArray[np.bool_]:
    """Return which places, LPS mm (..., 3), lie in a label."""
    index = np.floor(labels.to_index(places_lps_mm) + 0.5).astype(int)
    within = ((index >= 0) & (index < labels.array.shape)).all(axis=-1)
    index = np.clip(index, 0, np.array(labels.array.shape) - 1)
    result: NDArray[np.bool_] = (labels.array[tuple(np.moveaxis(index, -1, 0))] == number) & within
    return result


def runs_of(covered: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the (first, past the last) index of every run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], covered, [False]]).astype(int)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def two_bodies(
    level: str, bodies: Mapping[str, LabelledBody], numbers: Mapping[str, int]
) -> str | None:
    """Return what shows that a label holds more than one body, if anything does."""
    body = bodies[level]
    cores = body.cores_lps_mm
    if len(cores) > 1:
        apart = np.linalg.norm(np.diff(cores, axis=0), axis=1)
        return (
            f"The label of {level} ({numbers[level]}) holds {len(cores)} vertebral bodies, their "
            f"middles {', '.join(f'{mm:.0f}' for mm in apart)} mm apart. One number must cover "
            "one vertebra."
        )
    others = [other.length_mm for name, other in bodies.items() if name != level]
    usual_mm = float(np.median(others)) if others else 0.0
    beside = f", those of the other levels {usual_mm:.0f} mm" if others else ""
    most_mm = (
        max(ONE_BODY_BROKEN_MM, TALLER_BROKEN * usual_mm)
        if body.broken
        else max(ONE_BODY_MM, TALLER * usual_mm)
    )
    if body.length_mm <= most_mm:
        return None
    return (
        f"The label of {level} ({numbers[level]}) reaches over {body.length_mm:.0f} mm along the "
        f"spine{beside}: it holds several vertebral bodies."
    )


def neighbours(level: str, others: list[str]) -> list[str]:
    """Return the next level above and below, of those that are there."""
    place = HEAD_TO_FOOT.index(level)
    above = [other for other in others if HEAD_TO_FOOT.index(other) < place]
    below = [other for other in others if HEAD_TO_FOOT.index(other) > place]
    return [*above[-1:], *below[:1]]


def spacings(
    bodies: Mapping[str, LabelledBody], ordered: list[str]
) -> list[tuple[str, str, float, float | None]]:
    """Return each two successive levels, their distance in mm, and the median of the others'."""
    counted = [level for level in HEAD_TO_FOOT if level != "T13" or level in ordered]
    result = [
        (
            above,
            below,
            float(np.linalg.norm(bodies[above].middle_lps_mm - bodies[below].middle_lps_mm)),
        )
        for above, below in pairwise(ordered)
        if counted.index(below) - counted.index(above) == 1
    ]
    with_usual = []
    for k, (above, below, mm) in enumerate(result):
        others = [other for j, (*_, other) in enumerate(result) if j != k]
        with_usual.append((above, below, mm, float(np.median(others)) if others else None))
    return with_usual
