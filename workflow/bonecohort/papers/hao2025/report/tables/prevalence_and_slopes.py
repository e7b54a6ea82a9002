"""Supplementary tables: prevalence by level, and linear regressions of the defect sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.statistics.multiplicity import SLOPE_TEST
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.tables.printed_tests import PrintedTests
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    TableModel,
    first_left,
    with_marks,
)

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer

TYPES_PRINTED = {
    "any": "Any defect",
    "superior": "Superior only",
    "inferior": "Inferior only",
    "bilateral": "Both endplates",
}
SLOPE_PER_HU = 10  # a slope is printed per ten Hounsfield units
SLOPE_DECIMALS = 4


def prevalence_table(prevalence: pd.DataFrame) -> TableModel:
    """Build Table S1: prevalence of defects at each level with Wilson intervals."""
    result = {(row["level"], row["defect_type"]): row for row in records(prevalence)}
    levels = list(dict.fromkeys(level for level, _ in result))
    rows = []
    for level in levels:
        whole = next(row for key, row in result.items() if key[0] == level)
        cells = [Cell(labels.capitalised(level)), Cell(fmt.number(whole["n_vertebrae"], 0))]
        cells += [Cell(_prevalence_phrase(result.get((level, kind)))) for kind in TYPES_PRINTED]
        share = result.get((level, "any"))
        cells.append(Cell(f"{fmt.number(share['share_of_defects_percent'], 1)}%" if share else ""))
        rows.append(tuple(cells))
    return TableModel(
        key="prevalence",
        series="S",
        title="Vertebrae with endplate defects, by level and type",
        header=(
            (
                Cell("Level"),
                Cell("Vertebrae read"),
                *map(Cell, TYPES_PRINTED.values()),
                Cell("Share of all defect vertebrae"),
            ),
        ),
        rows=tuple(rows),
        footnotes=FootnoteLetters().footnotes(
            [
                (
                    "n (% of the vertebrae read at that level; Wilson 95% confidence interval). "
                    "The last column divides by the defect vertebrae of all levels: it is a "
                    "share, not a prevalence."
                ),
                "A participant has one vertebra at a level: those of one level are independent.",
            ]
        ),
        alignment=first_left(7),
        wide=True,
    )


def _prevalence_phrase(row: Record | None) -> str:
    if row is None:
        return fmt.ABSENT
    interval = fmt.limits(fmt.number(row["ci_low"], 1), fmt.number(row["ci_high"], 1))
    return f"{fmt.number(row['n'], 0)} ({fmt.number(row['percent'], 1)}%; {interval})"


def correlation_table(correlations: pd.DataFrame, printer: Printer) -> TableModel:
    """Build Table S2: linear regression of the defect sizes on the vertebra's HU."""
    letters, tests = FootnoteLetters(), PrintedTests(printer.report.p_style)
    rows = []
    for row in records(correlations):
        p_cell = tests.cell(row["p_value"], SLOPE_TEST)
        rows.append(
            (
                Cell(printer.label_with_unit(row["y"])),
                Cell(fmt.number(row["n"], 0)),
                Cell(fmt.number(SLOPE_PER_HU * row["slope"], SLOPE_DECIMALS)),
                Cell(fmt.number(row["intercept"], 3)),
                Cell(fmt.number(row["r_squared"], 3)),
                with_marks(p_cell, letters.mark(printer.warning_sentence(text_of(row, "warning")))),
            )
        )
    return TableModel(
        key="slopes",
        series="S",
        title="Linear regression of defect size on the HU of the vertebra",
        header=(
            (
                Cell("Defect size"),
                Cell("Vertebrae"),
                Cell(f"Slope per {SLOPE_PER_HU} HU"),
                Cell("Intercept"),
                Cell("R²"),
                Cell("p"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    f"Ordinary least squares over vertebrae with an endplate defect. {tests.note()}"
                    " Vertebrae are treated as independent, although several may come "
                    "from one participant; the p values may be too small. [#clustered] takes "
                    "participants as the independent units."
                )
            ]
        ),
        alignment=first_left(6),
    )
