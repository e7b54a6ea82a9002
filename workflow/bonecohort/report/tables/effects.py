"""Table S7: effect sizes of the characteristics that Table 1 compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import estimates, labels
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.groups import ordered_categories
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.tables.footnote_marks import remarked
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, Row, TableModel, first_left

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

PERCENT = 100
DISTANCE = (
    "Of more than two categories the SMD is a distance, as is Cramér’s V always. It has no sign, "
    "and 0 is its least value."
)
LEAST_DECIMALS = 2  # of a difference of means


def effects_table(
    effects: pd.DataFrame, multiplicity: pd.DataFrame, settings: Settings, printer: Printer
) -> TableModel:
    """Build Table S7: differences between the two groups of Table 1."""
    split = split_words(settings.analysis.table1_grouping, printer)
    minus = f"{split.groups[0]} minus {labels.in_sentence(split.groups[1])}"
    letters = FootnoteLetters()
    adjusted = {row["variable"]: row for row in records(multiplicity, table="table1")}
    rows: list[Row] = []
    for name in settings.analysis.table1_rows:
        result = records(effects, table="table1", variable=name)
        if result:
            p_adjusted = adjusted.get(name, {}).get("p_adjusted")
            rows += _rows(name, result, p_adjusted, printer, letters)
    return TableModel(
        key="effects",
        series="S",
        title="Effect sizes of the characteristics in [#characteristics]",
        header=(
            (
                Cell("Characteristic"),
                Cell("Difference\n(95% CI)"),
                Cell("Odds ratio\n(95% CI)"),
                Cell("SMD\n(95% CI)"),
                Cell("Hedges’ g\n(95% CI)"),
                Cell("Rank-biserial r\n(95% CI)"),
                Cell("Cramér’s V\n(95% CI)"),
                Cell("p, Holm"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    f"{minus}. Difference, of means (Welch), or of percentages in percentage "
                    "points (Newcombe); SMD, standardized mean difference; CI, confidence interval."
                ),
                *([DISTANCE] if holds_distance(effects) else []),
                "p, Holm: that of [#characteristics], corrected for all its tests.",
            ]
        ),
        alignment=first_left(8),
        wide=True,
    )


def holds_distance(effects: pd.DataFrame) -> bool:
    """Return whether an SMD of Table 1 is a distance, of more than two categories."""
    smds = records(effects, measure="smd")
    return any(
        row["table"].startswith("table1") and text_of(row, "ci_method") == "noncentral_chi_square"
        for row in smds
    )


def _rows(
    name: str,
    result: list[Record],
    p_adjusted: float | None,
    printer: Printer,
    letters: FootnoteLetters,
) -> list[Row]:
    by_category: dict[str, dict[str, Record]] = {}
    for row in result:
        category = row["category"] if isinstance(row["category"], str) else ""
        by_category.setdefault(category, {})[row["measure"]] = row
    whole = by_category.pop("", {})
    categories = ordered_categories(name, by_category, printer)
    if len(categories) == 1:
        whole |= by_category[categories[0]]
        label = Cell(estimates.with_category(printer.label(name), categories[0]))
        categories = []
    else:
        label = Cell(printer.label_with_unit(name))
    for row in result:
        label = remarked(label, row, printer, letters)
    unique = ",".join(dict.fromkeys(label.marks.split(",")))
    first = Cell(label.text, unique)
    p_cell = Cell(printer.p(p_adjusted))
    rows: list[Row] = [(first, *_values(name, whole, printer), p_cell)]
    for category in categories:
        cell = Cell(labels.capitalised(category), indent=True)
        rows.append((cell, *_values(name, by_category[category], printer), Cell("")))
    return rows


def difference_text(name: str, measures: dict[str, Record], printer: Printer) -> str:
    """Print the difference of means, or of percentages; empty for neither."""
    risk, difference = measures.get("risk_difference"), measures.get("mean_difference")
    if difference:
        return estimates.interval(difference, max(printer.decimals(name), LEAST_DECIMALS))
    return estimates.interval(risk, 1, times=PERCENT) if risk else ""


def _values(name: str, measures: dict[str, Record], printer: Printer) -> list[Cell]:
    ratio = measures.get("odds_ratio")
    odds = fmt.ratio_interval(*(ratio[key] for key in ("estimate", "ci_low", "ci_high"))) \
        if ratio else ""  # fmt: skip
    shown = [measures.get(key) for key in ("smd", "hedges_g", "rank_biserial", "cramers_v")]
    return [
        Cell(difference_text(name, measures, printer)),
        Cell(odds),
        *(Cell(estimates.interval(row, 2) if row else "") for row in shown),
    ]
