"""A stack of volumes of one grid, of DICOM files or NIfTI, with the index of each volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.images.burned_in import BURNED_IN, check_drawings
from bonecohort.images.converted import ConvertedSeries
from bonecohort.images.geometry import stack_affine
from bonecohort.images.kind_checks import sample_for
from bonecohort.images.series_sidecar import (
    count_files,
    damage_warnings,
    file_notes,
    series_sidecar,
)
from bonecohort.images.stack_pixels import check_stack_size, read_stack, shape_of
from bonecohort.images.value_scale import with_scale
from bonecohort.images.volume import Volume
from bonecohort.images.volume_index import VOLUMES_KEY, index_of
from bonecohort.images.volume_stack import find_volumes

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from bonecohort.images.slices import Slice
    from bonecohort.techniques.image import Image


def convert_volumes(
    slices: Sequence[Slice],
    image: Image,
    series_uid: str | None,
    left_out: Counter[str],
    *,
    allow_drawings: bool,
) -> ConvertedSeries:
    """Convert the planes of a folder to a stack of volumes, shape (ni, nj, nk, n).

    The sidecar's ``Volumes`` holds a record of each volume. Parameters and errors are those of
    ``convert.convert_series``.
    """
    stack = find_volumes(slices, image, series_uid)
    drawings = check_drawings(
        (dicom_slice.facts.get(BURNED_IN, "") for dicom_slice in stack.planes),
        (dicom_slice.overlay for dicom_slice in stack.planes),
        allowed=allow_drawings,
    )
    check_stack_size(stack.planes)
    affine, spacing_notes = stack_affine(stack.volumes[0])
    planes, scale = with_scale(image, stack.planes)
    sample = sample_for(image, shape_of(planes), affine)
    pixels = read_stack(planes, sample, hold=True)
    shape = (*shape_of(stack.volumes[0]), len(stack.volumes))
    volume = Volume(pixels.array.reshape(shape, order="F"), affine)
    files = count_files(slices, planes, stack.dropped, left_out)
    sidecar: dict[str, Any] = series_sidecar(image, volume, pixels, sample) | scale
    sidecar[VOLUMES_KEY] = [index_of(own[0].facts, image) for own in stack.volumes]
    sidecar["Warnings"] = sidecar["Warnings"] + drawings + damage_warnings(left_out)
    sidecar["Notes"] = stack.notes + spacing_notes + file_notes(files)
    sidecar |= {"FilesUsed": files.used, "FilesNotUsed": files.not_used}
    return ConvertedSeries(volume, sidecar, files)
