"""Whether a stack lies in the plane that is asked for, by the normal of its slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bonecohort.techniques.image import Image, Plane

LEAST_NORMAL = 0.8
"""Least part of the unit normal along the plane's own axis, from 0 to 1."""
AXES: dict[Plane, tuple[int, str]] = {"sagittal": (0, "left-right"), "axial": (2, "head-foot")}
"""Of each plane, the axis of LPS that its normal runs along, and the axis in words."""


def lies_in(plane: Plane, normal_part: float) -> bool:
    """Whether slices lie in a plane, by the part of their unit normal along the plane's axis."""
    return not plane or abs(normal_part) > LEAST_NORMAL


def axis_of(plane: Plane) -> int:
    """Return the axis of LPS that a plane's normal runs along."""
    return AXES[plane][0]


def other_plane(image: Image, normal_part: float) -> str:
    """Return the reason for refusing a stack that does not lie in the plane an image needs."""
    return (
        f"The {image.called} series is not {image.plane}. The {AXES[image.plane][1]} part of its "
        f"slice normal is {abs(normal_part):.2f}, more than {LEAST_NORMAL} is needed."
    )
