"""One series of the study, or image file, to a volume whose place and values can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.images.burned_in import BURNED_IN, check_drawings
from bonecohort.images.completeness import lost_end_warnings
from bonecohort.images.converted import ConvertedSeries
from bonecohort.images.duplicates import drop_duplicates
from bonecohort.images.energy import check_spectral
from bonecohort.images.geometry import stack_affine
from bonecohort.images.headers import lenient_reading, read_slices
from bonecohort.images.image_files import format_of
from bonecohort.images.kind_checks import sample_for
from bonecohort.images.rescale import check_odd_rescales, check_rescale_tags
from bonecohort.images.series_sidecar import (
    count_files,
    damage_hint,
    damage_warnings,
    file_notes,
    series_sidecar,
)
from bonecohort.images.sop_classes import IMAGE_REASONS
from bonecohort.images.sources import open_source
from bonecohort.images.stack_choice import choose, nothing_found
from bonecohort.images.stack_pixels import check_stack_size, read_stack, shape_of
from bonecohort.images.value_scale import with_scale
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from bonecohort.images.slices import Slice
    from bonecohort.techniques.image import Image


def convert_series(
    source: Path,
    image: Image,
    series_uid: str | None = None,
    *,
    allow_burned_in_annotation: bool = False,
    monoenergetic_kev: tuple[float, float] | None = None,
    hold: bool = True,
) -> ConvertedSeries:
    """Convert a DICOM folder (searched recursively), a zip of one, or an image file.

    An image file is NIfTI, NRRD or MetaImage. A stack of volumes is DICOM, or a NIfTI file, or a
    folder of such files.

    Parameters
    ----------
    source
        The path of an image's row of series.tsv.
    image
        What the series must be.
    series_uid
        SeriesInstanceUID of the series to take where the folder holds several, or its label
        (:func:`~bonecohort.study.uid_labels.uid_label`).
    allow_burned_in_annotation
        Accept images whose headers say that text is part of the pixels.
    monoenergetic_kev
        Lowest and highest energy of virtual monoenergetic images that are accepted; None: none.
    hold
        Keep the voxels in memory. Else those that lie plainly in their files are read again when
        the volume is written, so the files must stay.

    Raises
    ------
    DataFault
        Whenever the volume could not be trusted, with the cause.
    """
    if image.volumes:
        from bonecohort.images.convert_volume_files import convert_volume_files, nifti_files

        if images := nifti_files(source):
            return convert_volume_files(images, image, allow_burned_in_annotation)
    if format_of(source):
        from bonecohort.images.convert_file import convert_file

        return convert_file(source, image, allow_burned_in_annotation, monoenergetic_kev)
    with lenient_reading(), open_source(source) as files:
        slices, left_out = read_slices(files, image)
        if not slices:
            raise DataFault(nothing_found(image, left_out))
        try:
            if image.volumes:
                from bonecohort.images.convert_volumes import convert_volumes

                return convert_volumes(
                    slices, image, series_uid, left_out, allow_drawings=allow_burned_in_annotation
                )
            return _convert_slices(
                slices,
                image,
                series_uid,
                left_out,
                allow_drawings=allow_burned_in_annotation,
                monoenergetic_kev=monoenergetic_kev,
                hold=hold,
            )
        except DataFault as fault:
            raise DataFault(fault.reason + damage_hint(left_out)) from fault


def _convert_slices(
    slices: list[Slice],
    image: Image,
    series_uid: str | None,
    left_out: Counter[str],
    *,
    allow_drawings: bool,
    monoenergetic_kev: tuple[float, float] | None,
    hold: bool,
) -> ConvertedSeries:
    candidate, notes = choose(slices, image, series_uid)
    if candidate.problems:
        raise DataFault("; ".join(candidate.problems) + ": the series cannot be trusted.")
    drawings = check_drawings(
        (dicom_slice.facts.get(BURNED_IN, "") for dicom_slice in candidate.slices),
        (dicom_slice.overlay for dicom_slice in candidate.slices),
        allowed=allow_drawings,
    )
    check_stack_size(candidate.slices)
    stack, dropped = drop_duplicates(candidate.slices)
    affine, spacing_notes = stack_affine(stack)
    warnings = []
    if image.scale == "hounsfield":
        warnings = check_rescale_tags(stack) + check_spectral(stack[0].facts, monoenergetic_kev)
    stack, scale = with_scale(image, stack)
    sample = sample_for(image, shape_of(stack), affine)
    pixels = read_stack(stack, sample, hold=hold)
    if image.scale == "hounsfield":
        warnings += check_odd_rescales(pixels)
    volume = Volume(pixels, affine)
    files = count_files(slices, stack, dropped, left_out)
    sidecar = series_sidecar(image, volume, pixels, sample) | scale
    same_series = sum(dicom_slice.series.name == stack[0].series.name for dicom_slice in slices)
    others = same_series - len(stack) - len(dropped)
    beside = sum(left_out[reason] for reason in IMAGE_REASONS)
    lost = damage_warnings(left_out) or lost_end_warnings(stack, others, beside)
    sidecar["Warnings"] = warnings + sidecar["Warnings"] + drawings + lost
    sidecar["Notes"] = notes + spacing_notes + file_notes(files)
    sidecar |= {"FilesUsed": files.used, "FilesNotUsed": files.not_used}
    return ConvertedSeries(volume, sidecar, files)
