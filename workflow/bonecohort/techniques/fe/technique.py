"""Bone strength by finite elements: what is declared of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import (
    File,
    Kind,
    Measure,
    Method,
    Sites,
    Stage,
    Technique,
)
from bonecohort.techniques.fe.methods import MODALITY, UFE, VERTEBRA
from bonecohort.techniques.fe.settings import FeSettings
from bonecohort.techniques.fe.values import strength_values

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings

SEGMENTED = "xct_segmentation"
CALIBRATED_BY = ("qct_rods", "tissue_samples")
COLUMNS = ("fe_boundary", "fe_poisson")
COMMON_SETTINGS = ("poisson", "max_iterations", "memory_mb")


def _is_segmented(kinds: frozenset[str], _: AllSettings) -> bool:
    return SEGMENTED in kinds


def _is_calibrated(kinds: frozenset[str], settings: AllSettings) -> bool:
    """Whether there are a CT, a label map of its vertebrae or a program for one, and densities."""
    declared = settings.value("bmd", "asynchronous") or settings.value("bmd", "hu_to_bmd")
    is_labelled = "vertebrae" in kinds or settings.value("vertebrae", "segment") != "none"
    has_line = bool(declared) or bool(kinds.intersection(CALIBRATED_BY))
    return "ct" in kinds and is_labelled and has_line and bool(_levels(settings))


def _is_modelled(kinds: frozenset[str], settings: AllSettings) -> bool:
    return _is_segmented(kinds, settings) or _is_calibrated(kinds, settings)


def _levels(settings: AllSettings) -> tuple[str, ...]:
    return settings.of(FeSettings).levels


TECHNIQUE = Technique(
    "fe",
    section="fe",
    settings=FeSettings,
    doing="modelling the strength",
    modality=MODALITY,
    sites=Sites("bones", from_files=True, levels=_levels),
    kinds=(
        Kind(
            SEGMENTED,
            "segmented bone or specimen",
            File(),
            by_site=True,
            default_site=("fe", "site_default"),
        ),
    ),
    stages=(
        Stage(
            "measure_ufe",
            "model a segmented bone",
            job="ufe",
            makes="ufe/{site}.json",
            log="ufe_{site}.log",
            when=_is_segmented,
            per="site",
            files=(SEGMENTED,),
            columns=COLUMNS,
            settings=(
                "modulus_mpa",
                "materials",
                "boundary",
                "pistoia_volume_percent",
                "pistoia_microstrain",
                *COMMON_SETTINGS,
            ),
            record="measurements",
        ),
        Stage(
            "measure_vertebra_strength",
            "model a vertebra",
            job="vertebra",
            makes="fe/{site}.json",
            log="fe_{site}.log",
            when=_is_calibrated,
            per="level",
            files=("ct", "vertebrae"),
            after=("ct", "segment_vertebrae", "calibrate_qct"),
            settings=("posterior", "density_equivalent", *COMMON_SETTINGS),
            record="measurements",
        ),
        Stage(
            "show_fe",
            "draw the strain in the models",
            job="show",
            makes="qc/fe.png",
            log="fe_picture.log",
            when=_is_modelled,
            after=("measure_ufe", "measure_vertebra_strength"),
            shown_by=("build_report",),
        ),
    ),
    measures=(
        Measure("stiffness", "Stiffness", "N/mm", decimals=0, direction="lower is worse"),
        Measure("failure_load", "Failure load", "N", decimals=0, direction="lower is worse"),
        Measure("reaction_force", "Reaction force", "N", decimals=0, direction="lower is worse"),
        Measure("apparent_modulus", "Apparent modulus", "MPa", direction="lower is worse"),
        Measure("ees_98", "Effective strain, 98th percentile", decimals=5),
        Measure("load_share_cortical", "Load share of the cortex at mid-height", decimals=3),
        Measure("load_share_cortical_first", "Load share of the cortex, first slice", decimals=3),
        Measure("load_share_cortical_last", "Load share of the cortex, last slice", decimals=3),
        Measure("n_elements", "Elements", decimals=0),
    ),
    methods=(
        Method(UFE, "a model of the segmented bone in compression"),
        Method(VERTEBRA, "a model of the vertebra between two caps in compression"),
    ),
    variables=strength_values,
    pooling="pooling",
    flags="flags",
    report="report",
    demo="demo",
)
