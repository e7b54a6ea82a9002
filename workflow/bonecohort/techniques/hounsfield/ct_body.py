"""The body as the CT shows it, found from where a label says it is.

Automatic labels are worn, swollen, shifted along the spine, leak into a disc or lack a part. So the
label says which vertebra and roughly where. The ends, the axis and the walls are the CT's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.axes import ELONGATION_FOR_AXIS, axes_about, unit
from bonecohort.measures.vertebra.body import check_plausible
from bonecohort.measures.vertebra.surface import FAR_MM, sample
from bonecohort.techniques.hounsfield.endplate_fit import PLATE_HALF_MM, fit_ends, relief
from bonecohort.techniques.hounsfield.endplate_search import (
    REACH_MM,
    Frame,
    Plane,
    Region,
    find_planes,
)
from bonecohort.techniques.hounsfield.walls import (
    ANGLES,
    DIRECTIONS,
    RADII_MM,
    RADIUS_STEP_MM,
    SHELL_HALF_MM,
    Wall,
    ellipse_radius_mm,
    find_ellipse,
    fit_wall,
    shell_brightness,
    wall_through,
)

if TYPE_CHECKING:
    from bonecohort.measures.vertebra.body import Body
    from bonecohort.techniques.hounsfield.endplate_fit import Ends

CENTRAL_FRACTION = 0.8
"""Endplates are fitted within this fraction of the section's half-axes."""
REFINEMENTS = 2
LEAST_EXPLAINED = 0.05
"""Plates that explain less than this of the HU about them are not seen."""
LEAST_FOLLOWED = 0.5
MOST_DEPTH_FRACTION = 1.05
"""A wall deeper than this part of its width holds more than the body."""
MOST_END_OFF_MM = 8.0
"""A label whose end lies further from the CT's endplate than this is not believed at all."""
LARGEST_TURN_DEG = 20.0
GRID_MM = 1.0
GRID_MARGIN_MM = 5.0
ENDPLATES_NOT_SEEN = "endplates_not_seen"
WALLS_NOT_SEEN = "walls_not_seen"


def body_on_ct(ct: Volume, labelled: Body) -> tuple[Body, tuple[str, ...]]:
    """Return the body on the CT's own endplates and walls, and flags on what was not seen.

    Where the endplates hardly show the label's body is returned. Where the walls do not, the
    label's walls stand.

    Raises
    ------
    DataFault
        The CT shows no endplates about the label, or an end of the label lies too far from one,
        with the distance. Or the body has a size that no vertebra has.
    """
    frame = Frame(labelled.origin_lps_mm, labelled.axes_lps)
    region = region_about(labelled)
    planes = find_planes(ct, frame, region)
    if planes is None:
        raise DataFault(
            f"The CT shows no two endplates within {REACH_MM:.0f} mm of the label's ends, which "
            f"lie {labelled.height_mm:.0f} mm apart. The label may lack a part of the body, or "
            "hold more than it."
        )
    check_ends(labelled, planes)
    flags: tuple[str, ...] = ()
    wall = labelled_wall(labelled, frame)
    for k in range(REFINEMENTS + 1):
        ends = fit_ends(ct, frame, region, planes)
        if min(ends.explained) < LEAST_EXPLAINED:
            return labelled, (ENDPLATES_NOT_SEEN,)
        if k == REFINEMENTS:
            break
        frame, height_mm = frame_of(frame, ends)
        bright = shell_brightness(ct, frame, height_mm)
        if k == 0:
            half = region.half_axes_mm / CENTRAL_FRACTION
            move, half = find_ellipse(bright, half)
            frame = frame.moved(np.array([*move, 0.0]))
            bright = shell_brightness(ct, frame, height_mm)
            first_mm = ellipse_radius_mm(np.zeros(2), half)
        else:
            first_mm = wall.radius_mm(ANGLES) - SHELL_HALF_MM
        wall = fit_wall(bright, first_mm)
        if wall.followed < LEAST_FOLLOWED or not is_shallow(wall):
            flags = (WALLS_NOT_SEEN,)
            wall = labelled_wall(labelled, frame)
        frame, wall = settled(frame, wall)
        low, high = wall.box_mm()
        half = (high - low) / 2
        region = Region(np.zeros(2), CENTRAL_FRACTION * half, -height_mm / 2, height_mm / 2)
        planes = (
            Plane(0.0, 0.0, height_mm / 2 - PLATE_HALF_MM),
            Plane(0.0, 0.0, PLATE_HALF_MM - height_mm / 2),
        )
    body = built(labelled, frame, ends, wall)
    check_plausible(body)
    return body, flags


def region_about(body: Body) -> Region:
    """Return where to seek the endplates of a labelled body."""
    spans = np.array([body.width_span_mm, body.depth_span_mm])
    half = CENTRAL_FRACTION * np.ptp(spans, axis=1) / 2
    return Region(spans.mean(axis=1), half, body.inferior_mm, body.superior_mm)


def check_ends(labelled: Body, planes: tuple[Plane, Plane]) -> None:
    """Refuse a label that ends far from the CT's endplates.

    Raises
    ------
    DataFault
        With the endplate and the distance.
    """
    ends = (labelled.superior_mm, labelled.inferior_mm)
    for name, plane, end_mm, sign in zip(
        ("superior", "inferior"), planes, ends, (1.0, -1.0), strict=True
    ):
        beyond_mm = sign * (plane.height_mm - end_mm)
        if abs(beyond_mm) > MOST_END_OFF_MM:
            where = "beyond" if beyond_mm > 0 else "within"
            raise DataFault(
                f"The CT shows the {name} endplate {abs(beyond_mm):.0f} mm {where} the end of the "
                f"label; at most {MOST_END_OFF_MM:.0f} mm is accepted. The label may lack a part "
                "of the body, hold more than it, or be shifted along the spine."
            )


