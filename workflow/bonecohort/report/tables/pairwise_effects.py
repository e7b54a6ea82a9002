"""Table S7 of more than two groups: effect sizes among all, and each pair of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import estimates
from bonecohort.report.records import Record, records
from bonecohort.report.tables.effects import DISTANCE, difference_text, holds_distance
from bonecohort.report.tables.footnote_marks import remarked
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, Row, TableModel, first_left
from bonecohort.statistics.effects.several_groups import WITHOUT_LIMITS

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

PRINTED_OF_PAIRS = ("mean_difference", "risk_difference", "smd")


def pairs_table(
    effects: pd.DataFrame, multiplicity: pd.DataFrame, settings: Settings, printer: Printer
) -> TableModel:
    """Build Table S7: each characteristic among all groups, then between each two."""
    letters = FootnoteLetters()
    rows: list[Row] = []
    for name in settings.analysis.table1_rows:
        whole = records(effects, table="table1", variable=name)
        corrected = records(multiplicity, table="table1", variable=name)
        if not whole or not corrected:
            continue
        (p_row,) = corrected
        label = Cell(printer.label_with_unit(name))
        measure = estimates.EFFECT_OF_TEST.get(p_row["test"], "cramers_v")
        printed = [row for row in whole if row["measure"] == measure]
        effect = estimates.main_effect(printed, p_row["test"])
        for row in printed:
            label = remarked(label, row, printer, letters, without=(WITHOUT_LIMITS,))
        p_cell = Cell(printer.p(p_row["p_adjusted"]))
        rows.append((label, Cell(effect), Cell(""), Cell(""), p_cell))
        of_pairs = records(effects, table="table1_pairs", variable=name)
        rows += [
            _pair_row(pair, of_pairs, printer, letters)
            for pair in records(multiplicity, table="table1_pairs", variable=name)
        ]
    return TableModel(
        key="effects",
        series="S",
        title=(
            "Effect sizes of the characteristics in [#characteristics], among all groups and in "
            "pairs"
        ),
        header=(
            (
                Cell("Characteristic"),
                Cell("Among all groups\n(95% CI)"),
                Cell("Difference\n(95% CI)"),
                Cell("SMD\n(95% CI)"),
                Cell("p, Holm"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    "η², share of the variance that lies between groups (noncentral F); ε², that "
                    "of the ranks’ variance, for which no formula of limits is established; V, "
                    "Cramér’s (noncentral chi-square). Difference, first group minus second, "
                    "of means (Welch), or of percentages of the last category in percentage points "
                    "(Newcombe); SMD, standardized mean difference; CI, confidence interval."
                ),
                *([DISTANCE] if holds_distance(effects) else []),
                (
                    "p, Holm: among all groups, that of [#characteristics], corrected for all its "
                    "tests; of a pair, that of the corresponding test of two groups, corrected "
                    "for the pairs of the characteristic. Intervals are not corrected."
                ),
            ]
        ),
        alignment=first_left(5),
        wide=True,
    )


def _pair_row(
    pair: Record, effects: list[Record], printer: Printer, letters: FootnoteLetters
) -> Row:
    groups = (pair["group_1"], pair["group_2"])
    of_pair = [row for row in effects if (row["group_1"], row["group_2"]) == groups]
    measures = {row["measure"]: row for row in of_pair if row["measure"] in PRINTED_OF_PAIRS}
    several_categories = sum(row["measure"] == "risk_difference" for row in of_pair) > 1
    if several_categories:
        del measures["risk_difference"]
    label = Cell(" vs. ".join(groups), indent=True)
    for row in measures.values():
        label = remarked(label, row, printer, letters)
    smd = measures.get("smd")
    return (
        remarked(label, pair, printer, letters),
        Cell(""),
        Cell(difference_text(pair["variable"], measures, printer)),
        Cell(estimates.interval(smd, 2) if smd else ""),
        Cell(printer.p(pair["p_adjusted"])),
    )
