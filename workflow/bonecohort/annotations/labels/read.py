"""Reading a vertebra label map, whatever its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.annotations.dicom_files import SEGMENTATIONS, files_of_class, is_dicom
from bonecohort.annotations.labels.class_folder import read_class_folder
from bonecohort.annotations.labels.label_map import CALLED, LabelMap, whole_labels
from bonecohort.annotations.labels.nifti import read_nifti_labels
from bonecohort.annotations.labels.nrrd import read_nrrd
from bonecohort.faults import DataFault
from bonecohort.images.metaimage import read_metaimage
from bonecohort.images.volume import Volume
from bonecohort.study.paths import refuse_absent

if TYPE_CHECKING:
    from pathlib import Path

NIFTI_SUFFIXES = (".nii", ".nii.gz")
NRRD_SUFFIXES = (".nrrd", ".nhdr")
METAIMAGE_SUFFIXES = (".mha", ".mhd")


def read_label_map(path: Path, *, every_segment: bool = False) -> LabelMap:
    """Read a label map: NIfTI, NRRD, MetaImage, DICOM SEG, or a folder of one file a vertebra.

    A segmentation, which names its segments, gives its vertebrae; with ``every_segment`` it gives
    all its segments, under their own names and numbers.

    A DICOM file is known by its content, and may be the only SEG of a folder. Any orientation and
    number type is read; values must be whole numbers.

    Raises
    ------
    DataFault
        The file is of another format, unreadable, not three-dimensional, or not whole-numbered.
    """
    refuse_absent(path, "The vertebra label map")
    if is_dicom(path) or (path.is_dir() and _holds_seg(path)):
        from bonecohort.annotations.labels.seg import read_seg  # pydicom

        return read_seg(path, every_segment=every_segment)
    if path.is_dir():
        return read_class_folder(path)
    if path.name.lower().endswith(METAIMAGE_SUFFIXES):
        image = read_metaimage(path, CALLED)
        return LabelMap(Volume(whole_labels(image.array, CALLED), image.affine_lps))
    if path.name.lower().endswith(NRRD_SUFFIXES):
        return read_nrrd(path, every_segment=every_segment)
    if not path.name.lower().endswith(NIFTI_SUFFIXES):
        message = (
            "The vertebra label map is of an unknown format. Give a NIfTI file (.nii, .nii.gz), a "
            "folder of vertebrae_L1.nii.gz … of one class each; or a Slicer segmentation "
            "(.seg.nrrd), NRRD, MetaImage (.mha), or a DICOM SEG."
        )
        raise DataFault(message)
    return read_nifti_labels(path)


def _holds_seg(folder: Path) -> bool:
    nifti = any(path.name.lower().endswith(NIFTI_SUFFIXES) for path in folder.iterdir())
    return not nifti and bool(files_of_class(folder, SEGMENTATIONS))
