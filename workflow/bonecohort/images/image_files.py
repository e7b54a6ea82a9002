"""Images and label maps in one file: NIfTI, NRRD and MetaImage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.images.nifti import narrow, read_nifti
from bonecohort.images.volume import Volume
from bonecohort.study.paths import refuse_absent

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = {
    ".nii": "NIfTI", ".nii.gz": "NIfTI", ".nrrd": "NRRD", ".nhdr": "NRRD", ".mha": "MetaImage",
    ".mhd": "MetaImage",
}  # fmt: skip


def format_of(path: Path) -> str:
    """Return which of the formats a file's name says; '' for none."""
    name = path.name.lower()
    return next((kind for ending, kind in ENDINGS.items() if name.endswith(ending)), "")


def read_image(path: Path) -> Volume:
    """Read a scalar 3-D image in one of the formats.

    Whole numbers come back as integers (int16 where they fit), others as float32.

    Raises
    ------
    DataFault
        The file is absent, damaged, too large, no scalar 3-D image, or does not say where it lies.
    """
    kind = format_of(path)
    if kind == "NIfTI":
        return read_nifti(path)
    called = f"The {kind} image"
    refuse_absent(path, called)
    if kind == "MetaImage":
        from bonecohort.images.metaimage import read_metaimage

        volume = read_metaimage(path, called)
        return Volume(narrow(volume.array, called), volume.affine_lps)
    from bonecohort.images.nrrd import read_nrrd_file

    nrrd = read_nrrd_file(path, called)
    if nrrd.layers.shape[3] != 1:
        raise DataFault(f"{called} has {nrrd.layers.shape[3]} values a voxel; one is needed.")
    return Volume(narrow(nrrd.layers[..., 0], called), nrrd.affine_lps)
