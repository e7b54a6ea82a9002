"""One series of the study, or image file, to a volume whose place and values can be trusted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.images.acquisition import stack_facts
from bonecohort.images.acquisition_warnings import series_warnings
from bonecohort.images.burned_in import BURNED_IN, check_drawings
from bonecohort.images.completeness import lost_end_warnings
from bonecohort.images.convert_file import convert_file
from bonecohort.images.converted import ConvertedSeries, FileCounts
from bonecohort.images.duplicates import drop_duplicates
from bonecohort.images.energy import check_spectral
from bonecohort.images.geometry import (
    placed,
    stack_affine,
)
from bonecohort.images.grid import grid_record
from bonecohort.images.headers import (
    DAMAGED,
    lenient_reading,
    read_slices,
)
from bonecohort.images.image_files import format_of
from bonecohort.images.kind_checks import check_kind
from bonecohort.images.pixels import Pixels, check_stack_size, read_stack
from bonecohort.images.planes import axis_of
from bonecohort.images.rescale import check_odd_rescales, check_rescale_tags
from bonecohort.images.slices import Slice, count_of
from bonecohort.images.sop_classes import IMAGE_REASONS
from bonecohort.images.sources import open_source
from bonecohort.images.stack_choice import choose, nothing_found
from bonecohort.images.value_scale import with_scale
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.techniques.image import Image

DUPLICATE = "identical duplicate"


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
        return convert_file(source, image, allow_burned_in_annotation, monoenergetic_kev)
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
    stack, dropped = drop_duplicates(candidate.slices)
    affine, spacing_notes = stack_affine(stack)
    warnings = []
    if image.scale == "hounsfield":
        warnings = check_rescale_tags(stack) + check_spectral(stack[0].facts, monoenergetic_kev)
    stack, scale = with_scale(image, stack)
    pixels = read_stack(stack)
    if image.scale == "hounsfield":
        warnings += check_odd_rescales(stack, pixels.array)
    volume = Volume(pixels.array.transpose(2, 1, 0), affine)
    files = _count_files(slices, stack, dropped, left_out)
    sidecar = _sidecar(stack, image, volume, pixels) | scale
    same_series = sum(one.series.name == stack[0].series.name for one in slices)
    others = same_series - len(stack) - len(dropped)
    beside = sum(left_out[reason] for reason in IMAGE_REASONS)
    lost = _damage(left_out) or lost_end_warnings(stack, others, beside)
    sidecar["Warnings"] = warnings + sidecar["Warnings"] + drawings + lost
    sidecar["Notes"] = notes + spacing_notes + _file_notes(files)
    sidecar |= {"FilesUsed": files.used, "FilesNotUsed": files.not_used}
    return ConvertedSeries(volume, sidecar, files)


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
        described_content=stack[0].series.described_content,
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
