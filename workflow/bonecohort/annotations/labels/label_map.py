"""Vertebra label maps: reading them, and placing one vertebra's mask on the CT's own grid."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.dicom_files import SEGMENTATIONS, files_of_class, is_dicom
from bonecohort.annotations.labels.schemes import level_of_name, resolve_scheme
from bonecohort.annotations.marks.markup import mark_stem
from bonecohort.annotations.marks.reading_files import is_of_the_system
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.study.paths import refuse_absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

CALLED = "The vertebra label map"
"""What a fault calls the file: a participant has one, and its name may be theirs."""
NIFTI_SUFFIXES = (".nii", ".nii.gz")
CLASS_ENDING = re.compile(r"\.nii(?:\s*\(\d+\))?(?:\.gz)?$", re.IGNORECASE)
"""Of a file of one class; a browser numbers a second download within it."""
NRRD_SUFFIXES = (".nrrd", ".nhdr")
METAIMAGE_SUFFIXES = (".mha", ".mhd")
CARET_EXTENSION_CODE = 0
LARGEST_LABEL = np.iinfo(np.int16).max
INTEGRALITY = 1e-3
LABEL_BEGINS, LABEL_ENDS = "<Label", "</Label>"
LONGEST_LABEL = 2000
"""Characters of a label of a Caret label table: its number, its colour and its name."""
LABEL_ELEMENT = re.compile(
    r'<Label\s[^<>]*\bKey="(\d{1,9})"[^<>]*>\s*(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))\s*', re.DOTALL
)
"""A label of a Caret label table: number, and name as character data or plain text."""
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class LabelMap:
    """A label map and what it says of itself.

    Attributes
    ----------
    volume
        Labels (int16, 0 is background) with their affine to LPS mm.
    names
        Number → name, from the file's own table (TotalSegmentator) or from the file names of a
        folder; empty when there is none.
    numbered_here
        The numbers were given while reading a folder of one file a class, or are a SEG's segment
        numbers, so a declared scheme says nothing about them and the names decide.
    frame_of_reference
        Digest of the FrameOfReferenceUID; empty where the file has none (NIfTI).
    """

    volume: Volume
    names: Mapping[int, str] = field(default_factory=dict)
    numbered_here: bool = False
    frame_of_reference: str = ""

    def numbers(self, declared: str | Mapping[str, int] | None) -> dict[str, int]:
        """Return level → number; see :func:`~bonecohort.annotations.labels.schemes.resolve_scheme`.

        Raises
        ------
        DataFault
            The scheme is not declared, or contradicts the names in the file.
        """
        return resolve_scheme(None if self.numbered_here else declared, self.names)


def read_label_map(path: Path) -> LabelMap:
    """Read a label map in NIfTI, NRRD, MetaImage or DICOM SEG, or a folder of one file a vertebra.

    A DICOM file is known by its content, and may be the only SEG of a folder. Any orientation and
    number type is read; values must be whole numbers.

    Raises
    ------
    DataFault
        The file is of another format, unreadable, not three-dimensional, or not whole-numbered.
    """
    refuse_absent(path, "The vertebra label map")
    if is_dicom(path) or (path.is_dir() and _holds_seg(path)):
        from bonecohort.annotations.labels.seg import read_seg  # it needs this module

        return read_seg(path)
    if path.is_dir():
        return read_class_folder(path)
    if path.name.lower().endswith(METAIMAGE_SUFFIXES):
        from bonecohort.images.metaimage import read_metaimage

        image = read_metaimage(path, CALLED)
        return LabelMap(Volume(whole_labels(image.array, CALLED), image.affine_lps))
    if path.name.lower().endswith(NRRD_SUFFIXES):
        from bonecohort.annotations.labels.nrrd import read_nrrd  # it needs this module

        return read_nrrd(path)
    if not path.name.lower().endswith(NIFTI_SUFFIXES):
        message = (
            "The vertebra label map is not of a format that is read: give a NIfTI "
            "file (.nii, .nii.gz), a folder of vertebrae_L1.nii.gz … of one class each, a Slicer "
            "segmentation (.seg.nrrd), NRRD, MetaImage (.mha), or a DICOM SEG."
        )
        raise DataFault(message)
    image = load_nifti(path)
    return LabelMap(label_volume(image), names_in_header(image.header))


def _holds_seg(folder: Path) -> bool:
    nifti = any(path.name.lower().endswith(NIFTI_SUFFIXES) for path in folder.iterdir())
    return not nifti and bool(files_of_class(folder, SEGMENTATIONS))


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
    from bonecohort.images.nifti import DAMAGED

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
        abs(np.linalg.det(affine_ras[:3, :3])) < INTEGRALITY**3
    ):
        message = f"{called} has no usable affine: its voxels have no volume."
        raise DataFault(message)
    return Volume(labels, RAS_TO_LPS @ affine_ras)


def whole_labels(values: NDArray[Any], called: str) -> NDArray[np.int16]:
    """Return numbers of any type as labels, after checking that they are.

    Raises
    ------
    DataFault
        They are no whole numbers from 0 to ``LARGEST_LABEL``.
    """
    rounded = values if values.dtype.kind in "iu" else _rounded(values)
    if rounded is None:
        message = (
            f"{called} holds values that are not whole numbers: it may have been "
            "resampled with interpolation; resample label maps by nearest neighbour."
        )
        raise DataFault(message)
    if rounded.min(initial=0) < 0 or rounded.max(initial=0) > LARGEST_LABEL:
        message = (
            f"{called} holds values from {rounded.min():.0f} to {rounded.max():.0f}; "
            f"labels are 0 to {LARGEST_LABEL}. Is it the CT itself?"
        )
        raise DataFault(message)
    return rounded.astype(np.int16)


def _rounded(values: NDArray[Any]) -> NDArray[Any] | None:
    """Return whole numbers; None where a value is none."""
    with np.errstate(invalid="ignore"):  # of NaN
        rounded = np.rint(values)
    is_whole = np.isfinite(values).all() and not (np.abs(values - rounded) > INTEGRALITY).any()
    return rounded if is_whole else None


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
            if found := LABEL_ELEMENT.fullmatch(label):
                names[int(found[1])] = (found[2] or found[3] or "").strip()
    return names


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
            "DICOM SEG, so no vertebra label map."
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


def label_points_lps(volume: Volume, numbers: Iterable[int]) -> dict[int, FloatArray]:
    """Return, by label, the centres of its voxels in LPS mm, shape (n, 3); absent ones left out."""
    from scipy import ndimage  # reading a label map does without

    boxes = dict(enumerate(ndimage.find_objects(volume.array), start=1))
    points = {}
    for number in numbers:
        box = boxes.get(number)
        if box is not None:
            index = np.argwhere(volume.array[box] == number) + [part.start for part in box]
            points[number] = volume.to_lps(index.astype(float))
    return points


def mask_on_grid(
    labels: Volume, number: int, affine_lps: FloatArray, shape: tuple[int, int, int]
) -> NDArray[np.bool_]:
    """Sample one label on another grid by the affines, nearest neighbour.

    ``affine_lps`` and ``shape`` tell the grid; outside the label map there is no label.
    """
    to_label = np.linalg.inv(labels.affine_lps) @ affine_lps
    inside = np.ones(shape, dtype=bool)
    nearest = []
    for axis in range(3):
        parts = [to_label[axis, k] * np.arange(shape[k]) for k in range(3)]
        position = parts[0][:, None, None] + parts[1][None, :, None] + parts[2] + to_label[axis, 3]
        # Half-way points go up, always: rint would alternate and tear a regular grid.
        index = np.floor(position + 0.5).astype(np.intp)
        inside &= (index >= 0) & (index < labels.array.shape[axis])
        nearest.append(np.clip(index, 0, labels.array.shape[axis] - 1))
    found: NDArray[np.bool_] = (labels.array[tuple(nearest)] == number) & inside
    return found
