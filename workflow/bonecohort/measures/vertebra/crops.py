"""Cut each vertebra with its surroundings out of a CT, so that a vertebra's job reads little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.annotations.labels.on_grid import label_points_lps, mask_on_grid
from bonecohort.annotations.labels.schemes import HEAD_TO_FOOT
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.label_bodies import check_labels
from bonecohort.measures.vertebra.order import order_contradiction
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bonecohort.annotations.labels.label_map import LabelMap
    from bonecohort.images.volume import FloatArray

CROP_MARGIN_MM = 15.0
ROUNDING_DECIMALS = 3
OUTSIDE_CT_FRACTION = 0.05
"""Largest part of a vertebra's label that may lie outside the CT."""
BONE_HU = 150.0
LEAST_BONE_FRACTION = 0.03
"""Cortex makes more than this of any vertebra dense; noise in soft tissue makes less."""
LEAST_EDGE_HU = 15.0
"""By how much the label's own rim must be denser than what lies just outside it."""
RIM_MM = 2.5
SHIFTS_MM = (8.0, 16.0, 24.0)
SHIFT_GAIN_HU = 15.0
"""A label whose rim fits the bone this much better when moved by a shift is misplaced."""
MOST_RIM_SAMPLES = 20_000
WIDEST_POSTERIOR_RADIUS_MM = 10.0
"""A section across the spine that holds a larger disc than this is one of the body."""


@dataclass(frozen=True)
class VertebraCrop:
    """One vertebra: the CT around it and its mask on the same grid.

    Attributes
    ----------
    level
        ``L1`` … ``L5``.
    ct
        HU with their affine to LPS mm; int16 where the values allow it, else float32.
    mask
        The vertebra's label on the CT's grid, same shape.
    flags
        What the label map as a whole has to say (``lumbar_count_6`` …).
    """

    level: str
    ct: Volume
    mask: NDArray[np.bool_]
    flags: tuple[str, ...] = ()


def prepare_crops(
    ct: Volume, labels: LabelMap, scheme: Mapping[str, int], levels: Sequence[str]
) -> dict[str, VertebraCrop | str]:
    """Cut out every level; a level that cannot be has its reason instead.

    Parameters
    ----------
    ct
        The whole CT, HU.
    labels
        The label map, on any grid of the same patient space.
    scheme
        Level → number in the label map, see ``LabelMap.numbers``.
    levels
        The levels wanted.
    """
    points = label_points_lps(labels.volume, scheme.values())
    present = {level: points[number] for level, number in scheme.items() if number in points}
    contradiction = order_contradiction(present, scheme)
    if contradiction:
        return dict.fromkeys(levels, contradiction)
    findings = check_labels(labels.volume, present, scheme)
    crops: dict[str, VertebraCrop | str] = {}
    for level in levels:
        if level in findings.refused:
            crops[level] = findings.refused[level]
            continue
        try:
            crop = cut_out(ct, labels, scheme, level, present)
        except DataFault as fault:
            crops[level] = fault.reason + taken_by(level, present, findings.refused)
        else:
            crops[level] = replace(crop, flags=crop.flags + findings.flags.get(level, ()))
    return crops


def taken_by(level: str, present: Mapping[str, FloatArray], refused: Mapping[str, str]) -> str:
    """Return which neighbours' labels hold more than one body, of a level that has no label."""
    if level in present or level not in HEAD_TO_FOOT:
        return ""
    place = HEAD_TO_FOOT.index(level)
    beside = [name for name in HEAD_TO_FOOT[max(place - 1, 0) : place + 2] if name in refused]
    if not beside:
        return ""
    return f" Its body may be in the label of {' or '.join(beside)}, which is refused."


