"""Every warning of the statistics, with the tables that print its row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.availability import endplates_read
from bonecohort.papers.hao2025.statistics.groupings import CLUSTERED, NESTED
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.records import Record, records, text_of
from bonecohort.statistics.agreement.estimate import ONE_READER
from bonecohort.statistics.effects.several_groups import WITHOUT_LIMITS
from bonecohort.statistics.missing.imputed_model import NOT_ASKED_FOR, NOTHING_MISSING
from bonecohort.statistics.prediction.model_performance import APPARENT
from bonecohort.statistics.regression.variance_inflation import ONE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs

FOLDER = "statistics/"
LABELS_SHOWN = 6  # of one warning, before they are only counted
WARNING_COLUMNS = ("warning", "warnings", "reason", "note", "notes")
NAME_COLUMNS = ("variable", "term", "y", "variables", "outcome", "measure", "predictor", "level")
"""What a row is about: the first of these that it has."""
PRINTED_IN = {
    "models": "[#factors]",
    "prevalence": "[#prevalence]",
    "correlations": "[#slopes]",
    "clustered": "[#clustered]",
    "clustered_prevalence": "[#clustered_prevalence]",
    "effects": "[#effects]",
    "multiplicity": "[#effects]",
    "recommended_models": "[#likelihood]",
    "model_performance": "[#performance]",
    "variance_inflation": "[#assumptions]",
    "linearity": "[#assumptions]",
    "roc": "[#roc]",
    "thresholds": "[#thresholds]",
    "missing": "[#missing]",
    "imputation": "[#imputation]",
    "sample_size": "[#sample_size]",
    "agreement": "[#agreement_measures]",
}
OF_ENDPLATES = ("prevalence", "correlations", "clustered", "clustered_prevalence")
COMPARED_IN = {"table1": "[#characteristics]", "table1_pairs": "[#effects]", "table2": "[#sizes]"}
"""Where the rows of ``comparisons`` are printed."""
OF_EVERY_STUDY = (
    NESTED, CLUSTERED, WITHOUT_LIMITS, ONE_VARIABLE, NOT_ASKED_FOR, NOTHING_MISSING,
    *APPARENT.split("; "),
)  # fmt: skip
"""Remarks that the tables' general notes hold."""
EXPECTED = (
    "the table has no column", "the paper names", "this is what its own result",
    *ONE_READER.split("; "),
)  # fmt: skip
"""Parts of remarks that stand elsewhere, or that are no doubt about a result."""


@dataclass
class CollectedWarning:
    """One warning: the tables that carry it, and what it is about."""

    text: str
    tables: dict[str, None] = field(default_factory=dict)
    labels: dict[str, None] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The warning with its tables and variables."""
        first, *others = self.tables
        where = f"{first} (also {fmt.joined(others)})" if others else first
        named = list(self.labels)
        if len(named) > LABELS_SHOWN:
            named = [*named[:LABELS_SHOWN], f"{len(named) - LABELS_SHOWN} more"]
        about = f", {fmt.joined(named)}" if named else ""
        return f"{where}{about}: {self.text.removesuffix('.')}"


def collected_warnings(inputs: ReportInputs, printer: Printer) -> list[CollectedWarning]:
    """Return each different warning of any statistics file, in the order of the files."""
    result: dict[str, CollectedWarning] = {}
    for path, frame in inputs.frames.items():
        stem = path.removeprefix(FOLDER).removesuffix(".csv")
        columns = [name for name in WARNING_COLUMNS if name in frame]
        if not path.startswith(FOLDER) or not columns or _is_absent(stem, inputs):
            continue
        for row in records(frame):
            table = _table_of(stem, row, inputs)
            for text in _parts(row, columns) if table else ():
                collected = result.setdefault(text, CollectedWarning(printer.warning_text(text)))
                collected.tables[table] = None
                label = _label(row, printer)
                collected.labels |= {label: None} if label else {}
    return list(result.values())


def _is_absent(stem: str, inputs: ReportInputs) -> bool:
    """Return whether the report prints none of a file, and says why in place of its table."""
    return stem in OF_ENDPLATES and not endplates_read(inputs)


def _table_of(stem: str, row: Record, inputs: ReportInputs) -> str:
    """Name the table a row is printed in, or its file; empty for a row that none prints."""
    table = text_of(row, "table")
    if stem == "comparisons":
        if row.get("shown") != "yes" or (table == "table2" and not endplates_read(inputs)):
            return ""
        return COMPARED_IN.get(table, table)
    if stem in ("effects", "multiplicity") and not table.startswith("table1"):
        if not endplates_read(inputs):
            return ""
        compared = COMPARED_IN.get(table, table)
        return f"Effect sizes of {compared}" if stem == "effects" else "[#compared]"
    return PRINTED_IN.get(stem, labels.capitalised(stem.replace("_", " ")))


def _parts(row: Record, columns: list[str]) -> Iterator[str]:
    for column in columns:
        for part in text_of(row, column).split("; "):
            is_expected = any(expected in part for expected in EXPECTED)
            if part and part not in OF_EVERY_STUDY and not is_expected:
                yield part


def _label(row: Record, printer: Printer) -> str:
    name = next((text for column in NAME_COLUMNS if (text := text_of(row, column))), "")
    parts = name.partition("[")[0].split(" + ")
    if len(parts) > 1:
        return "the multivariable model"
    return labels.in_sentence(printer.label(parts[0])) if name else ""
