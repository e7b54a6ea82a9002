"""One series of the study, or image file, to a volume whose place and values can be trusted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.acquisition import sidecar_beside, stack_facts
from bonecohort.images.acquisition_warnings import series_warnings
from bonecohort.images.burned_in import BURNED_IN, check_drawings
from bonecohort.images.completeness import lost_end_warnings
from bonecohort.images.energy import check_spectral
from bonecohort.images.geometry import (
    MAX_TILT_DEG,
    MIN_SLICES,
    angle_deg,
    by_position,
    heights_mm,
    placed,
    stack_affine,
)
from bonecohort.images.grid import grid_record
from bonecohort.images.headers import (
    DAMAGED,
    lenient_reading,
    read_slices,
)
from bonecohort.images.image_files import format_of, read_image
from bonecohort.images.kind_checks import check_kind
from bonecohort.images.pixels import Pixels, check_stack_size, read_stack, read_stored
from bonecohort.images.planes import axis_of, lies_in, other_plane
from bonecohort.images.rescale import check_odd_rescales, check_rescale_tags
from bonecohort.images.slices import Slice, count_of
from bonecohort.images.sop_classes import IMAGE_REASONS
from bonecohort.images.sources import open_source
from bonecohort.images.stack_choice import choose, nothing_found
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.techniques.declare import Image, Plane

ISOTROPIC = 1.1  # spacing ratio below which an image file has no slice direction of its own
DUPLICATE = "identical duplicate"


@dataclass(frozen=True)
class FileCounts:
    """How many files made the volume, and how many did not, by reason."""

    used: int
    not_used: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ConvertedSeries:
    """A converted series.

    Attributes
    ----------
    volume
        Voxels and their place; a CT holds HU, padding included as the file gives it.
    sidecar
        De-identified acquisition values under BIDS names, plus ``Warnings`` and ``Notes`` (lists
        of sentences), ``FilesUsed``, ``FilesNotUsed`` (reason → count), ``Shape`` and
        ``AffineLPS`` of the volume, digests of its frame of reference and series, and, for a CT,
        ``PaddingVoxels`` and ``PaddingValuesHU``.
    files
        Files used and not used.
    """

    volume: Volume
    sidecar: dict[str, Any]
    files: FileCounts


def convert_series(
    source: Path,
    image: Image,
    series_uid: str | None = None,
    *,
    allow_burned_in_annotation: bool = False,
    monoenergetic_kev: tuple[float, float] | None = None,
) -> ConvertedSeries:
    """Convert a DICOM folder (searched recursively), a zip of one, or an image file.

    An image file is NIfTI, NRRD or MetaImage.

    Parameters
    ----------
    source
        The path of an image's row of series.tsv.
    image
        What the series must be.
    series_uid
        SeriesInstanceUID of the series to take where the folder holds several, or its label
        (:func:`~bonecohort.study.series.uid_label`).
    allow_burned_in_annotation
        Accept images whose headers say that text is part of the pixels.
    monoenergetic_kev
        Lowest and highest energy of virtual monoenergetic images that are accepted; None: none.

    Raises
    ------
    DataFault
        Whenever the volume could not be trusted, with the cause.
    """
    if format_of(source):
        return _convert_file(source, image, allow_burned_in_annotation, monoenergetic_kev)
    with lenient_reading(), open_source(source) as files:
        slices, left_out = read_slices(files, image)
        if not slices:
            raise DataFault(nothing_found(image, left_out))
        try:
            return _convert_slices(
                slices,
                image,
                series_uid,
                left_out,
                allow_drawings=allow_burned_in_annotation,
                monoenergetic_kev=monoenergetic_kev,
            )
        except DataFault as fault:
            raise DataFault(fault.reason + _hint(left_out)) from fault


def _hint(left_out: Counter[str]) -> str:
    """Mention damaged files: they may be the slices that are missing."""
    damaged = _damaged(left_out)
    return f" The folder also holds {damaged}." if damaged else ""


def _damage(left_out: Counter[str]) -> list[str]:
    """Warn of damaged files beside a whole stack: its first or last slice may be among them."""
    damaged = _damaged(left_out)
    return [f"The folder holds {damaged}: a slice at either end may be lost."] if damaged else []


def _damaged(left_out: Counter[str]) -> str:
    count = sum(left_out[reason] for reason in DAMAGED)
    return count_of(count, "empty or unreadable file") if count else ""


def _convert_slices(
    slices: list[Slice],
    image: Image,
    series_uid: str | None,
    left_out: Counter[str],
    *,
    allow_drawings: bool,
    monoenergetic_kev: tuple[float, float] | None,
) -> ConvertedSeries:
    candidate, notes = choose(slices, image, series_uid)
    if candidate.problems:
        raise DataFault("; ".join(candidate.problems) + ": the series cannot be trusted.")
    drawings = check_drawings(
        (one.facts.get(BURNED_IN, "") for one in candidate.slices),
        (one.overlay for one in candidate.slices),
        allowed=allow_drawings,
    )
    check_stack_size(candidate.slices)
    stack, dropped = _drop_duplicates(candidate.slices)
    affine, spacing_notes = stack_affine(stack)
    warnings = []
    if image.scale == "hounsfield":
        warnings = check_rescale_tags(stack) + check_spectral(stack[0].facts, monoenergetic_kev)
    pixels = read_stack(stack)
    if image.scale == "hounsfield":
        warnings += check_odd_rescales(stack, pixels.array)
    volume = Volume(pixels.array.transpose(2, 1, 0), affine)
    files = _count_files(slices, stack, dropped, left_out)
    sidecar = _sidecar(stack, image, volume, pixels)
    same_series = sum(one.series.name == stack[0].series.name for one in slices)
    others = same_series - len(stack) - len(dropped)
    beside = sum(left_out[reason] for reason in IMAGE_REASONS)
    lost = _damage(left_out) or lost_end_warnings(stack, others, beside)
    sidecar["Warnings"] = warnings + sidecar["Warnings"] + drawings + lost
    sidecar["Notes"] = notes + spacing_notes + _file_notes(files)
    sidecar |= {"FilesUsed": files.used, "FilesNotUsed": files.not_used}
    return ConvertedSeries(volume, sidecar, files)


def _drop_duplicates(slices: Sequence[Slice]) -> tuple[list[Slice], list[Slice]]:
    """Return one plane a position, in order, and the identical copies left out."""
    stack: list[Slice] = []
    dropped: list[Slice] = []
    differing: list[list[Slice]] = []
    groups = by_position(slices)
    for group in groups:
        stack.append(group[0])
        if len(group) == 1:
            continue
        first = read_stored(group[0])
        same = [
            one.rescale == group[0].rescale and np.array_equal(read_stored(one), first)
            for one in group[1:]
        ]
        dropped += [one for one, equal in zip(group[1:], same, strict=True) if equal]
        if not all(same):
            differing.append(group)
    if differing:
        raise DataFault(_describe_differing(differing, len(groups)))
    return stack, dropped


def _describe_differing(differing: list[list[Slice]], positions: int) -> str:
    group = differing[0]
    height = float(heights_mm(group[:1], placed(group[0]).normal)[0])
    numbers = ", ".join(one.instance_number or "?" for one in group[:4])
    several = (
        " Two reconstructions or phases seem to share one series." if len(differing) > 1 else ""
    )
    return (
        f"Different images lie at one position, at {len(differing)} of {positions} positions: for "
        f"example slice numbers {numbers} at {height:.1f} mm along the slice normal.{several} "
        "Export the series to be measured alone."
    )


def _count_files(
    slices: Sequence[Slice],
    stack: Sequence[Slice],
    dropped: Sequence[Slice],
    left_out: Counter[str],
) -> FileCounts:
    used = {one.file for one in stack}
    copies = {one.file for one in dropped} - used
    others = {one.file for one in slices} - used - copies
    reasons = left_out + Counter({DUPLICATE: len(copies), "another stack or series": len(others)})
    return FileCounts(len(used), dict(sorted(reasons.items())))


def _file_notes(files: FileCounts) -> list[str]:
    return [
        f"{count_of(count, 'file was', 'files were')} not used: {reason}."
        for reason, count in files.not_used.items()
    ]


def _sidecar(
    stack: Sequence[Slice], image: Image, volume: Volume, pixels: Pixels
) -> dict[str, Any]:
    facts, varying = stack_facts([one.facts for one in stack])
    place = placed(stack[0])
    syntaxes = {one.layout.transfer_syntax for one in stack}
    warnings = series_warnings(image, facts, float(volume.spacing_mm[2]), syntaxes)
    sidecar: dict[str, Any] = dict(facts)
    sidecar["ImageOrientationPatientDICOM"] = [
        float(value) for value in (*place.row_direction, *place.column_direction)
    ]
    record, kind_warnings = check_kind(
        image,
        volume,
        facts,
        lambda plane: float(place.normal[axis_of(plane)]),
        varying=varying,
        described_as_t2=stack[0].series.described_as_t2,
    )
    sidecar |= record
    warnings += kind_warnings
    if image.scale == "hounsfield":
        sidecar["PaddingVoxels"] = pixels.padding_voxels
        sidecar["PaddingValuesHU"] = list(pixels.padding_values)
    sidecar["VaryingValues"] = varying
    sidecar["Warnings"] = warnings
    series = stack[0].series
    return sidecar | grid_record(
        volume.array.shape, volume.affine_lps, series.frame_of_reference, series.uid
    )


def _convert_file(
    source: Path,
    image: Image,
    allow_drawings: bool,
    monoenergetic_kev: tuple[float, float] | None,
) -> ConvertedSeries:
    name = format_of(source)
    volume = read_image(source)
    _check_grid(volume, f"The {name} image")
    facts = sidecar_beside(source)
    drawings = check_drawings([facts.get(BURNED_IN, "")], [], allowed=allow_drawings)
    warnings = series_warnings(image, facts, float(volume.spacing_mm.max()), set())
    if image.plane and not lies_in(image.plane, normal_part := _normal_part(volume, image.plane)):
        raise DataFault(other_plane(image, normal_part))
    if image.scale == "hounsfield":
        if not np.all(np.isfinite(volume.array)):
            raise DataFault(f"The {name} image holds voxels that are no number (NaN or infinite).")
        warnings += check_spectral(facts, monoenergetic_kev)
    record, kind_warnings = check_kind(
        image, volume, facts, lambda plane: _normal_part(volume, plane)
    )
    facts |= record
    warnings += kind_warnings + drawings
    files = FileCounts(used=1)
    sidecar = {
        **facts,
        "Warnings": warnings,
        "Notes": [f"Read from {name}: slices, gaps and rescale could not be checked."],
        "FilesUsed": files.used,
        "FilesNotUsed": files.not_used,
        **grid_record(volume.array.shape, volume.affine_lps, frame_uid="", series_uid=""),
    }
    return ConvertedSeries(volume, sidecar, files)


def _normal_part(volume: Volume, plane: Plane) -> float:
    """Return the largest part, along a plane's axis, of what may be the slices' unit normal."""
    directions = volume.affine_lps[:3, :3] / volume.spacing_mm
    return float(np.abs(directions[axis_of(plane), _slice_axes(volume)]).max())


def _slice_axes(volume: Volume) -> list[int]:
    """Return the axes that may be the slice direction: the coarsest, or all when isotropic."""
    spacing = volume.spacing_mm
    return [axis for axis in range(3) if spacing[axis] * ISOTROPIC >= spacing.max()]


def _check_grid(volume: Volume, called: str) -> None:
    if min(volume.array.shape) < MIN_SLICES:
        shape = " × ".join(str(count) for count in volume.array.shape)
        raise DataFault(
            f"{called} is {shape} voxels: at least {MIN_SLICES} are needed in each direction."
        )
    axes = volume.affine_lps[:3, :3].T
    shear_deg = max(
        abs(90.0 - angle_deg(axes[first], axes[second]))
        for first, second in ((0, 1), (0, 2), (1, 2))
    )
    if shear_deg > MAX_TILT_DEG:
        raise DataFault(
            f"{called} is sheared by {shear_deg:.1f} degrees (gantry tilt left in the "
            f"affine): at most {MAX_TILT_DEG} is allowed."
        )