def count_flags(present: Mapping[str, FloatArray]) -> tuple[str, ...]:
    """Return flags on the number of lumbar vertebrae in the label map."""
    flags = []
    if "L6" in present:
        flags.append("lumbar_count_6")
    sacrum_seen = "S1" in present or "sacrum" in present
    if sacrum_seen and "L5" not in present and "L4" in present:
        flags.append("lumbar_count_4")
    if "T13" in present:
        flags.append("transitional_t13")
    return tuple(flags)


def cut_out(
    ct: Volume,
    labels: LabelMap,
    scheme: Mapping[str, int],
    level: str,
    present: Mapping[str, FloatArray],
) -> VertebraCrop:
    """Cut one level out of the CT and check that its label lies on bone.

    Raises
    ------
    DataFault
        The label is absent, lies outside the CT, or misses the bone.
    """
    if level not in scheme:
        message = f"The label scheme gives no number for {level}."
        raise DataFault(message)
    if level not in present:
        message = f"{level} (label {scheme[level]}) is absent from the label map."
        raise DataFault(message)
    if ends_in_body(labels.volume, scheme[level]):
        message = (
            f"The label map ends within the body of {level}. The body must lie whole in it, or "
            "its planes cannot be placed."
        )
        raise DataFault(message)
    index = ct.to_index(present[level])
    shape = np.asarray(ct.array.shape)
    outside = ((index < -0.5) | (index > shape - 0.5)).any(axis=1).mean()
    if outside > OUTSIDE_CT_FRACTION:
        message = (
            f"{outside:.0%} of the label of {level} lies outside the CT. The scan ends there, "
            "or the label map belongs to another image."
        )
        raise DataFault(message)
    reach = np.ceil(CROP_MARGIN_MM / ct.spacing_mm)
    index = np.round(index, ROUNDING_DECIMALS)  # a box must not depend on the last bits
    low = np.clip(np.floor(index.min(axis=0)) - reach, 0, shape - 1).astype(int)
    high = np.clip(np.ceil(index.max(axis=0)) + reach + 1, 1, shape).astype(int)
    affine = ct.affine_lps.copy()
    affine[:3, 3] = ct.to_lps(low.astype(float))
    values = compact_hu(ct.array[low[0] : high[0], low[1] : high[1], low[2] : high[2]])
    mask = mask_on_grid(labels.volume, scheme[level], affine, values.shape)
    crop = VertebraCrop(level, Volume(values, affine), mask, count_flags(present))
    check_on_bone(crop)
    return crop


def ends_in_body(labels: Volume, number: int) -> bool:
    """Return whether the label map's first or last section across the spine cuts a body."""
    from scipy import ndimage  # loading and saving crops does without

    axis = int(np.argmax(np.abs(labels.affine_lps[2, :3]) / labels.spacing_mm))
    spacing = np.delete(labels.spacing_mm, axis)
    sections = np.moveaxis(labels.array, axis, 0)
    for edge in (0, -1):
        section = np.pad(sections[edge] == number, 1)
        inner_mm = ndimage.distance_transform_edt(section, sampling=spacing)
        if inner_mm.max() > WIDEST_POSTERIOR_RADIUS_MM:
            return True
    return False


