"""The technique's part of the report: its methods text, its works, and its table by level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.measures.mr.values import MADS
from bonecohort.report.printing import format as fmt
from bonecohort.report.text.references import Reference
from bonecohort.techniques.vbq.methods import (
    AUTO,
    AUTO_GRE,
    EBQ,
    GRADIENT_ECHO,
    MODALITY,
    READER,
    READER_GRE,
    TABLE,
    VBQ,
    VBQ_LEVEL,
    WORDS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bonecohort.techniques.vbq.settings import VbqSettings

WORKS = (
    Reference("ehresman2020",
              "Ehresman, Jeff and Pennington, Zach and Schilling, Andrew and Lubelski, Daniel and "
              "Ahmed, A Karim and Cottrill, Ethan and Khan, Majid and Sciubba, Daniel M", 2020,
              "Novel MRI-based score for assessment of bone density in operative spine patients",
              "The Spine Journal", "20", "4", "556–562", "10.1016/j.spinee.2019.10.018"),
    Reference("tustison2010",
              "Tustison, Nicholas J and Avants, Brian B and Cook, Philip A and Zheng, Yuanjie and "
              "Egan, Alexander and Yushkevich, Paul A and Gee, James C", 2010,
              "N4ITK: improved N3 bias correction", "IEEE Transactions on Medical Imaging", "29",
              "6", "1310–1320", "10.1109/TMI.2010.2046908"),
)  # fmt: skip
"""What the text cites."""


def methods_text(
    settings: VbqSettings, vertebrae: Mapping[str, int], csf: Mapping[str, int]
) -> str:
    """Return the methods paragraph; it cites as ``[@ehresman2020]``.

    Parameters
    ----------
    vertebrae
        Method → number of vertebrae that it measured.
    csf
        Level other than L3 → participants whose CSF is that of this level.
    """
    told = [
        f"{WORDS[method]} ({fmt.counted(vertebrae[method], 'vertebra', 'vertebrae')})"
        for method in (AUTO, READER, TABLE, AUTO_GRE, READER_GRE)
        if vertebrae.get(method)
    ]
    levels = ", ".join(settings.levels)
    sentences = [
        (
            "Vertebral bone quality (VBQ) is the signal of marrow over that of cerebrospinal fluid "
            "(CSF) on T1-weighted sagittal images without contrast agent or fat suppression "
            f"[@ehresman2020]. It was measured in {fmt.joined(told)}."
        ),
        (
            f"The VBQ of a participant is the median over {levels}, where at least "
            f"{settings.min_levels} of them were measured."
        ),
    ]
    if any(vertebrae.get(method) for method in (AUTO, AUTO_GRE)):
        sentences += _regions(settings)
    if settings.n4:
        sentences.append(
            "The shading of surface coils was taken out by N4 bias field correction "
            "[@tustison2010]."
        )
    if csf:
        used = [f"{level} in {fmt.counted(n, 'participant')}" for level, n in csf.items()]
        sentences.append(f"CSF at L3 could not be used in some; its level was {fmt.joined(used)}.")
    if not settings.pool_methods and _has_both(vertebrae):
        sentences.append(
            "Spin echo and gradient echo were not analysed together: the one that measured more "
            "was."
        )
    return " ".join(sentences)


def _has_both(vertebrae: Mapping[str, int]) -> bool:
    used = {method for method, n in vertebrae.items() if n}
    return bool(used & GRADIENT_ECHO) and bool(used - GRADIENT_ECHO)


def _regions(settings: VbqSettings) -> list[str]:
    return [
        (
            "Marrow was read on the mid-sagittal slice and its neighbours, "
            f"{settings.erosion_mm:g} mm inside the vertebral body. Voxels outside median ± "
            f"{MADS:g} × 1.4826 × MAD (median absolute deviation) were left out."
        ),
        (
            "CSF is the median signal of the canal without the cord in the rows of L3, "
            f"{settings.csf_erosion_mm:g} mm inside its border; L2, then L4, took its place where "
            "it could not be used."
        ),
        (
            "Endplate bone quality (EBQ) is the mean signal under an endplate over that of CSF. "
            f"Its region is {settings.band_mm:g} mm deep and "
            f"{100 * settings.band_width:g}% of the body wide."
        ),
    ]


def level_rows(
    measurements: pd.DataFrame, levels: Sequence[str], vbq_site: str
) -> list[tuple[str, int, tuple[str, str, str]]]:
    """Return the table by level: the site, its number, and mean ± SD of VBQ and both EBQ.

    Parameters
    ----------
    measurements
        Rows of measurements.csv that are analysed, one value a participant, site and measure.
    levels
        The levels of the study.
    vbq_site
        Of the participants' VBQ; its row stands last.
    """
    own = measurements[measurements["modality"] == MODALITY]

    def values(site: str, measure: str) -> pd.Series[float]:
        return own.loc[(own["site"] == site) & (own["measure"] == measure), "value"]

    def shown(result: pd.Series[float]) -> str:
        return fmt.mean_sd_of(result, 2)

    rows = [
        (
            level,
            len(values(level, VBQ_LEVEL)),
            (
                shown(values(level, VBQ_LEVEL)),
                shown(values(f"{level}.superior", EBQ)),
                shown(values(f"{level}.inferior", EBQ)),
            ),
        )
        for level in levels
    ]
    of_participants = values(vbq_site, VBQ)
    last = (shown(of_participants), fmt.ABSENT, fmt.ABSENT)
    return [*rows, (vbq_site, len(of_participants), last)]
