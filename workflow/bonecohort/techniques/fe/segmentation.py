"""The label map of a segmented bone or specimen: its voxels along the axis of load, and their size.

HR-pQCT and µCT images have their slices across the bone's long axis, along which it is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.labels.label_map import whole_labels
from bonecohort.annotations.labels.nifti import label_volume, load_nifti
from bonecohort.faults import DataFault
from bonecohort.images.metaimage import read_metaimage
from bonecohort.images.nrrd import read_nrrd_file
from bonecohort.images.volume import Volume
from bonecohort.study.paths import refuse_absent

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

CALLED = "The segmentation"
"""What a fault calls the file: its own name may be the patient's."""
SMALLEST_MM, LARGEST_MM = 0.005, 2.0
ROUNDED = 1e-4
"""By which part a size may lie beyond a limit: headers hold sizes of 7 digits."""
SAME_SIZE = 0.01
"""By which part two sizes of one voxel may differ."""
NIFTI, NRRD, METAIMAGE = (".nii", ".nii.gz"), (".nrrd", ".nhdr"), (".mha", ".mhd")
SQUARE = 1e-3
"""Largest cosine between two axes of voxels that count as perpendicular."""


@dataclass(frozen=True)
class Segmentation:
    """A segmented bone.

    Attributes
    ----------
    labels
        Shape (nx, ny, nz), 0 outside the bone; the load acts along the last axis.
    spacing_mm
        Of the voxels along these axes, shape (3,).
    """

    labels: NDArray[np.int16]
    spacing_mm: FloatArray


def read_segmentation(path: Path) -> Segmentation:
    """Read a label map: NIfTI, NRRD or MetaImage.

    The load acts along the axis of voxels that is nearest to head to foot.

    Raises
    ------
    DataFault
        The file cannot be read, holds no labels, or its voxels have no size that such an image has.
    """
    volume = _volume(path)
    spacing = volume.spacing_mm
    check_spacing(spacing)
    directions = volume.affine_lps[:3, :3] / spacing
    if np.abs(np.triu(directions.T @ directions, 1)).max() > SQUARE:
        raise DataFault(f"{CALLED} has voxels that are no boxes: their axes are not perpendicular.")
    axis = int(np.argmax(np.abs(directions[2])))
    order = [*(one for one in range(3) if one != axis), axis]
    return Segmentation(np.transpose(volume.array, order), spacing[order])


def check_spacing(spacing_mm: FloatArray) -> None:
    """Refuse voxels of a size that no image of bone's structure has.

    Raises
    ------
    DataFault
        With the size found.
    """
    least, most = SMALLEST_MM * (1 - ROUNDED), LARGEST_MM * (1 + ROUNDED)
    if (spacing_mm < least).any() or (spacing_mm > most).any():
        raise DataFault(
            f"{CALLED} has voxels of {_size(spacing_mm)} mm; {SMALLEST_MM:g} to {LARGEST_MM:g} mm "
            "are expected. The header must give their size in mm, not in µm or m."
        )


def _volume(path: Path) -> Volume:
    refuse_absent(path, CALLED)
    name = path.name.lower()
    if path.is_file() and name.endswith(NIFTI):
        return _nifti(path)
    if path.is_file() and name.endswith(METAIMAGE):
        image = read_metaimage(path, CALLED)
        return Volume(whole_labels(image.array, CALLED), image.affine_lps)
    if path.is_file() and name.endswith(NRRD):
        nrrd = read_nrrd_file(path, CALLED)
        return Volume(_one_layer(whole_labels(nrrd.layers, CALLED)), nrrd.affine_lps)
    raise DataFault(
        f"{CALLED} is not of a format that is read: give NIfTI (.nii, .nii.gz), NRRD or MetaImage "
        "(.mha, .mhd)."
    )


def _nifti(path: Path) -> Volume:
    image = load_nifti(path, CALLED)
    volume = label_volume(image, CALLED)
    declared = np.array(image.header.get_zooms()[:3], dtype=float)
    if not np.allclose(declared, volume.spacing_mm, rtol=SAME_SIZE, atol=0):
        raise DataFault(
            f"{CALLED} gives two sizes of its voxels: {_size(declared)} mm (pixdim) and "
            f"{_size(volume.spacing_mm)} mm (affine). Both must be the same."
        )
    return volume


def _size(spacing_mm: FloatArray) -> str:
    return " × ".join(f"{edge:g}" for edge in spacing_mm)


def _one_layer(layers: NDArray[Any]) -> NDArray[np.int16]:
    if layers.shape[3] != 1:
        raise DataFault(f"{CALLED} has {layers.shape[3]} values a voxel; one is expected.")
    return layers[..., 0]
