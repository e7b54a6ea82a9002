"""The vertebral bodies that a label map holds, and the discs between them.

The posterior elements are separated from the body as on CT. The body is what a sphere reaches that
is too wide for a pedicle. Its shape has no other condition. An MR may hold only a few slices of it,
in which the posterior elements may be a part of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.annotations.labels.on_grid import label_points_lps
from bonecohort.annotations.labels.schemes import HEAD_TO_FOOT
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.body import COARSE_STEP_MM, body_region
from bonecohort.measures.vertebra.label_bodies import check_labels
from bonecohort.measures.vertebra.order import order_contradiction
from bonecohort.measures.vertebra.surface import (
    AROUND_MM,
    FAR_MM,
    cut,
    sample,
    signed_distance,
    thinned,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.images.volume import FloatArray

HEAD = np.array([0.0, 0.0, 1.0])
COLUMN_MM = 8.0
"""A body's ends are sought within this distance of the line through its middle."""
DISC_DEPTH_MM = 4.5
"""The disc is read this far beyond a body's end, or midway to a nearer body."""
DISC_RADIUS_MM, DISC_STEP_MM = 6.0, 2.0


@dataclass(frozen=True)
class VertebralBody:
    """A vertebral body in a label map.

    Attributes
    ----------
    bone
        The whole vertebra: a mask on the label map's own grid, cut to its surroundings.
    reach
        Positive in the body, negative beyond it, in mm; on a coarse grid along LPS.
    points_lps_mm
        Centres of the label's voxels in the body, LPS mm, shape (n, 3).
    flags
        What the label map has to say of this level.
    """

    level: str
    bone: Volume
    reach: Volume
    points_lps_mm: FloatArray
    flags: tuple[str, ...] = ()

    @property
    def centre_lps_mm(self) -> FloatArray:
        """Middle of the body, LPS mm, shape (3,)."""
        centre: FloatArray = self.points_lps_mm.mean(axis=0)
        return centre


Bodies = Mapping[str, VertebralBody | str]
"""Level → its body in the label map, or the reason why there is none."""


def find_bodies(
    labels: Volume, numbers: Mapping[str, int], levels: Sequence[str]
) -> dict[str, VertebralBody | str]:
    """Return the body of every level, or the reason why there is none.

    Parameters
    ----------
    labels
        The label map.
    numbers
        Level → number in the map.
    levels
        The levels wanted.
    """
    points = label_points_lps(labels, numbers.values())
    present = {level: points[number] for level, number in numbers.items() if number in points}
    contradiction = order_contradiction(present, numbers)
    if contradiction:
        return dict.fromkeys(levels, contradiction)
    findings = check_labels(labels, present, numbers)
    bodies: dict[str, VertebralBody | str] = {}
    for level in levels:
        if level in findings.refused:
            bodies[level] = findings.refused[level]
        elif level not in numbers:
            bodies[level] = f"The label scheme gives no number for {level}."
        elif level not in present:
            bodies[level] = f"{level} (label {numbers[level]}) is absent from the label map."
        else:
            flags = findings.flags.get(level, ())
            try:
                bodies[level] = body_of(labels, level, numbers[level], present[level], flags)
            except DataFault as fault:
                bodies[level] = fault.reason
    return bodies


def body_of(
    labels: Volume, level: str, number: int, points_lps_mm: FloatArray, flags: tuple[str, ...]
) -> VertebralBody:
    """Part a vertebra's body from its posterior elements.

    Raises
    ------
    DataFault
        The label holds no body.
    """
    box = cut(labels, labels.to_index(points_lps_mm), AROUND_MM)
    bone = Volume(box.array == number, box.affine_lps)
    reach = body_region(signed_distance(thinned(bone, COARSE_STEP_MM)))
    points = bone.to_lps(np.argwhere(bone.array).astype(float))
    inside = points[sample(reach, points, -FAR_MM) > 0]
    if not len(inside):
        raise DataFault("No vertebral body was found in the label.")
    return VertebralBody(level, bone, reach, inside, flags)


def disc_places(bodies: Sequence[VertebralBody]) -> dict[str, FloatArray]:
    """Return, by level, places in the discs above and below its body, LPS mm, shape (n, 3).

    The spine runs from each body's middle to the next one's; about a single body it runs upright.

    Parameters
    ----------
    bodies
        In any order.
    """
    ordered = sorted(bodies, key=lambda body: HEAD_TO_FOOT.index(body.level))
    places = {}
    for body, above, below in zip(ordered, [None, *ordered], [*ordered[1:], None], strict=False):
        up, down = _towards(body, above), _towards(body, below)
        if up is None:
            up = HEAD if down is None else -down
        if down is None:
            down = -up
        places[body.level] = np.concatenate([_beyond(body, up, above), _beyond(body, down, below)])
    return places


def _towards(body: VertebralBody, other: VertebralBody | None) -> FloatArray | None:
    if other is None:
        return None
    step = other.centre_lps_mm - body.centre_lps_mm
    direction: FloatArray = step / np.linalg.norm(step)
    return direction


def _beyond(body: VertebralBody, direction: FloatArray, other: VertebralBody | None) -> FloatArray:
    """Return places in the disc that lies beyond a body's end in a direction (unit, LPS)."""
    end_mm = _end_mm(body, direction)
    depth_mm = DISC_DEPTH_MM
    if other is not None:
        apart_mm = float(np.linalg.norm(other.centre_lps_mm - body.centre_lps_mm))
        gap_mm = apart_mm - end_mm - _end_mm(other, -direction)
        depth_mm = min(depth_mm, max(gap_mm, 0.0) / 2)
    across = np.linalg.svd(direction[None])[2][1:]
    steps = np.arange(-DISC_RADIUS_MM, DISC_RADIUS_MM + 1, DISC_STEP_MM)
    circle = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    circle = circle[(circle**2).sum(axis=1) <= DISC_RADIUS_MM**2]
    places: FloatArray = body.centre_lps_mm + (end_mm + depth_mm) * direction + circle @ across
    return places


def _end_mm(body: VertebralBody, direction: FloatArray) -> float:
    """Return how far from its middle a body reaches in a direction (unit, LPS)."""
    offset = body.points_lps_mm - body.centre_lps_mm
    along = offset @ direction
    across = np.linalg.norm(offset - along[:, None] * direction, axis=1)
    column = along[across <= COLUMN_MM]
    return float(column.max(initial=0.0))
