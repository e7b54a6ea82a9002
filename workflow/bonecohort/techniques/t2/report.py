"""What the report says of T2: a table by level beside the fat fraction, and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.page.participant_values import declared_values
from bonecohort.report.page.section import RESULTS, Contribution, PagePicture, Section
from bonecohort.report.printing import format as fmt
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, TableModel, first_left
from bonecohort.techniques.t2.methods import MAP, MODALITY, T2, WORDS
from bonecohort.techniques.t2.pooling import left_out
from bonecohort.techniques.t2.settings import T2Settings
from bonecohort.techniques.t2.technique import TECHNIQUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

FAT, FAT_MEASURE, FAT_HEADING = "mr_fat", "pdff", "PDFF of the same vertebrae, %"
"""Fat changes T2: where the study has its fraction, the table shows it beside T2."""
FOOTNOTE = "Values are mean ± SD over the vertebrae measured at a level."
PICTURES = {
    "t2.png": PagePicture(
        "Image with the region of each vertebral body and its T2, or the reason for their absence"
    )
}


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says of T2; only pictures where none was measured."""
    measurements = inputs.frame("tables/measurements.csv")
    is_own = (measurements["modality"] == MODALITY) & (measurements["measure"] == T2)
    if not is_own.any():
        return Contribution(pictures=PICTURES)
    used = settings.of(T2Settings)
    analysed = measurements[~left_out(measurements, pool_methods=used.pool_methods)]
    return Contribution(
        sections=(Section("t2", "T2", (level_table(analysed, settings.levels),), parent=RESULTS),),
        measuring=(("T2", methods_text(used, measurements[is_own], settings.levels)),),
        pictures=PICTURES,
        of_participants=declared_values(inputs, TECHNIQUE),
    )


def methods_text(settings: T2Settings, own: pd.DataFrame, levels: Sequence[str]) -> str:
    """Return the methods paragraph of rows of T2."""
    counts = own[own["site"].isin(levels)]["method"].value_counts()
    told = []
    for method, n in counts.items():
        words = WORDS[MAP] if method == MAP else f"{WORDS['t2.mono']}, {_echoes(str(method))}"
        told.append(f"{words} ({fmt.counted(int(n), 'vertebra', 'vertebrae')})")
    skipped = fmt.counted(settings.skip_first, "first echo", "first echoes")
    sentences = [f"T2 of the vertebral bodies is that of {fmt.joined(told)}."]
    if any(method != MAP for method in counts.index):
        sentences.append(f"Fits left out {skipped}.")
    sentences.append(
        f"The region lies {settings.erosion_mm:g} mm inside the body. The value of a participant "
        f"is the mean of {fmt.span(list(settings.levels))}, of at least {settings.min_levels}."
    )
    if len(counts) > 1 and not settings.pool_methods:
        sentences.append("Only the method that measured most vertebrae was analysed.")
    return " ".join(sentences)


def _echoes(method: str) -> str:
    """Return the echo times in a method's name, in words."""
    first, last = method.split(".")[2].removeprefix("te").split("-")
    return f"echoes from {first} to {last} ms"


def level_table(analysed: pd.DataFrame, levels: Sequence[str]) -> TableModel:
    """Build the table of T2 by level. The PDFF of the same vertebrae stands beside it, if any."""
    rows = [_row(analysed, level) for level in levels]
    has_fat = any(row[-1] != fmt.ABSENT for row in rows)
    header = ("Level", "Vertebrae", "T2, ms", *([FAT_HEADING] if has_fat else []))
    return TableModel(
        key="t2",
        title="T2 of the vertebral bodies, by level",
        header=(tuple(Cell(heading) for heading in header),),
        rows=tuple(tuple(Cell(text) for text in row[: len(header)]) for row in rows),
        footnotes=FootnoteLetters().footnotes([FOOTNOTE]),
        alignment=first_left(len(header)),
        series="S",
    )


def _row(analysed: pd.DataFrame, level: str) -> tuple[str, ...]:
    here = analysed[analysed["site"] == level]
    own = here[(here["modality"] == MODALITY) & (here["measure"] == T2)]
    is_fat = (here["modality"] == FAT) & (here["measure"] == FAT_MEASURE)
    fat = here[is_fat & here["participant_id"].isin(own["participant_id"])]
    return level, str(len(own)), fmt.mean_sd_of(own["value"], 0), fmt.mean_sd_of(fat["value"], 1)