def frame_of(frame: Frame, ends: Ends) -> tuple[Frame, float]:
    """Return the frame along the mean normal of both endplates, midway; and its height in mm."""
    planes = ends.planes()
    normals = [unit(np.array([-plane.u_slope, -plane.v_slope, 1.0])) for plane in planes]
    normal = unit(normals[0] + normals[1])
    middle = np.array([*ends.region.center_mm, (planes[0].height_mm + planes[1].height_mm) / 2])
    axes = axes_about(frame.axes_lps @ normal, frame.axes_lps[:, 1])
    height_mm = (planes[0].height_mm - planes[1].height_mm) * float(normal[2])
    return Frame(frame.to_lps(middle), axes), height_mm


def is_shallow(wall: Wall) -> bool:
    """Return whether a wall is that of a body, which is wider than deep."""
    low, high = wall.box_mm()
    width_mm, depth_mm = high - low
    return bool(depth_mm <= MOST_DEPTH_FRACTION * width_mm)


def labelled_wall(labelled: Body, frame: Frame) -> Wall:
    """Return the label's own wall about a frame's axis, at its middle."""
    points = np.zeros((len(ANGLES), len(RADII_MM), 3))
    points[..., :2] = RADII_MM[:, None] * DIRECTIONS[:, None]
    inside = sample(labelled.surface, frame.to_lps(points), -FAR_MM) > 0
    radius = RADII_MM[0] + RADIUS_STEP_MM * (inside.cumprod(axis=1).sum(axis=1) - 0.5)
    return wall_through(radius[:, None] * DIRECTIONS, followed=1.0)


def settled(frame: Frame, wall: Wall) -> tuple[Frame, Wall]:
    """Move a frame's axis to the middle of its wall, and turn it to the wall's own short axis.

    A nearly round wall has no short axis of its own, and one far from both the label's and the
    patient's posterior is not believed. Then the frame is not turned. The label's alone would not
    do, since a hole in it moves its middle aside.
    """
    radius = wall.radius_mm(ANGLES)
    points = radius[:, None] * DIRECTIONS
    # Second moments of sectors, each of area radius² / 2 times the angle between rays.
    mass = radius**2
    centroid = (mass * radius * 2 / 3) @ DIRECTIONS / mass.sum()
    second = (mass * radius**2 / 2 * DIRECTIONS.T) @ DIRECTIONS / mass.sum()
    variances, vectors = np.linalg.eigh(second - np.outer(centroid, centroid))
    short = vectors[:, 0] * (np.sign(vectors[1, 0]) or 1.0)
    elongated = np.sqrt(variances[1] / variances[0]) >= ELONGATION_FOR_AXIS
    posteriors = np.array([[0.0, 1.0], unit(frame.axes_lps[1, :2])])
    near = (posteriors @ short).max() >= np.cos(np.deg2rad(LARGEST_TURN_DEG))
    if not (elongated and near):
        short = np.array([0.0, 1.0])
    turn = np.array([[short[1], short[0]], [-short[0], short[1]]])
    points = points @ turn
    move = (points.min(axis=0) + points.max(axis=0)) / 2
    axes = frame.axes_lps.copy()
    axes[:, :2] = frame.axes_lps[:, :2] @ turn
    turned = Frame(frame.origin_lps_mm, axes).moved(np.array([*move, 0.0]))
    return turned, wall_through(points - move, wall.followed)


def built(labelled: Body, frame: Frame, ends: Ends, wall: Wall) -> Body:
    """Return the body between both endplates and within the wall."""
    superior, inferior = (plane.height_mm for plane in ends.planes())
    low, high = wall.box_mm()
    corners = np.array(
        [[*(low - GRID_MARGIN_MM), inferior], [*(high + GRID_MARGIN_MM), superior]]
    ) + np.array([[0, 0, -GRID_MARGIN_MM], [0, 0, GRID_MARGIN_MM]])
    u, v, w = (np.arange(a, b + GRID_MM, GRID_MM) for a, b in corners.T)
    uv = np.stack(np.meshgrid(u, v, indexing="ij"), axis=-1)
    # Bends hold where they were fitted, not far beyond.
    on_disc = ends.region.on_disc(uv)
    beyond = np.maximum(np.linalg.norm(on_disc, axis=-1, keepdims=True) * CENTRAL_FRACTION, 1.0)
    shapes = relief(ends.region, uv)
    shapes[..., 3:] = relief(
        ends.region, ends.region.center_mm + (uv - ends.region.center_mm) / beyond
    )[..., 3:]
    top, bottom = shapes @ ends.superior, shapes @ ends.inferior
    inside = np.minimum(top[..., None] - w, w - bottom[..., None])
    inside = np.minimum(inside, wall.distance_mm(uv)[..., None])
    affine = np.eye(4)
    affine[:3, :3] = frame.axes_lps * GRID_MM
    affine[:3, 3] = frame.to_lps(np.array([u[0], v[0], w[0]]))
    return replace(
        labelled,
        origin_lps_mm=frame.origin_lps_mm,
        axes_lps=frame.axes_lps,
        inferior_mm=inferior,
        superior_mm=superior,
        width_span_mm=(float(low[0]), float(high[0])),
        depth_span_mm=(float(low[1]), float(high[1])),
        surface=Volume(np.clip(inside, -FAR_MM, None), affine),
    )
