"""The technique's part of the report: its methods text, its works, and its table by level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.measures.mr.values import MADS
from bonecohort.report.printing import format as fmt
from bonecohort.report.text.references import Reference
from bonecohort.techniques.dwi.ivim import HIGH_B, LEAST_F
from bonecohort.techniques.dwi.methods import (
    ADC,
    IVIM,
    KURTOSIS,
    MODALITY,
    VENDOR,
    WORDS,
    b_values_of,
    family_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bonecohort.techniques.dwi.settings import DwiSettings

WORKS = (
    Reference("jensen2005",
              "Jensen, Jens H and Helpern, Joseph A and Ramani, Anita and Lu, Hanzhang and "
              "Kaczynski, Kyle", 2005,
              "Diffusional kurtosis imaging: the quantification of non-gaussian water diffusion "
              "by means of magnetic resonance imaging",
              "Magnetic Resonance in Medicine", "53", "6", "1432–1440", "10.1002/mrm.20508"),
    Reference("lebihan1988",
              "Le Bihan, Denis and Breton, Eric and Lallemand, Denis and Aubin, Marie-Louise and "
              "Vignaud, Jacqueline and Laval-Jeantet, Maurice", 1988,
              "Separation of diffusion and perfusion in intravoxel incoherent motion MR imaging",
              "Radiology", "168", "2", "497–505", "10.1148/radiology.168.2.3393671"),
    Reference("salvador2005",
              "Salvador, Raymond and Peña, Alonso and Menon, David K and Carpenter, T Adrian and "
              "Pickard, John D and Bullmore, Ed T", 2005,
              "Formal characterization and extension of the linearized diffusion tensor model",
              "Human Brain Mapping", "24", "2", "144–155", "10.1002/hbm.20076"),
    Reference("veraart2013",
              "Veraart, Jelle and Sijbers, Jan and Sunaert, Stefan and Leemans, Alexander and "
              "Jeurissen, Ben", 2013,
              "Weighted linear least squares estimation of diffusion MRI parameters: strengths, "
              "limitations, and pitfalls",
              "NeuroImage", "81", "", "335–346", "10.1016/j.neuroimage.2013.05.028"),
)  # fmt: skip
"""What the text cites."""
SHOWN_UNIT = "10⁻³ mm²/s"
MEASURES: Mapping[str, tuple[str, int]] = {
    "adc": (f"ADC, {SHOWN_UNIT}", 2),
    "ivim_d": (f"IVIM D, {SHOWN_UNIT}", 2),
    "ivim_f": ("IVIM f, %", 1),
    "ivim_dstar": (f"IVIM D*, {SHOWN_UNIT}", 0),
    "dki_d": (f"Kurtosis D, {SHOWN_UNIT}", 2),
    "dki_k": ("Kurtosis K", 2),
}
"""Measure of the table → its heading and decimals."""
FAT, FAT_MEASURE, FAT_HEADING = "mr_fat", "pdff", "PDFF of the same vertebrae, %"
"""Fat lowers the ADC: where the study has its fraction, the table shows it beside the ADC."""
SUPPRESSION = {
    "fat_not_suppressed": "was not shown",
    "fat_suppression_unknown": "is not recorded",
}
"""Code of a flag → what the text says of the fat of those participants."""


@dataclass(frozen=True)
class LevelRow:
    """One line of the table: a level, its number of vertebrae, and mean ± SD of each column."""

    level: str
    n: int
    values: tuple[str, ...]


def methods_text(
    settings: DwiSettings,
    vertebrae: Mapping[str, int],
    suppression: Mapping[str, int],
    levels: Sequence[str],
) -> str:
    """Return the methods paragraph; it cites as ``[@veraart2013]``.

    Parameters
    ----------
    vertebrae
        Method → number of vertebrae that it measured.
    suppression
        Code of a flag in ``SUPPRESSION`` → number of participants that have it.
    levels
        The levels of the study.
    """
    sentences = [
        (
            f"The apparent diffusion coefficient (ADC) of the vertebral bodies "
            f"{fmt.span(list(levels))} is that of {fmt.joined(_methods(vertebrae, ADC, VENDOR))}."
        ),
        *_adc_fit(settings, vertebrae),
        *_models(vertebrae),
        _region(settings),
        *_fat(suppression),
    ]
    sentences.append(
        f"The value of a participant is the mean of {fmt.span(list(settings.levels))} where at "
        f"least {settings.min_levels} of them were measured."
    )
    if not settings.pool_methods and len(_methods(vertebrae, ADC, VENDOR)) > 1:
        sentences.append(
            "Only the method that measured most vertebrae was analysed, because an ADC depends on "
            "its b values."
        )
    return " ".join(sentences)


def _methods(vertebrae: Mapping[str, int], *families: str) -> list[str]:
    """Return the methods of some families in words, with b values and numbers of vertebrae."""
    return [
        f"{WORDS[family]} ({_told_b(method)}{_counted(n)})"
        for family in families
        for method, n in vertebrae.items()
        if family_of(method) == family
    ]


def _told_b(method: str) -> str:
    b_values = b_values_of(method)
    listed = fmt.joined([str(b_value) for b_value in b_values])
    return f"b {listed} s/mm², " if b_values else "b values not known, "


def _adc_fit(settings: DwiSettings, vertebrae: Mapping[str, int]) -> list[str]:
    if not _methods(vertebrae, ADC):
        return []
    least = f", from b {settings.b_min:g} s/mm²" if settings.b_min else ""
    line = (
        f"A line was fitted to the logarithms of a region’s mean signals{least}, with the squared "
        "signals as weights [@salvador2005; @veraart2013]. Repeats were averaged first, and three "
        "or more directions by their logarithms."
    )
    noise = (
        "A vertebra was left out where its signal-to-noise ratio at the highest b value was below "
        f"{settings.min_snr:g}. It was flagged below {settings.snr_flag:g}."
    )
    return [line, noise]


def _models(vertebrae: Mapping[str, int]) -> list[str]:
    sentences = []
    if ivim := _methods(vertebrae, IVIM):
        sentences.append(
            f"Perfusion fraction f, D and D* are those of {fmt.joined(ivim)} [@lebihan1988]: a "
            f"line through the signals from b {HIGH_B:g} s/mm² starts a bounded fit of all "
            f"parameters. D* is not reported where f is below {100 * LEAST_F:g}%."
        )
    if kurtosis := _methods(vertebrae, KURTOSIS):
        sentences.append(
            f"Kurtosis is that of {fmt.joined(kurtosis)} [@jensen2005]: an apparent, scalar "
            "kurtosis, not the mean kurtosis of a tensor."
        )
    return sentences


def _region(settings: DwiSettings) -> str:
    return (
        "The region is the vertebral body of a label map, without the posterior elements, "
        f"{settings.erosion_mm:g} mm inside its surface in the plane of the slices and one slice "
        "at either end. Voxels without a signal at some b value were dropped; voxels whose ADC "
        f"lies outside median ± {MADS:g} × 1.4826 × MAD (median absolute deviation) were left "
        f"out; a region with fewer than {settings.min_voxels} voxels was not measured."
    )


def _fat(suppression: Mapping[str, int]) -> list[str]:
    sentences = [
        f"in {fmt.counted(n, 'participant')} its suppression {SUPPRESSION[code]}"
        for code, n in suppression.items()
        if n
    ]
    if not sentences:
        return []
    return [f"Unsuppressed fat lowers the ADC: {' and '.join(sentences)}."]


def _counted(vertebrae: int) -> str:
    return fmt.counted(vertebrae, "vertebra", "vertebrae")


def level_rows(measurements: pd.DataFrame, levels: Sequence[str]) -> list[LevelRow]:
    """Return the table of values by level, in the order of ``levels``; PDFF is its last column.

    Parameters
    ----------
    measurements
        Rows of measurements.csv, of any technique, of one analysed method a measure:
        ``participant_id``, ``site``, ``modality``, ``measure``, ``value``.
    levels
        The levels of the study.
    """
    own = measurements[measurements["modality"] == MODALITY]
    is_fat = (measurements["modality"] == FAT) & (measurements["measure"] == FAT_MEASURE)
    result = []
    for level in levels:
        here = own[own["site"] == level]
        with_adc = here.loc[here["measure"] == "adc", "participant_id"]
        fat = measurements[
            is_fat & (measurements["site"] == level) & measurements["participant_id"].isin(with_adc)
        ]
        n = with_adc.nunique()
        values = [
            fmt.mean_sd_of(here.loc[here["measure"] == measure, "value"], decimals, n)
            for measure, (_, decimals) in MEASURES.items()
        ]
        result.append(LevelRow(level, n, (*values, fmt.mean_sd_of(fat["value"], 1, n))))
    return result
