"""Vertebral and endplate bone quality: what is declared of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import (
    Kind,
    Labels,
    Marks,
    Measure,
    Method,
    Needs,
    Readings,
    SiteValue,
    Stage,
    Technique,
)
from bonecohort.techniques.image import Image
from bonecohort.techniques.vbq.methods import EBQ, EBQ_MARROW, MODALITY, VBQ, VBQ_LEVEL, WORDS
from bonecohort.techniques.vbq.names import FORMS
from bonecohort.techniques.vbq.settings import VbqSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.techniques.declare import AllSettings

T1, CURVES, TABLE = "t1_sagittal", "vbq_rois", "vbq_table"
FILES = (T1, "mr_vertebrae", "mr_subregions", CURVES)
SETTINGS = (
    "erosion_mm",
    "csf_erosion_mm",
    "min_voxels",
    "min_csf_voxels",
    "max_csf_cv",
    "max_outlier_fraction",
    "band_mm",
    "band_width",
    "n4",
)
LEVELS = ("L1", "L2", "L3", "L4", "L5")


def _is_measured(kinds: frozenset[str], _: AllSettings) -> bool:
    """Whether the images are measured: the first source is readers' regions, then a table."""
    return CURVES in kinds or (T1 in kinds and TABLE not in kinds)


def _variables(settings: AllSettings) -> tuple[SiteValue, ...]:
    return tuple(_values(settings.of(VbqSettings)))


def _values(settings: VbqSettings) -> Iterator[SiteValue]:
    """Yield the VBQ, and the score of each level."""
    site = f"{settings.levels[0]}-{settings.levels[-1]}"
    yield SiteValue(f"{MODALITY}_{VBQ}", VBQ, site, "VBQ", is_of_several=True)
    for level in LEVELS:
        yield SiteValue(f"{MODALITY}_{VBQ_LEVEL}_{level}", VBQ_LEVEL, level, f"VBQ of {level}")


TECHNIQUE = Technique(
    "vbq",
    section="vbq",
    settings=VbqSettings,
    doing="measuring bone quality scores",
    modality=MODALITY,
    kinds=(
        Kind.of_image(
            Image(T1, "sagittal T1", "MR", plane="sagittal", scale="signal"), proposed_by="propose"
        ),
        Kind("mr_subregions", "label map of parts of the spine in an MR", Labels()),
        Kind(CURVES, "reader's regions of marrow and CSF", Marks(FORMS)),
        Kind(TABLE, "table of bone quality scores", Readings(CURVES)),
    ),
    stages=(
        Stage(
            "measure_vbq",
            "measure bone quality scores",
            job="measure",
            makes="vbq/{site}.json",
            log="vbq.log",
            when=_is_measured,
            files=FILES,
            after=(T1,),
            settings=SETTINGS,
            record="measurements",
        ),
        Stage(
            "show_vbq",
            "draw the bone quality picture",
            job="show",
            makes="qc/vbq.png",
            log="vbq_picture.log",
            when=_is_measured,
            files=FILES,
            after=(T1, "measure_vbq"),
            settings=SETTINGS,
            shown_by=("build_report",),
        ),
    ),
    needs=(
        Needs(T1, ("mr_vertebrae", CURVES, TABLE)),
        Needs("mr_vertebrae", (T1,)),
        Needs("mr_subregions", (T1,)),
        Needs(CURVES, (T1,)),
    ),
    measures=(
        Measure(VBQ, "VBQ", "1", 2, (0, 50), "higher is worse"),
        Measure(VBQ_LEVEL, "VBQ of a level", "1", 2, (0, 50), "higher is worse"),
        Measure(EBQ, "EBQ", "1", 2, (0, 50), "higher is worse"),
        Measure(EBQ_MARROW, "EBQ against marrow", "1", 2, (0, 50)),
    ),
    methods=tuple(Method(name, words) for name, words in WORDS.items()),
    variables=_variables,
    readings="readings",
    computed="computed",
    pooling="pooling",
    flags="flags",
    report="report",
    demo="demo",
)
