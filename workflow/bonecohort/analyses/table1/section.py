"""Characteristics of the participants as a part of the report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import records
from bonecohort.report.tables.characteristics import table_1
from bonecohort.statistics.tests.choice import comparison_sentences

if TYPE_CHECKING:
    from bonecohort.analyses.found import Found
    from bonecohort.report.page.section import Contribution
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import Table1
    from bonecohort.study.settings import Settings

SIGNIFICANCE = 0.05


def contribution(asked: Table1, result: Found) -> Contribution:
    """Return the table, what differs between its groups, and how it was tested."""
    settings = as_table_1(asked, result.settings)
    table = table_1(
        result.main,
        result.frames["counts"],
        result.frames["effects"],
        result.participants,
        settings,
        printer=result.printer,
    )
    title = f"Characteristics by {labels.in_sentence(result.printer.label(asked.by))}"
    methods = comparison_sentences(result.main, result.printer.variables)
    return result.contribution(
        title,
        differences(result.main, result.label, settings, result.printer),
        [replace(table, key=result.label)],
        (title, " ".join([*methods, f"p values of [#{result.label}] are two-sided."])),
    )


def as_table_1(asked: Table1, settings: Settings) -> Settings:
    """Return the settings with the analysis's grouping and rows as those of Table 1."""
    analysis = replace(settings.analysis, table1_grouping=asked.by, table1_rows=asked.rows)
    return replace(settings, analysis=analysis)


def differences(
    comparisons: pd.DataFrame, label: str, settings: Settings, printer: Printer
) -> list[str]:
    """Say which characteristics differ between the groups, and which do not."""
    shown = {row["variable"]: row for row in records(comparisons, table="table1", shown="yes")}
    differing: list[str] = []
    alike: list[str] = []
    for name in settings.analysis.table1_rows:
        p = shown[name]["p_value"] if name in shown else None
        if p is None or pd.isna(p):
            continue
        printed = labels.in_sentence(printer.label(name))
        if p < SIGNIFICANCE:
            differing.append(f"{printed} ({printer.p_phrase(p)})")
        else:
            alike.append(printed)
    sentences = []
    if differing:
        words = split_words(settings.analysis.table1_grouping, printer)
        sentences.append(f"{words.differed()} {fmt.joined(differing)} ([#{label}]).")
    if alike:
        sentences.append(f"No significant difference was found for {fmt.joined(alike)}.")
    return sentences
