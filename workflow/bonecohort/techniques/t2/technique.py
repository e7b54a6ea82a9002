"""T2 and T2* of vertebral bodies: what is declared of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import Kind, Measure, Method, Needs, SiteMean, Stage, Technique
from bonecohort.techniques.image import Image
from bonecohort.techniques.t2.methods import (
    FITTED,
    IN_PHASE,
    MAP,
    MODALITY,
    OF_GRADIENT_ECHO,
    OF_SPIN_ECHO,
    T2,
    T2STAR,
    WORDS,
)
from bonecohort.techniques.t2.settings import T2Settings

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings

T2_SOURCES, GRADIENT_ECHO = ("multi_echo_se", "t2_map"), "multi_echo_gre"
SOURCES = (*T2_SOURCES, GRADIENT_ECHO)
LABELS = "mr_vertebrae"
OF_FIT = ("skip_first", "erosion_mm", "min_voxels")
OF_T2STAR = ("erosion_mm", "min_voxels")
COMPUTED = ("T2", "T2 MAP", "T2_MAP", "R2", "R2 MAP", "R2_MAP")
"""Words of ImageType of maps that scanners compute from the echoes."""


def _has_t2(kinds: frozenset[str], _: AllSettings) -> bool:
    return bool(kinds.intersection(T2_SOURCES))


def _has_t2star(kinds: frozenset[str], settings: AllSettings) -> bool:
    return GRADIENT_ECHO in kinds and settings.of(T2Settings).t2star


def _means(settings: AllSettings) -> tuple[SiteMean, ...]:
    own = settings.of(T2Settings)
    return tuple(
        SiteMean(f"{MODALITY}_{measure}", measure, own.levels, own.min_levels)
        for measure in (T2, T2STAR)
    )


TECHNIQUE = Technique(
    "t2",
    section="t2",
    settings=T2Settings,
    doing="measuring T2",
    modality=MODALITY,
    kinds=(
        Kind.of_image(
            Image(
                "multi_echo_se",
                "multi-echo spin echo",
                "MR",
                scale="signal",
                volumes=("echo time",),
                without=COMPUTED,
            )
        ),
        Kind.of_image(
            Image(
                "t2_map", "T2 map", "MR", derived=True, scale="quantity", units=("ms", "s", "us")
            ),
            proposed_by="propose",
        ),
    ),
    stages=(
        Stage(
            "measure_t2",
            "measure T2",
            job="measure",
            makes="t2/{site}.json",
            log="t2.log",
            when=_has_t2,
            files=(*T2_SOURCES, LABELS),
            after=T2_SOURCES,
            settings=OF_FIT,
            record="measurements",
        ),
        Stage(
            "show_t2",
            "draw the T2 picture",
            job="show",
            makes="qc/t2.png",
            log="t2_picture.log",
            when=_has_t2,
            files=(*T2_SOURCES, LABELS),
            after=(*T2_SOURCES, "measure_t2"),
            settings=OF_FIT,
            shown_by=("build_report",),
        ),
        Stage(
            "measure_t2star",
            "measure T2*",
            job="measure_t2star",
            makes="t2star/{site}.json",
            log="t2star.log",
            when=_has_t2star,
            files=(GRADIENT_ECHO, LABELS),
            after=(GRADIENT_ECHO,),
            settings=OF_T2STAR,
            record="measurements",
        ),
        Stage(
            "show_t2star",
            "draw the T2* picture",
            job="show_t2star",
            makes="qc/t2star.png",
            log="t2star_picture.log",
            when=_has_t2star,
            files=(GRADIENT_ECHO, LABELS),
            after=(GRADIENT_ECHO, "measure_t2star"),
            settings=OF_T2STAR,
            shown_by=("build_report",),
        ),
    ),
    needs=(*(Needs(kind, (LABELS,)) for kind in SOURCES), Needs(LABELS, SOURCES)),
    measures=(
        Measure(T2, "T2", "ms", decimals=0, range=OF_SPIN_ECHO.possible_ms),
        Measure(T2STAR, "T2* of in-phase echoes", "ms", range=OF_GRADIENT_ECHO.possible_ms),
    ),
    methods=tuple(Method(name, WORDS[name]) for name in (FITTED, MAP, IN_PHASE)),
    pooling="pooling",
    variables=_means,
    flags="flags",
    report="report",
    demo="demo",
)
