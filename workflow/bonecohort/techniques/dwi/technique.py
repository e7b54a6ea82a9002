"""Diffusion of vertebral bodies: what is declared of it."""

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
from bonecohort.techniques.dwi.methods import MODALITY, UNKNOWN_B, VENDOR, WORDS
from bonecohort.techniques.dwi.settings import DwiSettings
from bonecohort.techniques.image import Image

if TYPE_CHECKING:
    from bonecohort.techniques.declare import AllSettings

SOURCES = ("dwi", "adc_map")
FILES = (*SOURCES, "mr_vertebrae")
UNIT = "1e-3 mm2/s"
COMPUTED = (
    "ADC", "EADC", "EXP_ADC", "FA", "COLFA", "RA", "VR", "TENSOR", "DIFFUSION_ANISO", "CALC_BVALUE",
    "SYNTHETIC",
)  # fmt: skip
"""Words of ImageType of what scanners compute from diffusion images, computed b values too."""
UNITS = (
    "mm2/s", "10*-3.mm2/s", "10-3.mm2/s", "10-3mm2/s", "10*-6.mm2/s", "10-6.mm2/s", "10-6mm2/s",
    "um2/s", "um2/ms", "mm2.s-1", "um2.s-1", "10*-3.mm2.s-1", "10*-6.mm2.s-1",
)  # fmt: skip
MEANS = ("adc", "ivim_d", "ivim_f", "ivim_dstar", "dki_d", "dki_k")


def _is_measured(kinds: frozenset[str], _: AllSettings) -> bool:
    return bool(kinds.intersection(SOURCES))


def _means(settings: AllSettings) -> tuple[SiteMean, ...]:
    own = settings.of(DwiSettings)
    return tuple(
        SiteMean(f"{MODALITY}_{measure}", measure, own.levels, own.min_levels) for measure in MEANS
    )


TECHNIQUE = Technique(
    "dwi",
    section="dwi",
    settings=DwiSettings,
    doing="measuring diffusion",
    modality=MODALITY,
    kinds=(
        Kind.of_image(
            Image(
                "dwi",
                "diffusion-weighted MR",
                "MR",
                derived=True,
                scale="signal",
                volumes=("b value",),
                without=COMPUTED,
            )
        ),
        Kind.of_image(
            Image(
                "adc_map", "ADC map", "MR", shows="ADC", derived=True, scale="quantity", units=UNITS
            ),
            proposed_by="propose",
        ),
    ),
    stages=(
        Stage(
            "measure_dwi",
            "measure the diffusion",
            job="measure",
            makes="dwi/{site}.json",
            log="dwi.log",
            when=_is_measured,
            files=FILES,
            after=SOURCES,
            settings=(
                "b_min",
                "erosion_mm",
                "min_voxels",
                "max_outlier_fraction",
                "min_snr",
                "snr_flag",
            ),
            record="measurements",
        ),
        Stage(
            "show_dwi",
            "draw the diffusion picture",
            job="show",
            makes="qc/dwi.png",
            log="dwi_picture.log",
            when=_is_measured,
            files=FILES,
            after=(*SOURCES, "measure_dwi"),
            settings=(
                "b_min",
                "erosion_mm",
                "min_voxels",
                "max_outlier_fraction",
                "min_snr",
                "snr_flag",
            ),
            shown_by=("build_report",),
        ),
    ),
    needs=(
        *(Needs(kind, ("mr_vertebrae",)) for kind in SOURCES),
        Needs("mr_vertebrae", SOURCES),
    ),
    measures=(
        Measure("adc", "ADC", UNIT, decimals=2, range=(0, 5)),
        Measure("adc_median", "ADC, median of the voxels", UNIT, decimals=2, range=(-5, 10)),
        Measure("snr_bmax", "SNR at the highest b value", "1", decimals=0),
        Measure("ivim_d", "IVIM D", UNIT, decimals=2, range=(0, 5)),
        Measure("ivim_f", "IVIM perfusion fraction", "%", range=(0, 100)),
        Measure("ivim_dstar", "IVIM D*", UNIT, decimals=0, range=(5, 300)),
        Measure("dki_d", "Kurtosis D", UNIT, decimals=2, range=(0, 10)),
        Measure("dki_k", "Kurtosis K", "1", decimals=2, range=(0, 3)),
    ),
    methods=(
        *(Method(family, words) for family, words in WORDS.items() if family != VENDOR),
        Method(UNKNOWN_B, WORDS[VENDOR]),
    ),
    pooling="pooling",
    variables=_means,
    flags="flags",
    report="report",
    demo="demo",
)
