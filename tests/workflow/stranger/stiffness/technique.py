"""Stiffness: what is declared of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.stiffness.settings import StiffnessSettings

from bonecohort.techniques.declare import (
    File,
    Kind,
    Measure,
    Method,
    SiteMean,
    Sites,
    Stage,
    Technique,
)

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings


def _has_curves(kinds: frozenset[str], _: AllSettings) -> bool:
    return "load_curve" in kinds


def _mean(_: AllSettings) -> tuple[SiteMean, ...]:
    return (SiteMean("lab_stiffness", "stiffness", ("radius", "tibia"), least=1),)


TECHNIQUE = Technique(
    "stiffness",
    section="stiffness",
    settings=StiffnessSettings,
    modality="lab",
    sites=Sites("specimens", from_files=True),
    kinds=(Kind("load_curve", "load curve", File(), by_site=True),),
    stages=(
        Stage(
            "measure_stiffness",
            "measure the stiffness",
            job="measure",
            makes="stiffness/{site}.json",
            log="stiffness_{site}.log",
            when=_has_curves,
            per="site",
            files=("load_curve",),
            settings=("from_mm",),
            record="measurements",
        ),
        Stage(
            "show_stiffness",
            "draw the load curves",
            job="show",
            makes="qc/stiffness.png",
            log="stiffness_picture.log",
            when=_has_curves,
            files=("load_curve",),
            after=("measure_stiffness",),
            shown_by=("build_report",),
        ),
    ),
    doing="measuring stiffness",
    methods=(Method("slope.v1", "the slope of the load curve"),),
    measures=(Measure("stiffness", "Stiffness", "N/mm", direction="lower is worse"),),
    variables=_mean,
)
