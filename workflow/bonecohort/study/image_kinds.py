"""The kinds of series.tsv that are image series, and what a series of each must be."""

from __future__ import annotations

from bonecohort.techniques.declare import Image

IMAGES = {
    image.kind: image
    for image in (
        Image("ct", "CT", "CT", usual_plane="axial", scale="hounsfield"),
        Image("t2_sagittal", "T2", "MR", plane="sagittal", weighting="T2"),
    )
}
