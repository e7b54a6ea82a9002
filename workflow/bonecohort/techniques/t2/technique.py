"""T2 of vertebral bodies: what is declared of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import Kind, Measure, Method, Needs, SiteMean, Stage, Technique
from bonecohort.techniques.image import Image
from bonecohort.techniques.t2.methods import FITTED, MAP, MODALITY, T2, WORDS
from bonecohort.techniques.t2.settings import T2Settings

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings

SOURCES = ("multi_echo_se", "t2_map")
FILES = (*SOURCES, "mr_vertebrae")
SETTINGS = ("skip_first", "erosion_mm", "min_voxels")
COMPUTED = ("T2", "T2 MAP", "T2_MAP", "R2", "R2 MAP", "R2_MAP")
"""Words of ImageType of maps that scanners compute from the echoes."""


def _is_measured(kinds: frozenset[str], _: AllSettings) -> bool:
    return bool(kinds.intersection(SOURCES))


def _means(settings: AllSettings) -> tuple[SiteMean, ...]:
    own = settings.of(T2Settings)
    return (SiteMean(f"{MODALITY}_{T2}", T2, own.levels, own.min_levels),)


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
            Image("t2_map", "T2 map", "MR", derived=True, scale="quantity", units=("ms", "s", "us"))
        ),
    ),
    stages=(
        Stage(
            "measure_t2",
            "measure T2",
            job="measure",
            makes="t2/{site}.json",
            log="t2.log",
            when=_is_measured,
            files=FILES,
            after=SOURCES,
            settings=SETTINGS,
            record="measurements",
        ),
        Stage(
            "show_t2",
            "draw the T2 picture",
            job="show",
            makes="qc/t2.png",
            log="t2_picture.log",
            when=_is_measured,
            files=FILES,
            after=(*SOURCES, "measure_t2"),
            settings=SETTINGS,
            shown_by=("build_report",),
        ),
    ),
    needs=(*(Needs(kind, ("mr_vertebrae",)) for kind in SOURCES), Needs("mr_vertebrae", SOURCES)),
    measures=(Measure(T2, "T2", "ms", decimals=0, range=(10, 500)),),
    methods=(Method(FITTED, WORDS[FITTED]), Method(MAP, WORDS[MAP])),
    pooling="pooling",
    variables=_means,
    flags="flags",
    report="report",
)
