"""The fat fraction and R2* of vertebral bodies: what is declared of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import (
    Kind,
    Measure,
    Method,
    Needs,
    SiteMean,
    Stage,
    Technique,
)
from bonecohort.techniques.fat_fraction.methods import (
    COMPLEX,
    ECHOES,
    MAGNITUDE,
    MODALITY,
    R2STAR_COMPLEX,
    R2STAR_MAGNITUDE,
    R2STAR_MAP,
    SIGNAL,
    VENDOR_MAP,
    WATER_FAT,
)
from bonecohort.techniques.fat_fraction.settings import MrFatSettings
from bonecohort.techniques.image import Image

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings

FAT_SOURCES = ("fat_fraction", ECHOES, "water_image", "fat_image")
FILES = (*FAT_SOURCES, "r2star", "t2star", "mr_vertebrae")


def _map(kind: str, called: str, shows: str, units: tuple[str, ...]) -> Kind:
    """Return the kind of a vendor's map; ``units`` are those of a real world value mapping."""
    return Kind.of_image(
        Image(kind, called, "MR", shows=shows, derived=True, scale="quantity", units=units),
        proposed_by="propose",
    )


def _signal(kind: str, called: str, shows: str) -> Kind:
    """Return the kind of an image of one tissue of a water-fat acquisition."""
    return Kind.of_image(
        Image(kind, called, "MR", shows=shows, derived=True, scale="signal"), proposed_by="propose"
    )


def _has_fat_fraction(kinds: frozenset[str], _: AllSettings) -> bool:
    return bool(kinds.intersection(FAT_SOURCES))


def _has_echoes(kinds: frozenset[str], _: AllSettings) -> bool:
    return ECHOES in kinds


def _is_measured(kinds: frozenset[str], _: AllSettings) -> bool:
    return bool(kinds.intersection((*FAT_SOURCES, "r2star", "t2star")))


def _means(settings: AllSettings) -> tuple[SiteMean, ...]:
    own = settings.of(MrFatSettings)
    return tuple(
        SiteMean(f"mr_fat_{measure}", measure, own.levels, own.min_levels)
        for measure in ("pdff", "fat_fraction_signal", "r2star")
    )


TECHNIQUE = Technique(
    "fat_fraction",
    section="mr_fat",
    settings=MrFatSettings,
    doing="measuring the fat fraction",
    modality=MODALITY,
    kinds=(
        _map("fat_fraction", "fat fraction map", "fat fraction", ("%", "1", "[ppth]")),
        _signal("water_image", "water image", "water"),
        _signal("fat_image", "fat image", "fat"),
        _map("r2star", "R2* map", "R2*", ("/s", "1/s", "s-1", "Hz", "/ms")),
        _map("t2star", "T2* map", "T2*", ("ms", "s", "us")),
    ),
    stages=(
        Stage(
            "fit_echoes",
            "fit water, fat and R2* to the echoes",
            job="fit",
            makes="fat_fraction/echoes.json",
            log="fit_echoes.log",
            when=_has_echoes,
            files=(ECHOES,),
            after=(ECHOES,),
            settings=("fat_spectrum",),
            record="status",
        ),
        Stage(
            "measure_fat_fraction",
            "measure the fat fraction",
            job="measure",
            makes="fat_fraction/{site}.json",
            log="fat_fraction.log",
            when=_is_measured,
            files=FILES,
            after=(*FILES[:-1], "fit_echoes"),
            settings=(
                "erosion_mm",
                "max_outlier_fraction",
                "sd_flag",
                "pair_is_quantitative",
                "max_source_difference",
            ),
            record="measurements",
        ),
        Stage(
            "show_fat_fraction",
            "draw the fat fraction picture",
            job="show",
            makes="qc/fat_fraction.png",
            log="fat_fraction_picture.log",
            when=_has_fat_fraction,
            files=FILES,
            after=(*FAT_SOURCES, "fit_echoes", "measure_fat_fraction"),
            settings=("erosion_mm", "pair_is_quantitative"),
            shown_by=("build_report",),
        ),
    ),
    needs=(
        *(Needs(kind, ("mr_vertebrae",)) for kind in FILES[:-1]),
        Needs("mr_vertebrae", FILES[:-1]),
    ),
    measures=(
        Measure("pdff", "PDFF", "%", range=(-5, 105), direction="higher is worse"),
        Measure("pdff_median", "PDFF, median of the region", "%", range=(-5, 105)),
        Measure("pdff_sd", "PDFF, SD of the region", "%"),
        Measure(
            "fat_fraction_signal",
            "Signal fat fraction",
            "%",
            range=(-5, 105),
            direction="higher is worse",
        ),
        Measure("r2star", "R2*", "1/s", decimals=0),
        Measure("t2star", "T2*", "ms"),
    ),
    methods=(
        Method(VENDOR_MAP, "the PDFF map of the scanner"),
        Method(COMPLEX, "water, fat and R2* fitted to complex echoes"),
        Method(MAGNITUDE, "water, fat and R2* fitted to the magnitudes of a body's echoes"),
        Method(WATER_FAT, "water and fat images of a quantitative sequence"),
        Method(SIGNAL, "water and fat images not shown to be quantitative"),
        Method(R2STAR_MAP, "the R2* or T2* map of the scanner"),
        Method(R2STAR_COMPLEX, "the map fitted to complex echoes together with water and fat"),
        Method(R2STAR_MAGNITUDE, "the fit of a body's magnitudes together with water and fat"),
    ),
    pooling="pooling",
    variables=_means,
    flags="flags",
    report="report",
    demo="demo",
)
