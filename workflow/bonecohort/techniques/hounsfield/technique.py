"""Hounsfield units: what is declared of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import (
    Count,
    Derived,
    Kind,
    Marks,
    Measure,
    Method,
    Needs,
    Readings,
    Stage,
    Technique,
)
from bonecohort.techniques.hounsfield.decimals import VERTEBRA_DECIMALS
from bonecohort.techniques.hounsfield.names import FORMS
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings

LUMBAR_LEVELS = ("L1", "L2", "L3", "L4", "L5")
OF_LEVELS = tuple(f"hu_{level}" for level in LUMBAR_LEVELS)
NO_YES = ("no", "yes")
TEN_HU = 10
"""What odds ratios are printed for: one HU is little."""


def _is_automatic(kinds: frozenset[str], _: AllSettings) -> bool:
    """Whether nobody measured: the first source that exists is a reader's regions, then a table."""
    return not kinds & {"hu_rois", "hu_table"} and bool(kinds & {"ct", "vertebrae"})


def _is_measured(kinds: frozenset[str], settings: AllSettings) -> bool:
    return "hu_rois" in kinds or _is_automatic(kinds, settings)


TECHNIQUE = Technique(
    "hounsfield",
    section="hounsfield",
    settings=HounsfieldSettings,
    doing="measuring HU",
    modality="CT",
    kinds=(
        Kind("hu_rois", "reader's HU regions", Marks(FORMS)),
        Kind("hu_table", "table of HU readings", Readings("hu_rois", "empty_table")),
    ),
    stages=(
        Stage(
            "crop_vertebrae",
            "cut out the vertebrae",
            job="crop",
            makes="crops/{site}.npz",
            log="crop.log",
            when=_is_automatic,
            files=("ct", "vertebrae"),
            after=("ct", "segment_vertebrae"),
            is_temporary=True,
        ),
        Stage(
            "measure_hounsfield",
            "measure HU",
            job="measure",
            makes="hounsfield/{site}.json",
            log="hounsfield_{site}.log",
            when=_is_measured,
            per="site",
            files=("ct", "hu_rois", "vertebrae"),
            after=("ct", "crop_vertebrae"),
            settings=(
                "planes",
                "margin_mm",
                "min_voxels",
                "max_excluded_fraction",
                "plane_spread_flag_hu",
                "sd_flag_hu",
            ),
            record="measurements",
        ),
        Stage(
            "show_hounsfield",
            "draw the HU picture",
            job="show",
            makes="qc/hounsfield.png",
            log="hounsfield_picture.log",
            when=_is_measured,
            after=("ct", "measure_hounsfield"),
            shown_by=("draw_figures", "build_report"),
        ),
    ),
    needs=(
        Needs("ct", ("vertebrae", "segment_vertebrae", "hu_rois", "hu_table")),
        Needs("vertebrae", ("ct",)),
        Needs("hu_rois", ("ct",)),
    ),
    measures=(
        Measure("hu_upper", "HU, upper plane", "HU", ratio_units=TEN_HU),
        Measure("hu_middle", "HU, middle plane", "HU", ratio_units=TEN_HU),
        Measure("hu_lower", "HU, lower plane", "HU", ratio_units=TEN_HU),
        Measure("hu", "HU", "HU", direction="lower is worse", ratio_units=TEN_HU),
    ),
    methods=(
        Method("pacs.table", "readings taken elsewhere (PACS), supplied as a table"),
        Method("ellipse3.reader", "a reader’s own regions of interest, measured on the CT"),
        Method("ellipse3.auto.v1", "automatic elliptical regions of interest"),
    ),
    derived=(
        Derived(
            "total_spine_hu",
            "Total spine HU",
            "HU",
            VERTEBRA_DECIMALS,
            "lower is worse",
            computed_from=OF_LEVELS,
            comes_first=True,
            ratio_units=TEN_HU,
        ),
        *(
            Derived(
                f"hu_{level}",
                f"{level} HU",
                "HU",
                VERTEBRA_DECIMALS,
                "lower is worse",
                ratio_units=TEN_HU,
            )
            for level in LUMBAR_LEVELS
        ),
        Derived(
            "osteoporosis",
            "Osteoporosis",
            levels=NO_YES,
            computed_from=("total_spine_hu",),
            comes_first=True,
        ),
        Derived(
            "hu",
            "Vertebra HU",
            "HU",
            VERTEBRA_DECIMALS,
            "lower is worse",
            per="site",
            ratio_units=TEN_HU,
        ),
        Derived("low_hu", "Low HU", levels=NO_YES, computed_from=("hu",), per="site"),
    ),
    counts=(
        Count(
            "vertebrae_measured_hu",
            of_sites=True,
            in_flow="HU measured in {n}",
            title="Vertebrae with HU",
            at_the_end="{n} vertebrae with HU",
        ),
    ),
    readings="readings",
    tables="tables",
    flags="flags",
    report="report",
)
