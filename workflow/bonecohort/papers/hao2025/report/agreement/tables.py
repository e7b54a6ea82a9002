"""Tables A1 and A2: agreement of readers on what they measured and what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.papers.hao2025.report.agreement.results import (
    FINDINGS,
    RATIO_DECIMALS,
    Agreement,
    measure_words,
)
from bonecohort.papers.hao2025.statistics.groupings import CLUSTERED
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.records import Record, text_of
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    blank,
    first_left,
    left_empty,
    with_marks,
)
from bonecohort.statistics.agreement.generalized_icc import GENERALIZED_ICC

if TYPE_CHECKING:
    from collections.abc import Iterator

KAPPAS = ("cohen_kappa", "weighted_kappa_linear", "weighted_kappa_quadratic")


def agreement_tables(agreement: Agreement) -> tuple[TableModel, ...]:
    """Build Tables A1 (measures) and A2 (findings); one table that says why when there is none."""
    measures, result = _measures_table(agreement), _findings_table(agreement)
    if agreement.absent_because:
        return (left_empty(measures, agreement.absent_because),)
    return tuple(table for table in (measures, result) if table.rows)


def _measures_table(agreement: Agreement) -> TableModel:
    letters = FootnoteLetters()
    rows = [
        row
        for measure in agreement.measures
        for row in _measure_rows(measure, agreement.compared(measure), letters)
    ]
    return TableModel(
        key="agreement_measures",
        series="A",
        title="Agreement of readers on what they measured",
        header=(
            (
                Cell("Measure"),
                Cell("n"),
                Cell("ICC(2,1)"),
                Cell("Generalized interval"),
                Cell("ICC(3,1)"),
                Cell("Within-subject SD"),
                Cell("Least significant change"),
                Cell("Mean difference"),
                Cell("95% limits of agreement"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    "Estimate (95% confidence interval). n, vertebrae (participants, for the total "
                    "spine HU) that all the readers compared have read; for the sizes of defects, "
                    "those in which all of them found a defect. Differences are the first reader "
                    f"minus the second. {_whose(agreement)}"
                ),
                (
                    "ICC, intraclass correlation of single readings: (2,1), agreement, a constant "
                    "difference between the readers counts; (3,1), consistency, it does not. The "
                    "generalized interval of (2,1) also covers 95% where readers differ by a bias, "
                    "about which few readers say little. The interval beside the estimate is then "
                    "too narrow. "
                    "Within-subject SD, of readings of the same vertebra by different readers; "
                    "least significant change, 1.96 √2 of it: two readings farther apart differ by "
                    "more than readers do, with 95% confidence. 95% limits of agreement, mean "
                    "difference ± 1.96 SD of the differences; [#figure_agreement] shows their "
                    "intervals."
                ),
            ]
        ),
        alignment=first_left(9),
        wide=True,
    )


def _whose(agreement: Agreement) -> str:
    pairs = {row["readers"] for row in agreement.rows if row["n_readers"] == 2}
    if len(pairs) == 1:
        return f"Readers: {pairs.pop()}."
    return "Indented rows compare two readers, the others all of them."


def _measure_rows(
    measure: str, compared: dict[str, dict[str, Record]], letters: FootnoteLetters
) -> Iterator[Row]:
    label, unit, places = measure_words(measure)
    named = label if not unit or unit in label.split() else f"{label}, {unit}"
    for readers, result in compared.items():
        n = next(iter(result.values()))["n"]
        if n == 0 and len(compared) == 1:
            continue
        is_first = readers == next(iter(compared))
        mark = letters.mark(_remark(result))
        name = Cell(named) if is_first else Cell(_pair_label(readers), indent=True)
        yield (
            with_marks(name, mark),
            Cell(fmt.number(n, 0)),
            _cell(result.get("icc_2_1"), RATIO_DECIMALS),
            _interval(result.get(GENERALIZED_ICC), RATIO_DECIMALS),
            _cell(result.get("icc_3_1"), RATIO_DECIMALS),
            _cell(result.get("within_subject_sd"), places),
            _value(result.get("least_significant_change"), places),
            _cell(result.get("mean_difference"), places),
            _limits(result, places),
        )


def _pair_label(readers: str) -> str:
    return " − ".join(readers.split(", ", maxsplit=1))


def _cell(row: Record | None, places: int) -> Cell:
    """Print an estimate and its interval; blank where it is not asked for."""
    if row is None:
        return blank()
    value = fmt.number(row["estimate"], places)
    interval = _interval(row, places).text
    return Cell(f"{value} ({interval})" if interval else value)


def _interval(row: Record | None, places: int) -> Cell:
    """Print an interval; blank where there is none."""
    if row is None or pd.isna(row["ci_low"]):
        return blank()
    low, high = (fmt.number(row[name], places) for name in ("ci_low", "ci_high"))
    return Cell(fmt.limits(low, high))


def _value(row: Record | None, places: int) -> Cell:
    return blank() if row is None else Cell(fmt.number(row["estimate"], places))


def _limits(result: dict[str, Record], places: int) -> Cell:
    if "limit_low" not in result:
        return blank()
    low, high = (
        fmt.number(result[name]["estimate"], places) for name in ("limit_low", "limit_high")
    )
    return Cell(fmt.limits(low, high))


def _remark(result: dict[str, Record]) -> str:
    """Return the warnings of a row of the table but the one that all share, as a footnote."""
    texts = [
        part
        for row in result.values()
        for part in text_of(row, "warning").split("; ")
        if part and part != CLUSTERED
    ]
    return labels.sentence("; ".join(dict.fromkeys(texts))) if texts else ""


def _findings_table(agreement: Agreement) -> TableModel:
    letters = FootnoteLetters()
    rows = [
        row
        for finding in FINDINGS
        for row in _finding_rows(finding, agreement.compared(finding), letters)
    ]
    return TableModel(
        key="agreement_findings",
        series="A",
        title="Agreement of readers on what they found, by vertebra",
        header=(
            (
                Cell("Finding"),
                Cell("n"),
                Cell("Same finding, %"),
                Cell("κ"),
                Cell("κ, linear weights"),
                Cell("κ, quadratic weights"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    "Estimate (95% confidence interval). n, vertebrae that all the readers "
                    "compared have read. Between two readers κ is Cohen’s, among more Fleiss’: "
                    "agreement beyond chance, 1 when perfect and 0 when no better than chance. A "
                    "weighted κ counts a difference of one endplate less than one of two. "
                    f"{_whose(agreement)}"
                )
            ]
        ),
        alignment=first_left(6),
        wide=True,
    )


def _finding_rows(
    finding: str, compared: dict[str, dict[str, Record]], letters: FootnoteLetters
) -> Iterator[Row]:
    for readers, result in compared.items():
        n = next(iter(result.values()))["n"]
        if n == 0 and len(compared) == 1:
            continue
        is_first = readers == next(iter(compared))
        name = Cell(FINDINGS[finding]) if is_first else Cell(_pair_label(readers), indent=True)
        kappas = [result.get(kappa) for kappa in KAPPAS]
        kappas[0] = result.get("fleiss_kappa", kappas[0])
        yield (
            with_marks(name, letters.mark(_remark(result))),
            Cell(fmt.number(n, 0)),
            _cell(result.get("percent_agreement"), 1),
            *(_cell(row, RATIO_DECIMALS) for row in kappas),
        )
