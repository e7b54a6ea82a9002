"""Vertebrae in CT and MR images, and images of several techniques: what is declared of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import Kind, Labels, Stage, Technique
from bonecohort.techniques.image import Image
from bonecohort.techniques.vertebrae.settings import VertebraeSettings

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings


COMPUTED = ("T2_STAR MAP", "R2_STAR MAP", "T2 MAP", "FAT_FRACTION", "FF", "WATER", "FAT",
            "IN_PHASE", "OUT_PHASE", "OPP_PHASE")  # fmt: skip
"""Words of ImageType of what scanners compute from the echoes of a gradient echo."""


def _is_segmented(kinds: frozenset[str], settings: AllSettings) -> bool:
    """Whether a CT has no label map, and a program is to draw one."""
    asked = settings.of(VertebraeSettings).segment != "none"
    return asked and "ct" in kinds and "vertebrae" not in kinds


TECHNIQUE = Technique(
    "vertebrae",
    section="vertebrae",
    settings=VertebraeSettings,
    doing="outlining the vertebrae",
    kinds=(
        Kind.of_image(
            Image("ct", "CT", "CT", usual_plane="axial", scale="hounsfield"), proposed_by="propose"
        ),
        Kind("vertebrae", "vertebra label map", Labels(("vertebrae", "label_scheme"))),
        Kind("mr_vertebrae", "vertebra label map of an MR", Labels(("vertebrae", "label_scheme"))),
        Kind.of_image(
            Image(
                "multi_echo_gre",
                "multi-echo GRE",
                "MR",
                derived=True,
                scale="signal",
                volumes=("echo time", "image part"),
                without=COMPUTED,
            )
        ),
    ),
    stages=(
        Stage(
            "segment_vertebrae",
            "segment the vertebrae",
            job="segment",
            makes="vertebrae.json",
            log="segment.log",
            when=_is_segmented,
            files=("ct",),
            after=("ct",),
            settings=("segment_device", "segment_fast"),
            record="status",
            on_demand=True,
        ),
    ),
    checks="program",
)
