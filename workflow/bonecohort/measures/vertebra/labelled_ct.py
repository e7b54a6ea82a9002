"""The vertebrae of a converted CT, cut out by a label map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.marks.mark_checks import check_frame
from bonecohort.faults import DataFault
from bonecohort.images.grid import grid_of
from bonecohort.images.nifti import read_nifti
from bonecohort.measures.vertebra.crops import prepare_crops
from bonecohort.measures.vertebra.ct_scale import with_scale
from bonecohort.study.layout import EXCLUDED, label_map_path, read_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.measures.vertebra.crops import VertebraCrop


def labelled_crops(
    folder: Path, listed: Mapping[str, Any] | None, levels: Sequence[str]
) -> Mapping[str, VertebraCrop | str]:
    """Cut every level out of a participant's CT; for one that cannot be, return the reason.

    Parameters
    ----------
    folder
        Of the participant's results, with the converted CT.
    listed
        The label map, as it stands in a job's task; None for that which a program drew.
    levels
        The levels wanted.

    Raises
    ------
    DataFault
        The CT could not be converted, or the label map cannot be used.
    """
    record = read_record(folder / "ct.json")
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    labels = read_label_map(Path(listed["path"]) if listed else label_map_path(folder))
    if grid := grid_of(record):
        check_frame("The vertebra label map", labels.frame_of_reference, grid, "CT")
    # A program names its vertebrae itself, whatever numbers the label maps given have.
    scheme = labels.numbers(listed["label_scheme"] if listed else None)
    if not listed and not np.isin(labels.volume.array, list(scheme.values())).any():
        raise DataFault(
            "The automatic segmentation found no vertebra on the CT: does it show the lumbar spine?"
        )
    crops = prepare_crops(read_nifti(folder / "ct.nii.gz"), labels, scheme, levels)
    return with_scale(crops, record)
