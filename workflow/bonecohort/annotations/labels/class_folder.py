"""Label maps kept as a folder of one NIfTI file a vertebra, as TotalSegmentator writes them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from bonecohort.annotations.copies import mark_stem
from bonecohort.annotations.labels.label_map import LabelMap
from bonecohort.annotations.labels.nifti import label_volume, load_nifti
from bonecohort.annotations.labels.schemes import level_of_name
from bonecohort.annotations.system_files import is_of_the_system
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume

CLASS_ENDING = re.compile(r"\.nii(?:\s*\(\d+\))?(?:\.gz)?$", re.IGNORECASE)
"""Of a file of one class; a browser numbers a second download within it."""


def read_class_folder(folder: Path) -> LabelMap:
    """Join the files ``vertebrae_L1.nii.gz`` … of a folder, each 1 where that vertebra is.

    A copy (``vertebrae_L1 (1).nii.gz``) is a file of its level, what an operating system leaves
    (``._vertebrae_L1.nii.gz``) is none.

    Raises
    ------
    DataFault
        Two files are of one level, none is of any, or they lie on several grids.
    """
    by_level = {}
    for path in sorted(folder.iterdir()):
        if not CLASS_ENDING.search(path.name) or is_of_the_system(Path(path.name), path):
            continue
        level = level_of_name(mark_stem(CLASS_ENDING.sub("", path.name)))
        if level is None:
            continue
        if level in by_level:
            message = (
                f"The folder of the label map holds two files of {level}: it must hold one file "
                "of each vertebra. Take out the other, or give the two as maps of their own."
            )
            raise DataFault(message)
        by_level[level] = path
    if not by_level:
        message = (
            "The folder of the label map holds no file named like vertebrae_L1.nii.gz, and no "
            "DICOM SEG. So it is no vertebra label map."
        )
        raise DataFault(message)
    joined: Volume | None = None
    names = {}
    for number, (level, path) in enumerate(by_level.items(), start=1):
        called = f"The label map of {level}"
        volume = label_volume(load_nifti(path, called), called)
        if joined is None:
            joined = Volume(np.zeros_like(volume.array), volume.affine_lps)
        same_shape = volume.array.shape == joined.array.shape
        if not same_shape or not np.allclose(volume.affine_lps, joined.affine_lps, atol=1e-3):
            message = f"{called} lies on another grid than the others of its folder."
            raise DataFault(message)
        joined.array[volume.array > 0] = number
        names[number] = level
    assert joined is not None
    return LabelMap(joined, names, numbered_here=True)
