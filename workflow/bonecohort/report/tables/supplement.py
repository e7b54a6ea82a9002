"""Supplementary tables: prevalence by level, linear regressions, measured against true values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.tables.group_comparison import Record, records, text_of
from bonecohort.report.tables.printed_tests import PrintedTests
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    TableModel,
    first_left,
    with_marks,
)
from bonecohort.statistics.tests.multiplicity import SLOPE_TEST

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings

DEFECT_TYPES = ("any", "superior", "inferior", "bilateral")
SLOPE_PER_HU = 10  # a slope is printed per ten Hounsfield units
SLOPE_DECIMALS = 4
LIMITS_OF_AGREEMENT = 1.96  # standard deviations: 95% of normal differences
TRUTH_MEASURES = {
    "hu": ("Vertebral HU", "HU"),
    "width_mm": ("Defect width", "mm"),
    "depth_mm": ("Defect depth", "mm"),
}


def prevalence_table(prevalence: pd.DataFrame) -> TableModel:
    """Build Table S1: prevalence of defects at each level with Wilson intervals."""
    found = {(row["level"], row["defect_type"]): row for row in records(prevalence)}
    levels = list(dict.fromkeys(level for level, _ in found))
    rows = []
    for level in levels:
        whole = next(row for key, row in found.items() if key[0] == level)
        cells = [Cell(labels.capitalised(level)), Cell(fmt.number(whole["n_vertebrae"], 0))]
        cells += [Cell(_prevalence_phrase(found.get((level, kind)))) for kind in DEFECT_TYPES]
        share = found.get((level, "any"))
        cells.append(Cell(f"{fmt.number(share['share_of_defects_percent'], 1)}%" if share else ""))
        rows.append(tuple(cells))
    return TableModel(
        name="Table S1",
        title="Vertebrae with endplate defects, by level and type",
        header=(
            (
                Cell("Level"),
                Cell("Vertebrae read"),
                *(Cell(labels.DEFECT_TYPES[kind]) for kind in DEFECT_TYPES),
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
    interval = f"{fmt.number(row['ci_low'], 1)}–{fmt.number(row['ci_high'], 1)}"
    return f"{fmt.number(row['n'], 0)} ({fmt.number(row['percent'], 1)}%; {interval})"


def correlation_table(correlations: pd.DataFrame, settings: Settings) -> TableModel:
    """Build Table S2: linear regression of the defect sizes on the vertebra's HU."""
    letters, tests = FootnoteLetters(), PrintedTests()
    rows = []
    for row in records(correlations):
        p_cell = tests.cell(row["p_value"], SLOPE_TEST, settings)
        rows.append(
            (
                Cell(labels.label_with_unit(row["y"], settings)),
                Cell(fmt.number(row["n"], 0)),
                Cell(fmt.number(SLOPE_PER_HU * row["slope"], SLOPE_DECIMALS)),
                Cell(fmt.number(row["intercept"], 3)),
                Cell(fmt.number(row["r_squared"], 3)),
                with_marks(
                    p_cell, letters.mark(labels.warning_sentence(text_of(row, "warning"), settings))
                ),
            )
        )
    return TableModel(
        name="Table S2",
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
                    "from one participant; the p values may be too small. Table S5 takes "
                    "participants as the independent units."
                )
            ]
        ),
        alignment=first_left(6),
    )


def truth_table(pairs: pd.DataFrame) -> TableModel:
    """Build Table S3: measured minus true value; one row a measure.

    ``pairs`` has ``measure, true, measured, difference``; a blank ``measured`` was not measured.
    """
    measures = [name for name in TRUTH_MEASURES if (pairs["measure"] == name).any()]
    return TableModel(
        name="Table S3",
        title="Differences between measured and true values, by vertebra",
        header=(
            (
                Cell("Measure"),
                Cell("With a true value, n"),
                Cell("Measured, n"),
                Cell("Mean difference"),
                Cell("95% limits of agreement"),
                Cell("Largest absolute difference"),
            ),
        ),
        rows=tuple(_truth_row(name, pairs[pairs["measure"] == name]) for name in measures),
        footnotes=FootnoteLetters().footnotes(
            [
                (
                    "Numbers of vertebrae, then differences, measured − true. 95% limits of "
                    "agreement, mean difference ± 1.96 SD of the differences. Vertebrae without a "
                    "defect, in truth and as measured, count for neither width nor depth."
                )
            ]
        ),
        alignment=first_left(6),
    )


def _truth_row(name: str, of_measure: pd.DataFrame) -> tuple[Cell, ...]:
    label, unit = TRUTH_MEASURES[name]
    numbers = agreement(of_measure["difference"].dropna())
    limits = (
        f"{fmt.number(numbers['limit_low'], 2)} to {fmt.number(numbers['limit_high'], 2)}"
        if numbers["n"] > 1
        else fmt.ABSENT
    )
    return (
        Cell(label if unit in label.split() else f"{label}, {unit}"),
        Cell(str(len(of_measure))),
        Cell(str(numbers["n"])),
        Cell(fmt.number(numbers["mean"], 2)),
        Cell(limits),
        Cell(fmt.number(numbers["largest"], 2)),
    )


def agreement(differences: pd.Series) -> dict[str, Any]:
    """Return n, mean, 95% limits and largest absolute value of measured − true."""
    mean, sd = differences.mean(), differences.std(ddof=1)
    return {
        "n": len(differences),
        "mean": float(mean),
        "limit_low": float(mean - LIMITS_OF_AGREEMENT * sd),
        "limit_high": float(mean + LIMITS_OF_AGREEMENT * sd),
        "largest": float(differences.abs().max()),
    }


def truth_sentence(pairs: pd.DataFrame) -> str:
    """Say how far what was measured is from the truth."""
    phrases = []
    for name, (label, unit) in TRUTH_MEASURES.items():
        of_measure = pairs[pairs["measure"] == name]
        numbers = agreement(of_measure["difference"].dropna())
        if numbers["n"] > 1:
            mean, low, high = (
                fmt.number(numbers[key], 2) for key in ("mean", "limit_low", "limit_high")
            )
            phrases.append(
                f"{labels.in_sentence(label)}, mean difference {mean} {unit} with 95% limits of "
                f"agreement from {low} to {high} {unit} (measured in {numbers['n']} of "
                f"{fmt.counted(len(of_measure), 'vertebra', 'vertebrae')})"
            )
    if not phrases:
        return "Too little was measured to be compared with the truth."
    return f"Measured − true: {fmt.listed(phrases)}."
