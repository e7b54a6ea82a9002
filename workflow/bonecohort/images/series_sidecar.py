"""The sidecar of a series of DICOM files: acquisition, files used and not used, warnings."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bonecohort.images.acquisition import stack_facts
from bonecohort.images.acquisition_warnings import series_warnings
from bonecohort.images.converted import FileCounts
from bonecohort.images.geometry import placed
from bonecohort.images.grid import grid_record
from bonecohort.images.headers import DAMAGED
from bonecohort.images.kind_checks import check_kind
from bonecohort.images.planes import axis_of
from bonecohort.images.slices import Slice, count_of
from bonecohort.images.volume_index import index_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.images.scale_sample import ScaleSample
    from bonecohort.images.stack_pixels import Pixels
    from bonecohort.images.volume import Volume
    from bonecohort.techniques.image import Image

DUPLICATE = "identical duplicate"


def damage_hint(left_out: Counter[str]) -> str:
    """Mention damaged files: they may be the slices that are missing."""
    damaged = _damaged(left_out)
    return f" The folder also holds {damaged}." if damaged else ""


def damage_warnings(left_out: Counter[str]) -> list[str]:
    """Warn of damaged files beside a whole stack: its first or last slice may be among them."""
    damaged = _damaged(left_out)
    return [f"The folder holds {damaged}: a slice at either end may be lost."] if damaged else []


def _damaged(left_out: Counter[str]) -> str:
    count = sum(left_out[reason] for reason in DAMAGED)
    return count_of(count, "empty or unreadable file") if count else ""


def count_files(
    slices: Sequence[Slice],
    stack: Sequence[Slice],
    dropped: Sequence[Slice],
    left_out: Counter[str],
) -> FileCounts:
    """Return how many files made a stack, and how many did not, by reason.

    Parameters
    ----------
    slices
        Every plane that was read.
    stack, dropped
        Planes used, and identical copies of them.
    left_out
        Files that hold no plane, by reason.
    """
    used = {dicom_slice.file for dicom_slice in stack}
    copies = {dicom_slice.file for dicom_slice in dropped} - used
    others = {dicom_slice.file for dicom_slice in slices} - used - copies
    reasons = left_out + Counter({DUPLICATE: len(copies), "another stack or series": len(others)})
    return FileCounts(len(used), dict(sorted(reasons.items())))


def file_notes(files: FileCounts) -> list[str]:
    """Return a sentence a reason for which files were not used."""
    return [
        f"{count_of(count, 'file was', 'files were')} not used: {reason}."
        for reason, count in files.not_used.items()
    ]


def series_sidecar(
    image: Image, volume: Volume, pixels: Pixels, sample: ScaleSample | None
) -> dict[str, Any]:
    """Return acquisition, grid and warnings of planes; of several volumes without their index.

    Parameters
    ----------
    image
        What they must show.
    volume
        The image that the planes make.
    pixels
        The planes.
    sample
        Of their values, where the image is in Hounsfield units.
    """
    stack = pixels.slices
    index = index_names(image)
    facts, varying = stack_facts(
        [
            {name: dicom_slice.facts[name] for name in dicom_slice.facts if name not in index}
            for dicom_slice in stack
        ]
    )
    place = placed(stack[0])
    syntaxes = {dicom_slice.layout.transfer_syntax for dicom_slice in stack}
    warnings = series_warnings(image, facts, float(volume.spacing_mm[2]), syntaxes)
    sidecar: dict[str, Any] = dict(facts)
    sidecar["ImageOrientationPatientDICOM"] = [
        float(value) for value in (*place.row_direction, *place.column_direction)
    ]
    record, kind_warnings = check_kind(
        image,
        sample,
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
        volume.voxels.shape[:3], volume.affine_lps, series.frame_of_reference, series.uid
    )
