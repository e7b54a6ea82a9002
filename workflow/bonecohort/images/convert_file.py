"""An image in one file (NIfTI, NRRD, MetaImage) to a volume whose place can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.acquisition import MS_PER_S, sidecar_beside, sidecar_values
from bonecohort.images.acquisition_warnings import series_warnings
from bonecohort.images.burned_in import BURNED_IN, check_drawings
from bonecohort.images.converted import ConvertedSeries, FileCounts
from bonecohort.images.energy import check_spectral
from bonecohort.images.fat_suppression import fat_suppression_facts
from bonecohort.images.geometry import MAX_TILT_DEG, MIN_SLICES, angle_deg
from bonecohort.images.grid import grid_record
from bonecohort.images.image_files import format_of, read_image
from bonecohort.images.kind_checks import check_kind
from bonecohort.images.mr_contents import content_by_type, other_content
from bonecohort.images.nifti import narrow
from bonecohort.images.planes import axis_of, lies_in, other_plane
from bonecohort.images.scale_sample import sample_of
from bonecohort.images.value_scale import file_factor
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.techniques.image import Image, Plane

ISOTROPIC = 1.1  # spacing ratio below which an image file has no slice direction of its own


def convert_file(
    source: Path,
    image: Image,
    allow_drawings: bool,
    monoenergetic_kev: tuple[float, float] | None,
) -> ConvertedSeries:
    """Convert an image file; parameters and errors are those of ``convert.convert_series``."""
    name = format_of(source)
    if image.volumes:
        raise DataFault(f"The image is {name}: a stack of volumes is read from DICOM or NIfTI.")
    volume = read_image(source)
    check_grid(volume, f"The {name} image")
    facts = sidecar_beside(source)
    if image.modality == "MR":
        facts |= fat_suppression_facts(sidecar_values(source), {}, ms=MS_PER_S)
    factor, scale = file_factor(image, facts)
    if factor != 1:
        volume = Volume(narrow(volume.array * factor), volume.affine_lps)
    if (content := content_by_type(facts, image)) not in ("", image.shows) and image.shows:
        raise DataFault(other_content(image, [content]))
    drawings = check_drawings([facts.get(BURNED_IN, "")], [], allowed=allow_drawings)
    warnings = series_warnings(image, facts, float(volume.spacing_mm.max()), set())
    if image.plane and not lies_in(image.plane, normal_part := _normal_part(volume, image.plane)):
        raise DataFault(other_plane(image, normal_part))
    if image.scale == "hounsfield":
        if not np.all(np.isfinite(volume.array)):
            raise DataFault(f"The {name} image holds voxels that are no number (NaN or infinite).")
        warnings += check_spectral(facts, monoenergetic_kev)
    sample = sample_of(volume) if image.scale == "hounsfield" else None
    record, kind_warnings = check_kind(
        image, sample, facts, lambda plane: _normal_part(volume, plane)
    )
    facts |= record | scale
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


def check_grid(volume: Volume, called: str) -> None:
    """Raise a DataFault for an image of too few voxels in a direction, or a sheared one."""
    if min(volume.array.shape[:3]) < MIN_SLICES:
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
