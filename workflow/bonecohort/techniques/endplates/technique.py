"""Endplate defects: what is declared of them."""

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
    SplitText,
    Stage,
    Technique,
)
from bonecohort.techniques.endplates.names import FORMS
from bonecohort.techniques.endplates.settings import EndplateSettings
from bonecohort.techniques.image import Image

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings


def _is_marked(kinds: frozenset[str], _: AllSettings) -> bool:
    return "endplate_markups" in kinds


TECHNIQUE = Technique(
    "endplates",
    section="endplates",
    settings=EndplateSettings,
    doing="measuring endplates",
    modality="MR",
    kinds=(
        Kind.of_image(
            Image("t2_sagittal", "T2", "MR", plane="sagittal", weighting="T2"),
            label="T2-weighted MR",
            proposed_by="propose",
        ),
        Kind("endplate_markups", "endplate marks", Marks(FORMS)),
        Kind(
            "endplate_table",
            "table of endplate readings",
            Readings("endplate_markups", "empty_table"),
        ),
    ),
    stages=(
        Stage(
            "measure_endplates",
            "measure the endplates",
            job="measure",
            makes="endplates/{site}.json",
            log="endplates_{site}.log",
            when=_is_marked,
            per="site",
            files=("t2_sagittal", "endplate_markups"),
            after=("t2_sagittal",),
            settings=("unlisted_level",),
            record="measurements",
        ),
        Stage(
            "show_endplates",
            "draw the endplate picture",
            job="show",
            makes="qc/endplates.png",
            log="endplates_picture.log",
            when=_is_marked,
            files=("t2_sagittal", "endplate_markups"),
            after=("t2_sagittal",),
            shown_by=("build_report",),
        ),
    ),
    needs=(Needs("t2_sagittal", ("endplate_markups", "endplate_table")),),
    measures=(
        Measure("assessable", "Level could be read (1) or not (0)", decimals=0),
        Measure("n_defects", "Defects of the endplate", decimals=0, direction="higher is worse"),
        Measure("width_mm", "Defect width", "mm", direction="higher is worse"),
        Measure("depth_mm", "Defect depth", "mm", direction="higher is worse"),
        Measure("body_width_mm", "Body width", "mm"),
        Measure("body_height_mm", "Body height", "mm"),
        Measure(
            "standardized_width", "Standardized width", decimals=2, direction="higher is worse"
        ),
        Measure(
            "standardized_depth", "Standardized depth", decimals=2, direction="higher is worse"
        ),
        Measure("cumulative_score", "Cumulative score", decimals=2, direction="higher is worse"),
    ),
    methods=(
        Method("caliper.markups", "lines drawn on the T2-weighted MR"),
        Method("caliper.table", "endplate measurements taken elsewhere, supplied as a table"),
    ),
    derived=(
        Derived(
            "endplate_defect",
            "Endplate defect",
            levels=("no", "yes"),
            computed_from=("n_defect_vertebrae",),
            comes_first=True,
            split=SplitText(
                groups=("Endplate defects", "No endplate defects"),
                event="endplate defects",
                having="having an endplate defect",
                by="with and without endplate defects",
                unknown="endplates were not read",
                in_neither="Endplates not read",
                nobody="no endplates were read",
                is_plural=True,
            ),
        ),
        Derived(
            "n_defect_vertebrae",
            "Vertebrae with a defect",
            direction="higher is worse",
            comes_first=True,
        ),
        Derived("width_mm", "Maximum width", "mm", per="site"),
        Derived("depth_mm", "Maximum depth", "mm", per="site"),
        Derived("body_width_mm", "Vertebral body width", "mm", per="site"),
        Derived("body_height_mm", "Vertebral body height", "mm", per="site"),
        Derived("standardized_width", "Standardized width", decimals=2, per="site"),
        Derived("standardized_depth", "Standardized depth", decimals=2, per="site"),
        Derived("cumulative_score", "Cumulative defect score", decimals=2, per="site"),
    ),
    other_columns=("defect_type",),
    counts=(
        Count(
            "vertebrae_read_endplates",
            of_sites=True,
            in_flow="endplates read in {n}",
            title="Vertebrae with endplates read",
            at_the_end="{n} read for endplates",
        ),
        Count(
            "defect_vertebrae",
            in_flow="Vertebrae with a defect: {n}",
            at_the_end="{n} with a defect",
        ),
        Count("defect_endplates", in_flow="endplates with a defect: {n}"),
        Count("participants_with_defect"),
    ),
    readings="readings",
    tables="tables",
    report="report",
)
