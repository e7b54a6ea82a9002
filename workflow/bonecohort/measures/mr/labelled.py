"""What a job on MR reads of a participant: the labelled vertebral bodies and converted images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault
from bonecohort.images.grid import FRAME_KEY
from bonecohort.images.nifti import read_nifti, read_nifti_volumes
from bonecohort.measures.mr.bodies import Bodies, find_bodies
from bonecohort.study.layout import EXCLUDED, read_record
from bonecohort.study.records import files_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import Volume

LABELS = "mr_vertebrae"
"""The kind of series.tsv that holds the label map."""
OTHER_FRAME = "frame_of_reference"
"""Flag of a label map and an image of two frames of reference."""


@dataclass(frozen=True)
class LabelledBodies:
    """The bodies of a participant's label map.

    Attributes
    ----------
    bodies
        Level → its body, or the reason why there is none.
    frame_of_reference
        Digest of the label map's FrameOfReferenceUID; empty where it has none.
    """

    bodies: Bodies
    frame_of_reference: str

    def frame_flags(self, sidecar: Mapping[str, Any]) -> tuple[str, ...]:
        """Return a flag where an image has another frame of reference than the labels.

        The patient may have moved between them. Where either frame is not known nothing is flagged.

        Parameters
        ----------
        sidecar
            Of the converted image.
        """
        frame = str(sidecar.get(FRAME_KEY, ""))
        both = self.frame_of_reference and frame
        return (OTHER_FRAME,) if both and self.frame_of_reference != frame else ()


def labelled_bodies(task: Mapping[str, Any], images: str) -> LabelledBodies:
    """Return the bodies of the levels of a job's task.

    Parameters
    ----------
    task
        With ``files`` and ``sites``.
    images
        What is listed beside the label map, in a message: "Images of water and fat".

    Raises
    ------
    DataFault
        No label map is listed, or it cannot be read.
    """
    listed = files_of(task, LABELS)
    if not listed:
        raise DataFault(f"{images} are listed without '{LABELS}', a label map.")
    labels = read_label_map(Path(listed[0]["path"]))
    numbers = labels.numbers(listed[0]["label_scheme"])
    bodies = find_bodies(labels.volume, numbers, task["sites"])
    return LabelledBodies(bodies, labels.frame_of_reference)


def converted_image(folder: Path, kind: str) -> tuple[Volume, dict[str, Any]]:
    """Return a converted image and its sidecar.

    Parameters
    ----------
    folder
        Of the participant's results.

    Raises
    ------
    DataFault
        It could not be converted.
    """
    record = _converted(folder, kind)
    return read_nifti(folder / f"{kind}.nii.gz"), record


def converted_volumes(folder: Path, kind: str) -> tuple[Volume, dict[str, Any]]:
    """Return a stack of volumes, shape (ni, nj, nk, n), as :func:`converted_image` does."""
    record = _converted(folder, kind)
    return read_nifti_volumes(folder / f"{kind}.nii.gz"), record


def _converted(folder: Path, kind: str) -> dict[str, Any]:
    record = read_record(folder / f"{kind}.json")
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    return record
