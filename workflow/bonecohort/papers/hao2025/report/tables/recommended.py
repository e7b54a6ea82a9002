"""Tables S5 to S15: all of the recommended analysis, in printing order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.availability import endplates_read, hu_measured, what_is_known
from bonecohort.papers.hao2025.report.tables.hu_thresholds import roc_table, threshold_table
from bonecohort.papers.hao2025.report.tables.vertebra_level import (
    clustered_table,
    robust_prevalence_table,
)
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.tables.diagnostics import assumptions_table, performance_table
from bonecohort.report.tables.effects import effects_table
from bonecohort.report.tables.likelihood import likelihood_table
from bonecohort.report.tables.missing_data import imputation_table, missing_table, sample_size_table
from bonecohort.report.tables.pairwise_effects import pairs_table
from bonecohort.report.tables.table_model import left_empty

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.tables.table_model import TableModel
    from bonecohort.study.settings import Settings


def recommended_tables(
    inputs: ReportInputs, settings: Settings, printer: Printer
) -> tuple[TableModel, ...]:
    """Build Tables S5 to S15; one that needs what the study lacks says so."""
    frame = {
        path.removeprefix("statistics/").removesuffix(".csv"): table
        for path, table in inputs.frames.items()
        if path.startswith("statistics/")
    }

    known = what_is_known(inputs, settings, printer)
    analysis = settings.analysis
    no_groups = f"{split_words(analysis.table1_grouping, printer).nobody}."
    no_outcome = f"{split_words(analysis.outcome, printer).nobody}."

    def of_endplates(table: TableModel) -> TableModel:
        return table if endplates_read(inputs) else left_empty(table, "no endplates were read.")

    def of_models(table: TableModel) -> TableModel:
        return table if known.modelled else left_empty(table, no_outcome)

    def of_hu(table: TableModel) -> TableModel:
        return table if hu_measured(inputs) else left_empty(table, "no vertebra has an HU.")

    several = split_words(analysis.table1_grouping, printer).has_several
    build_effects = pairs_table if several else effects_table
    effects = build_effects(frame["effects"], frame["multiplicity"], settings, printer)
    models = likelihood_table(frame["models"], frame["recommended_models"], printer)
    assumptions = assumptions_table(frame["variance_inflation"], frame["linearity"], printer)
    vertebrae = (
        of_endplates(clustered_table(frame["clustered"], settings, printer)),
        of_endplates(robust_prevalence_table(frame["clustered_prevalence"], printer)),
    )
    return (
        *vertebrae,
        effects if known.grouped else left_empty(effects, no_groups),
        of_models(models),
        of_models(performance_table(frame["model_performance"], settings, printer)),
        of_models(assumptions),
        of_hu(roc_table(frame["roc"], printer)),
        of_hu(threshold_table(frame["thresholds"], settings, printer)),
        missing_table(frame["missing"], printer),
        of_models(imputation_table(frame["imputation"], printer)),
        of_models(sample_size_table(frame["sample_size"], settings, printer)),
    )
