"""Where cerebrospinal fluid is: the canal without the cord, by a label of the spine.

Each voxel of a label map has one label, so that the label of the canal holds no cord.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.labelled import LABELS
from bonecohort.study.records import files_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.annotations.labels.label_map import LabelMap

SUBREGIONS = "mr_subregions"
TOTALSPINESEG, CANAL_OF_TOTALSPINESEG = "totalspineseg", 2
CANAL_OF_SPINEPS = 61
CANAL_NAME = re.compile(r"canal|cerebro ?spinal|\bcsf\b|thecal", re.IGNORECASE)
WHAT_IS_NEEDED = (
    "List 'mr_vertebrae' of TotalSpineSeg (canal 2) or 'mr_subregions' of SPINEPS (canal 61). A "
    "map that names its canal, or 'vbq_rois', will do, too."
)


def read_canal(task: Mapping[str, Any]) -> Volume:
    """Return the canal without the cord, a mask on its label map's own grid.

    A map of subregions goes before that of the vertebrae.

    Parameters
    ----------
    task
        A job's task, with ``files``.

    Raises
    ------
    DataFault
        No map labels the canal, or it cannot be read.
    """
    kind = SUBREGIONS if files_of(task, SUBREGIONS) else LABELS
    listed = files_of(task, kind)
    if not listed:
        raise DataFault(f"No CSF region: no label map is listed. {WHAT_IS_NEEDED}")
    labels = read_label_map(Path(listed[0]["path"]), every_segment=True)
    number = canal_number(labels, listed[0].get("label_scheme"), kind)
    canal = labels.volume.array == number
    if number is None or not canal.any():
        told = "names no canal" if number is None else f"has no voxel of the canal, {number}"
        raise DataFault(f"No CSF region: the label map ('{kind}') {told}. {WHAT_IS_NEEDED}")
    return Volume(canal, labels.volume.affine_lps)


def canal_number(labels: LabelMap, scheme: object, kind: str) -> int | None:
    """Return the number of the canal: by the names in the file, else by the scheme; or None."""
    spoken = {number: name.replace("_", " ") for number, name in labels.names.items()}
    named = [number for number, name in spoken.items() if CANAL_NAME.search(name)]
    if len(named) == 1:
        return named[0]
    if labels.names and labels.numbered_here:
        return None
    if scheme == TOTALSPINESEG:
        return CANAL_OF_TOTALSPINESEG
    return CANAL_OF_SPINEPS if kind == SUBREGIONS else None