def compact_hu(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return a copy as int16 when that loses nothing, else as float32."""
    as_int = values.astype(np.int16)
    return as_int if np.array_equal(as_int, values) else values.astype(np.float32)


def check_on_bone(crop: VertebraCrop) -> None:
    """Refuse a label whose region is not bone, or whose rim fits the bone better elsewhere.

    About the rim of a label in its place lies cortex, more so than about the same label moved
    sideways, up or down. The cortex may lie just inside the label or, where it was drawn tight,
    just outside.

    Raises
    ------
    DataFault
        With the density found.
    """
    from scipy import ndimage  # loading and saving crops does without

    if not crop.mask.any():
        raise DataFault(f"No voxel of the CT lies in the label of {crop.level}.")
    spacing = crop.ct.spacing_mm
    box = (2 * np.maximum(np.rint(RIM_MM / spacing), 1).astype(int) + 1).tolist()
    # Filters over a box work axis by axis: much faster than a morphological element.
    shrunk = ndimage.minimum_filter(crop.mask, box, mode="constant")
    grown = ndimage.maximum_filter(crop.mask, box, mode="constant")
    grown_twice = ndimage.maximum_filter(grown, box, mode="constant")
    shells = [thinned(crop.mask & ~shrunk), thinned(grown & ~crop.mask)]
    shells.append(thinned(grown_twice & ~grown))
    dense = float((crop.ct.array[grown] >= BONE_HU).mean())
    edge_hu, best_moved_hu = edge_in_place_and_moved(crop.ct, shells)
    if (
        dense < LEAST_BONE_FRACTION
        or edge_hu < LEAST_EDGE_HU
        or best_moved_hu > edge_hu + SHIFT_GAIN_HU
    ):
        raise DataFault(
            f"The label of {crop.level} does not lie on its bone: {dense:.0%} of it is denser "
            f"than {BONE_HU:.0f} HU; its rim is {edge_hu:.0f} HU denser than its surroundings, "
            f"and {best_moved_hu:.0f} HU when moved aside. Does the label map belong to this CT, "
            "with the right orientation?"
        )


def edge_in_place_and_moved(ct: Volume, shells: list[NDArray[np.int_]]) -> tuple[float, float]:
    """Return by how many HU the rim is denser than what surrounds it, and the best when moved.

    ``shells`` are the voxel indices, shape (n, 3), of the label's inner rim and of two shells
    about it; the denser step outwards counts. Moves are by ``SHIFTS_MM`` along both directions
    of each voxel axis.
    """

    def edge_hu(shift: NDArray[np.int_]) -> float:
        means = []
        for index in shells:
            kept = index + shift
            kept = kept[((kept >= 0) & (kept < ct.array.shape)).all(axis=1)]
            means.append(float(ct.array[tuple(kept.T)].mean()) if len(kept) else np.inf)
        inner, near, far = means
        steps = [inside - outside for inside, outside in ((inner, near), (near, far))]
        known = [step for step in steps if np.isfinite(step)]
        return max(known, default=-np.inf)

    moved = [
        edge_hu(
            sign * np.rint(shift_mm / ct.spacing_mm[axis]).astype(int) * np.eye(3, dtype=int)[axis]
        )
        for shift_mm, axis, sign in product(SHIFTS_MM, range(3), (-1, 1))
    ]
    return edge_hu(np.zeros(3, dtype=int)), max(moved)


def thinned(region: NDArray[np.bool_]) -> NDArray[np.int_]:
    """Return the voxel indices of a region, shape (n, 3), evenly thinned when there are many."""
    index: NDArray[np.int_] = np.argwhere(region)
    return index[:: 1 + len(index) // MOST_RIM_SAMPLES]


def save_crop(path: Path, crop: VertebraCrop | str) -> None:
    """Write a crop, or the reason why there is none, as an uncompressed ``.npz``."""
    if isinstance(crop, str):
        contents = {"reason": np.array(crop)}
    else:
        contents = {
            "level": np.array(crop.level),
            "hu": crop.ct.array,
            "affine_lps": crop.ct.affine_lps,
            "mask": crop.mask,
            "flags": np.array(crop.flags, dtype=np.str_),
        }
    with whole_file(path) as unfinished, unfinished.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **contents)


def load_crop(path: Path) -> VertebraCrop:
    """Read what :func:`save_crop` wrote.

    Raises
    ------
    DataFault
        The file holds the reason why the vertebra could not be cut out.
    """
    with np.load(path, allow_pickle=False) as contents:
        if "reason" in contents:
            raise DataFault(str(contents["reason"]))
        return VertebraCrop(
            level=str(contents["level"]),
            ct=Volume(contents["hu"], contents["affine_lps"]),
            mask=contents["mask"],
            flags=tuple(str(flag) for flag in contents["flags"]),
        )
