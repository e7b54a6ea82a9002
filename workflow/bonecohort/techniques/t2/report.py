"""What the report says of T2 and T2*: a table by level beside the fat fraction, and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.report.page.participant_values import declared_values
from bonecohort.report.page.section import RESULTS, Contribution, PagePicture, Section
from bonecohort.report.printing import format as fmt
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, TableModel, first_left
from bonecohort.techniques.t2.methods import FITTED, IN_PHASE, MODALITY, T2, T2STAR, WORDS
from bonecohort.techniques.t2.pooling import left_out
from bonecohort.techniques.t2.settings import T2Settings
from bonecohort.techniques.t2.technique import TECHNIQUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

FAT, FAT_MEASURE, FAT_HEADING = "mr_fat", "pdff", "PDFF of the same vertebrae, %"
"""Fat changes both: where the study has its fraction, the table shows it beside them."""
FOOTNOTE = "Values are mean ± SD over the vertebrae measured at a level."
PICTURES = {
    f"{measure}.png": PagePicture(
        f"Image with the region of each vertebral body and its {called}, or the reason for their "
        "absence"
    )
    for measure, called in ((T2, "T2"), (T2STAR, "T2*"))
}


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says of T2 and T2*; only pictures where none was measured.

    Where nothing was to be measured, the echoes of all hold phases: then there is nothing at all.
    """
    measurements = inputs.frame("tables/measurements.csv")
    is_own = (measurements["modality"] == MODALITY) & measurements["measure"].isin((T2, T2STAR))
    if not is_own.any():
        refused = (inputs.frame("tables/exclusions.csv")["stage"] == TECHNIQUE.name).any()
        return Contribution(pictures=PICTURES if refused else {})
    used = settings.of(T2Settings)
    analysed = measurements[~left_out(measurements, pool_methods=used.pool_methods)]
    return Contribution(
        sections=(
            Section("t2", "T2 and T2*", (level_table(analysed, settings.levels),), parent=RESULTS),
        ),
        measuring=(("T2 and T2*", methods_text(used, measurements[is_own], settings.levels)),),
        pictures=PICTURES,
        of_participants=declared_values(inputs, TECHNIQUE),
    )


def methods_text(settings: T2Settings, own: pd.DataFrame, levels: Sequence[str]) -> str:
    """Return the methods paragraph of rows of T2 and T2*."""
    counts = own[own["site"].isin(levels)]["method"].value_counts()
    of_t2 = {str(method): int(n) for method, n in counts.items() if method != IN_PHASE}
    sentences = []
    if of_t2:
        told = [f"{_words(method)} ({_vertebrae(n)})" for method, n in of_t2.items()]
        sentences.append(f"T2 of the vertebral bodies is that of {fmt.joined(told)}.")
    if any(method.startswith(FITTED) for method in of_t2):
        skipped = fmt.counted(settings.skip_first, "first echo", "first echoes")
        sentences.append(f"Fits left out {skipped}.")
    if IN_PHASE in counts:
        words = f"{WORDS[IN_PHASE]} ({_vertebrae(int(counts[IN_PHASE]))})"
        sentences.append(f"T2* of the vertebral bodies is that of {words}.")
    sentences.append(
        f"The region lies {settings.erosion_mm:g} mm inside the body. The value of a participant "
        f"is the mean of {fmt.span(list(settings.levels))}, of at least {settings.min_levels}."
    )
    if len(of_t2) > 1 and not settings.pool_methods:
        sentences.append("Of T2 only the method that measured most vertebrae was analysed.")
    return " ".join(sentences)


def _vertebrae(n: int) -> str:
    return fmt.counted(n, "vertebra", "vertebrae")


def _words(method: str) -> str:
    """Return what a method of T2 is, with its echo times."""
    return WORDS.get(method) or f"{WORDS[FITTED]}, {_echoes(method)}"


def _echoes(method: str) -> str:
    """Return the echo times in a method's name, in words."""
    first, last = method.split(".")[2].removeprefix("te").split("-")
    return f"echoes from {first} to {last} ms"


def level_table(analysed: pd.DataFrame, levels: Sequence[str]) -> TableModel:
    """Build the table by level, with the PDFF of the same vertebrae where there is any."""
    columns = {"Level": list(levels)}
    for measure, heading, decimals in ((T2, "T2, ms", 0), (T2STAR, "T2*, ms", 1)):
        own = [_values(analysed, level, MODALITY, measure) for level in levels]
        if any(len(one) for one in own):
            columns |= {
                f"Vertebrae with {heading.split(',')[0]}": [str(len(one)) for one in own],
                heading: [fmt.mean_sd_of(one["value"], decimals) for one in own],
            }
    fat = [_fat(analysed, level) for level in levels]
    if any(len(one) for one in fat):
        columns[FAT_HEADING] = [fmt.mean_sd_of(one["value"], 1) for one in fat]
    return TableModel(
        key="t2",
        title="Relaxation times of the vertebral bodies, by level",
        header=(tuple(Cell(heading) for heading in columns),),
        rows=tuple(
            tuple(Cell(text) for text in row) for row in zip(*columns.values(), strict=True)
        ),
        footnotes=FootnoteLetters().footnotes([FOOTNOTE]),
        alignment=first_left(len(columns)),
        series="S",
    )


def _values(analysed: pd.DataFrame, level: str, modality: str, measure: str) -> pd.DataFrame:
    return analysed[
        (analysed["site"] == level)
        & (analysed["modality"] == modality)
        & (analysed["measure"] == measure)
    ]


def _fat(analysed: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return the fat fractions at a level of those whose T2 or T2* was measured there."""
    own = pd.concat([_values(analysed, level, MODALITY, measure) for measure in (T2, T2STAR)])
    fat = _values(analysed, level, FAT, FAT_MEASURE)
    return fat[fat["participant_id"].isin(own["participant_id"])]
