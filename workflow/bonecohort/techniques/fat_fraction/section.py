"""The technique's part of the report: its methods text, its works, and its table by level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.measures.mr.values import MADS
from bonecohort.report.printing import format as fmt
from bonecohort.report.text.references import Reference
from bonecohort.techniques.fat_fraction.measure import LEAST_REGION
from bonecohort.techniques.fat_fraction.methods import (
    COMPLEX,
    MAGNITUDE,
    MODALITY,
    PDFF_METHODS,
    R2STAR_METHODS,
    SIGNAL,
    WATER_FAT,
)
from bonecohort.techniques.fat_fraction.outcome import UNUSUAL_PERCENT
from bonecohort.techniques.fat_fraction.pairs import LARGEST_FLIP_ANGLE_DEG
from bonecohort.techniques.fat_fraction.scale import FAT_PERCENT, LOW_FAT_PERCENT
from bonecohort.techniques.fat_fraction.swaps import FAR_FROM_NEIGHBOURS, MIRRORED_NEAR
from bonecohort.techniques.registry import methods

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bonecohort.techniques.fat_fraction.settings import MrFatSettings

WORKS = (
    Reference("bydder2008",
              "Bydder, Mark and Yokoo, Takeshi and Hamilton, Gavin and Middleton, Michael S and "
              "Chavez, Alyssa D and Schwimmer, Jeffrey B and Lavine, Joel E and Sirlin, Claude B",
              2008,
              "Relaxation effects in the quantification of fat using gradient echo imaging",
              "Magnetic Resonance Imaging", "26", "3", "347–359", "10.1016/j.mri.2007.08.012"),
    Reference("hamilton2011",
              "Hamilton, Gavin and Yokoo, Takeshi and Bydder, Mark and Cruite, Irene and "
              "Schroeder, Michael E and Sirlin, Claude B and Middleton, Michael S", 2011,
              "In vivo characterization of the liver fat ¹H MR spectrum",
              "NMR in Biomedicine", "24", "7", "784–790", "10.1002/nbm.1622"),
    Reference("hernando2017",
              "Hernando, Diego and Sharma, Samir D and Aliyari Ghasabeh, Mounes and Alvis, Bret D "
              "and Arora, Sandeep S and Hamilton, Gavin and Pan, Li and Shaffer, Jean M and "
              "Sofue, Keitaro and Szeverenyi, Nikolaus M and Welch, E Brian and Yuan, Qing and "
              "Bashir, Mustafa R and Kamel, Ihab R and Rice, Mark J and Sirlin, Claude B and "
              "Yokoo, Takeshi and Reeder, Scott B", 2017,
              "Multisite, multivendor validation of the accuracy and reproducibility of "
              "proton-density fat-fraction quantification at 1.5T and 3T using a fat–water phantom",
              "Magnetic Resonance in Medicine", "77", "4", "1516–1524", "10.1002/mrm.26228"),
    Reference("liu2007",
              "Liu, Chia-Ying and McKenzie, Charles A and Yu, Huanzhou and Brittain, Jean H and "
              "Reeder, Scott B", 2007,
              "Fat quantification with IDEAL gradient echo imaging: correction of bias from T1 and "
              "noise",
              "Magnetic Resonance in Medicine", "58", "2", "354–364", "10.1002/mrm.21301"),
    Reference("otsu1979", "Otsu, Nobuyuki", 1979,
              "A threshold selection method from gray-level histograms",
              "IEEE Transactions on Systems, Man, and Cybernetics", "9", "1", "62–66",
              "10.1109/TSMC.1979.4310076"),
    Reference("reeder2012", "Reeder, Scott B and Hu, Houchun H and Sirlin, Claude B", 2012,
              "Proton density fat-fraction: a standardized MR-based biomarker of tissue fat "
              "concentration",
              "Journal of Magnetic Resonance Imaging", "36", "5", "1011–1014",
              "10.1002/jmri.23741"),
    Reference("yu2008",
              "Yu, Huanzhou and Shimakawa, Ann and McKenzie, Charles A and Brodsky, Ethan and "
              "Brittain, Jean H and Reeder, Scott B", 2008,
              "Multiecho water-fat separation and simultaneous R2* estimation with multifrequency "
              "fat spectrum modeling",
              "Magnetic Resonance in Medicine", "60", "5", "1122–1134", "10.1002/mrm.21737"),
)  # fmt: skip
"""What the text cites."""
MEASURES: Mapping[str, tuple[str, int]] = {
    "pdff": ("PDFF, %", 1),
    "fat_fraction_signal": ("Signal fat fraction, %", 1),
    "r2star": ("R2*, 1/s", 0),
}
"""Measure of the table → its heading and decimals."""

FAT_PEAKS: Mapping[str, str] = {
    "liver": "The fat has six peaks [@hamilton2011].",
    "marrow": (
        "The fat has ten peaks, by the mean fatty acids of marrow [@hamilton2011]. A molecule has "
        "2.95 double bonds, 0.94 of them methylene-interrupted."
    ),
}
"""Setting ``fat_spectrum`` → what the report says of the peaks."""


@dataclass(frozen=True)
class LevelRow:
    """One line of the table: a level, its number of vertebrae, and mean ± SD of each measure."""

    level: str
    n: int
    values: tuple[str, ...]


def methods_text(
    settings: MrFatSettings, vertebrae: Mapping[str, int], levels: Sequence[str]
) -> str:
    """Return the methods paragraph; it cites as ``[@reeder2012]``.

    Parameters
    ----------
    vertebrae
        Method → number of vertebrae that it measured.
    levels
        The levels of the study.
    """
    sentences = [
        (
            f"The fat fraction of the vertebral bodies {fmt.span(list(levels))} was measured on "
            "water-fat MR images."
        ),
        *_sources(vertebrae),
        *_echoes(vertebrae, settings),
        *_fat_fraction_checks(vertebrae),
        _region(settings),
    ]
    relaxation = [method for method in R2STAR_METHODS if vertebrae.get(method)]
    sentences += [
        f"R2* of {_counted(vertebrae[method])} is the mean of {methods()[method]} in the same "
        "region."
        for method in relaxation
    ]
    if relaxation:
        sentences.append("T2* is 1000 ms / s divided by it.")
    sentences.append(
        f"The value of a participant is the mean of {fmt.span(list(settings.levels))} where at "
        f"least {settings.min_levels} of them were measured."
    )
    return " ".join(sentences)


def _sources(vertebrae: Mapping[str, int]) -> list[str]:
    sentences = []
    pdff = [
        f"{methods()[method]} ({_counted(vertebrae[method])})"
        for method in PDFF_METHODS
        if vertebrae.get(method)
    ]
    if pdff:
        sentences.append(
            f"The proton density fat fraction (PDFF) [@reeder2012] is that of {fmt.joined(pdff)}. "
            "On scanners of three vendors, with one reconstruction for all, its bias in a phantom "
            "was 0.22 percentage points [@hernando2017]."
        )
    if vertebrae.get(WATER_FAT) or vertebrae.get(SIGNAL):
        sentences.append("From water and fat images it is the mean ratio of fat to water and fat.")
    if vertebrae.get(SIGNAL):
        sentences.append(
            f"The fat fraction of signals ({methods()[SIGNAL]}, {_counted(vertebrae[SIGNAL])}) is "
            "biased by T1 and R2* [@bydder2008] and was kept apart from PDFF. PDFF needs a "
            f"flip angle of at most {LARGEST_FLIP_ANGLE_DEG:g}°."
        )
    return sentences


def _echoes(vertebrae: Mapping[str, int], settings: MrFatSettings) -> list[str]:
    sentences = []
    if vertebrae.get(COMPLEX):
        sentences.append(
            "Water, fat, field and R2* were fitted to complex echoes by variable projection "
            "[@yu2008]. The field continues smoothly. The smaller of water and fat was taken from "
            "their sum; noise does not raise it [@liu2007]."
        )
    if vertebrae.get(MAGNITUDE):
        sentences.append(
            "Where there were magnitudes alone, water, fat and R2* were fitted to the root mean "
            "square of a body's echoes [@bydder2008]. Of two fits the one with the lower residual "
            "was taken."
        )
    if sentences:
        sentences.append(FAT_PEAKS[settings.fat_spectrum])
    return sentences


def _fat_fraction_checks(vertebrae: Mapping[str, int]) -> list[str]:
    if not any(vertebrae.get(method) for method in (*PDFF_METHODS, SIGNAL)):
        return []
    accepted = (
        f"An image was accepted where the fat beneath the skin had {FAT_PERCENT[0]:g} to "
        f"{FAT_PERCENT[1]:g}% and a tissue without fat less than {LOW_FAT_PERCENT:g}%. It "
        "was refused where the discs showed water and fat exchanged."
    )
    swapped = (
        f"A vertebra was left out where its fat fraction lay more than {FAR_FROM_NEIGHBOURS:g} "
        f"percentage points from its neighbours’. It also had to lie within {MIRRORED_NEAR:g} of "
        "them with water and fat exchanged. A vertebra was flagged where its voxels fell into two "
        f"mirrored classes [@otsu1979], or its mean was below {UNUSUAL_PERCENT[0]:g} or above "
        f"{UNUSUAL_PERCENT[1]:g}%."
    )
    return [accepted, swapped]


def _region(settings: MrFatSettings) -> str:
    return (
        "The region is the vertebral body of a label map, without the posterior elements. It lies "
        f"{settings.erosion_mm:g} mm inside its surface in the plane of the slices and one slice "
        f"from either end. Voxels outside median ± {MADS:g} × 1.4826 × MAD (median absolute "
        f"deviation) were left out; a region with fewer than {LEAST_REGION.voxels} voxels or less "
        f"than {LEAST_REGION.cm3:g} cm³ was not measured."
    )


def _counted(vertebrae: int) -> str:
    return fmt.counted(vertebrae, "vertebra", "vertebrae")


def level_rows(measurements: pd.DataFrame, levels: Sequence[str]) -> list[LevelRow]:
    """Return the table of values by level, in the order of ``levels``.

    Parameters
    ----------
    measurements
        Rows of measurements.csv, of any technique: ``participant_id``, ``site``, ``modality``,
        ``measure``, ``value``.
    levels
        The levels of the study.
    """
    own = measurements[measurements["modality"] == MODALITY]
    result = []
    for level in levels:
        here = own[(own["site"] == level) & own["measure"].isin(list(MEASURES))]
        n = here["participant_id"].nunique()
        values = tuple(
            fmt.mean_sd_of(here.loc[here["measure"] == measure, "value"], decimals, n)
            for measure, (_, decimals) in MEASURES.items()
        )
        result.append(LevelRow(level, n, values))
    return result
