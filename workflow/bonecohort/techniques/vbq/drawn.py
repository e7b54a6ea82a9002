"""The regions of a participant, as the picture outlines them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.marks.readers import marks_of_readers
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import VertebralBody
from bonecohort.measures.mr.labelled import labelled_bodies
from bonecohort.study.records import files_of
from bonecohort.techniques.vbq.canal import read_canal
from bonecohort.techniques.vbq.inputs import CURVES, KIND
from bonecohort.techniques.vbq.names import region_name
from bonecohort.techniques.vbq.picture import Drawn
from bonecohort.techniques.vbq.regions import (
    band_regions,
    fluid_region,
    marrow_region,
    mid_sagittal,
)
from bonecohort.techniques.vbq.settings import VbqSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.images.volume import FloatArray

TISSUES = {"marrow": "marrow", "csf": "CSF"}


def drawn_of(task: Mapping[str, Any], image: Volume, records: Sequence[Mapping[str, Any]]) -> Drawn:
    """Return what is outlined.

    Parameters
    ----------
    records
        One a level; one that was measured says at which level the CSF is.

    Raises
    ------
    DataFault
        The label map, or the curves, cannot be read.
    """
    if files_of(task, CURVES):
        return _curves(task)
    csf_levels = [record["csf"]["level"] for record in records if "csf" in record]
    settings = VbqSettings(**task["settings"])
    bodies = {
        level: body
        for level, body in labelled_bodies(task, "T1-weighted images").bodies.items()
        if isinstance(body, VertebralBody)
    }
    if not bodies:
        return Drawn({}, (), {})
    slab = mid_sagittal(image, list(bodies.values()))
    marrow = [marrow_region(slab, body, settings.erosion_mm) for body in bodies.values()]
    bands = [
        band
        for body in bodies.values()
        for band in band_regions(slab, body, settings.band_mm, settings.band_width).values()
    ]
    masks = {"marrow": np.any(marrow, axis=0), "endplates": np.any(bands, axis=0)}
    if csf_levels:
        body = bodies[csf_levels[0]]
        masks["CSF"] = fluid_region(slab, read_canal(task), body, settings.csf_erosion_mm)
    affine = slab.image.affine_lps
    index = np.zeros(3)
    index[slab.axis] = slab.middle
    middle = slab.image.to_lps(index)[0]
    places = {level: np.array([middle, *body.centre_lps_mm[1:]]) for level, body in bodies.items()}
    return Drawn({name: Volume(mask, affine) for name, mask in masks.items()}, (), places)


def _curves(task: Mapping[str, Any]) -> Drawn:
    curves: list[tuple[str, FloatArray]] = []
    places: dict[str, FloatArray] = {}
    for markups in marks_of_readers(task, CURVES, KIND).by_reader.values():
        for markup in markups:
            name = region_name(markup.meaning)
            if name is None or len(markup.points_lps_mm) < 3:
                continue
            corners = np.array(markup.points_lps_mm)
            curves.append((TISSUES[name.tissue], corners))
            if name.tissue == "marrow":
                places.setdefault(name.level, corners.mean(axis=0))
    return Drawn({}, curves, places)
