"""Table S3: what was measured against the true values, in a study whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.papers.hao2025.report.truth.pairs import OF_VERTEBRAE, measures_of_sites
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    TableModel,
    first_left,
)

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.techniques.declare import Measure


LIMITS_OF_AGREEMENT = 1.96  # standard deviations: 95% of normal differences


MORE_DECIMALS = 1
"""Decimals of a difference, beyond those of the measure's mean."""


def truth_table(pairs: pd.DataFrame) -> TableModel:
    """Build Table S3: measured minus true value; one row a measure.

    ``pairs`` has ``measure, true, measured, difference``; a blank ``measured`` was not measured.
    """
    return TableModel(
        key="truth",
        series="S",
        title="Differences between measured and true values, by vertebra or other site",
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
        rows=tuple(
            _truth_row(measure, pairs[pairs["measure"] == name])
            for name, measure in _measures_in(pairs).items()
        ),
        footnotes=FootnoteLetters().footnotes(
            [
                (
                    "Numbers of vertebrae or other sites, then differences, measured − true. "
                    "95% limits of agreement, mean difference ± 1.96 SD of the differences. "
                    "Vertebrae without a defect, in truth and as measured, count for neither "
                    "width nor depth."
                )
            ]
        ),
        alignment=first_left(6),
    )


def _measures_in(pairs: pd.DataFrame) -> dict[str, Measure]:
    """Return the measures with a true value: the vertebrae's, then the techniques'."""
    known = OF_VERTEBRAE | measures_of_sites()
    return {name: measure for name, measure in known.items() if (pairs["measure"] == name).any()}


def _truth_row(measure: Measure, of_measure: pd.DataFrame) -> tuple[Cell, ...]:
    unit = labels.printed_unit(measure.unit)
    decimals = measure.decimals + MORE_DECIMALS
    numbers = agreement(of_measure["difference"].dropna())
    low, high = (fmt.number(numbers[key], decimals) for key in ("limit_low", "limit_high"))
    is_unit_told = not unit or unit in measure.label.split()
    return (
        Cell(measure.label if is_unit_told else f"{measure.label}, {unit}"),
        Cell(str(len(of_measure))),
        Cell(str(numbers["n"])),
        Cell(fmt.number(numbers["mean"], decimals)),
        Cell(fmt.limits(low, high) if numbers["n"] > 1 else fmt.ABSENT),
        Cell(fmt.number(numbers["largest"], decimals)),
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
    for name, measure in OF_VERTEBRAE.items():
        label, unit = measure.label, measure.unit
        of_measure = pairs[pairs["measure"] == name]
        numbers = agreement(of_measure["difference"].dropna())
        if numbers["n"] > 1:
            mean, low, high = (
                fmt.number(numbers[key], 2) for key in ("mean", "limit_low", "limit_high")
            )
            phrases.append(
                f"{labels.in_sentence(label)}, mean difference {mean} {unit}, 95% limits of "
                f"agreement {fmt.limits(low, high)} {unit} (measured in {numbers['n']} of "
                f"{fmt.counted(len(of_measure), 'vertebra', 'vertebrae')})"
            )
    if not phrases:
        return "Too little was measured to be compared with the truth."
    return f"Measured − true: {fmt.listed(phrases)}."
