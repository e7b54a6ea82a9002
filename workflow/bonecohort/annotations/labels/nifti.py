"""Label maps in NIfTI, and the names of labels that their headers hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.labels.label_map import CALLED, LabelMap, whole_labels
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

CARET_EXTENSION_CODE = 0
LABEL_BEGINS, LABEL_ENDS = "<Label", "</Label>"
LONGEST_LABEL = 2000
"""Characters of a label of a Caret label table: its number, its colour and its name."""
LABEL_ELEMENT = re.compile(
    r'<Label\s[^<>]*\bKey="(\d{1,9})"[^<>]*>\s*(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))\s*', re.DOTALL
)
"""A label of a Caret label table: number, and name as character data or plain text."""
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
SMALLEST_VOXEL_MM3 = 1e-9


def read_nifti_labels(path: Path) -> LabelMap:
    """Read a NIfTI label map, with the names of its header.

    Raises
    ------
    DataFault
        The file is unreadable, or no label map.
    """
    image = load_nifti(path)
    return LabelMap(label_volume(image), names_in_header(image.header))


@np.errstate(invalid="ignore")  # of NaN in a damaged header, refused by label_volume
def load_nifti(path: Path, called: str = CALLED) -> Any:
    """Open a NIfTI image, turning an unreadable or too large file into a DataFault."""
    # nibabel takes half a second that no per-vertebra job needs
    from bonecohort.images.nifti import DAMAGED, open_nifti

    try:
        return open_nifti(path, called)
    except DAMAGED as error:
        message = f"{called} could not be read as NIfTI: {type(error).__name__}."
        raise DataFault(message) from error


@np.errstate(invalid="ignore")
def label_volume(image: Any, called: str = CALLED) -> Volume:
    """Return a nibabel image's labels as int16 with an LPS affine, after checking them.

    ``called`` is what a fault calls the file: its own name may be the patient's.
    """
    from bonecohort.images.nifti import DAMAGED, check_unit

    check_unit(image.header, called)
    try:
        values = np.asarray(image.dataobj)
    except DAMAGED as error:
        message = f"{called} is damaged: its voxels could not be read."
        raise DataFault(message) from error
    if values.ndim == 4 and values.shape[3] == 1:
        values = values[..., 0]
    if values.ndim != 3:
        message = f"{called} has {values.ndim} dimensions; it must have 3."
        raise DataFault(message)
    labels = whole_labels(values, called)
    if not (int(image.header["sform_code"]) or int(image.header["qform_code"])):
        message = f"{called} has neither sform nor qform: where it lies in the patient is unknown."
        raise DataFault(message)
    affine_ras = np.asarray(image.affine, dtype=float)
    if not np.isfinite(affine_ras).all() or (
        abs(np.linalg.det(affine_ras[:3, :3])) < SMALLEST_VOXEL_MM3
    ):
        message = f"{called} has no usable affine: its voxels have no volume."
        raise DataFault(message)
    return Volume(labels, RAS_TO_LPS @ affine_ras)


def names_in_header(header: Any) -> dict[int, str]:
    """Read number → name from the Caret XML extension of a NIfTI header (TotalSegmentator)."""
    names: dict[int, str] = {}
    for extension in header.extensions:
        if extension.get_code() != CARET_EXTENSION_CODE:
            continue
        content = extension.get_content()
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
        for element in text.split(LABEL_ENDS)[:-1]:  # a search of all at once may take hours
            label = element[max(element.rfind(LABEL_BEGINS), len(element) - LONGEST_LABEL, 0) :]
            if match := LABEL_ELEMENT.fullmatch(label):
                names[int(match[1])] = (match[2] or match[3] or "").strip()
    return names
