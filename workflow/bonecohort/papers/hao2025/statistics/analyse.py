"""The statistics of the result tables: as published by Hao et al. 2025, and as recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.papers.hao2025.statistics.clustered_prevalence import clustered_prevalence
from bonecohort.papers.hao2025.statistics.correlations import regress_on_hu
from bonecohort.papers.hao2025.statistics.diagnostics import diagnose
from bonecohort.papers.hao2025.statistics.groupings import table1_grouping, table2_grouping
from bonecohort.papers.hao2025.statistics.multiplicity import multiplicity_table
from bonecohort.papers.hao2025.statistics.prevalence import prevalence_by_level
from bonecohort.papers.hao2025.statistics.readings import graded_by_readers, measured_by_readers
from bonecohort.papers.hao2025.statistics.vertebra_counts import count_vertebrae
from bonecohort.papers.hao2025.statistics.vertebra_questions import vertebra_questions
from bonecohort.statistics.agreement.agreement_table import agreement_of_readers
from bonecohort.statistics.effects.effect_table import effect_sizes
from bonecohort.statistics.regression.clustered_table import clustered_results
from bonecohort.statistics.regression.logistic_published import logistic_models
from bonecohort.statistics.regression.logistic_recommended import recommended_models
from bonecohort.statistics.tests.comparisons import compare_groups
from bonecohort.statistics.tests.counts import count_categories
from bonecohort.statistics.tests.normality_table import normality_table
from bonecohort.statistics.variables import known_variables

if TYPE_CHECKING:
    from bonecohort.study.settings import Settings


def analyse(
    participants: pd.DataFrame,
    vertebrae: pd.DataFrame,
    endplates: pd.DataFrame,  # noqa: ARG001 - one signature for every analysis of the tables
    settings: Settings,
    measurements: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Compute the statistics files from the cohort's tables.

    Parameters
    ----------
    participants, vertebrae, endplates
        The result tables of those names; categories are text, missing is NaN or None.
    settings
        The study's settings: variables, rows, groupings, terms and the choice of test.
    measurements
        The result table of that name, for the agreement of readers.

    Returns
    -------
    dict
        Frames by file stem. As published: ``comparisons``, ``counts``, ``normality``, ``models``,
        ``correlations``, ``prevalence``, and with measurements ``agreement``; what could not be
        computed is NaN with the reason in the row's ``warning``. Recommended: ``effects``,
        ``clustered``, ``clustered_prevalence``, ``recommended_models``, ``multiplicity``; the
        reason is in ``reason``, doubts in ``warnings``. And those of :func:`diagnose`. Numbers are
        unrounded.
    """
    variables = known_variables(settings)
    analysis = settings.analysis
    first = table1_grouping(participants, settings)
    second = [
        table2_grouping(name, participants, vertebrae, settings)
        for name in analysis.table2_groupings
    ]
    plan = [(first, analysis.table1_rows), *((group, analysis.table2_rows) for group in second)]
    readers = {}
    if measurements is not None:
        measures = measured_by_readers(measurements, settings)
        readers["agreement"] = agreement_of_readers(measures, graded_by_readers(measurements))
    models = (
        participants,
        analysis.outcome,
        analysis.univariate_terms,
        analysis.multivariable_terms,
    )
    names = list(dict.fromkeys((*analysis.table1_rows, *settings.variables)))
    comparisons = compare_groups(plan, variables, settings.statistics)
    correlations = regress_on_hu(vertebrae, analysis.correlation_outcomes)
    questions = vertebra_questions(participants, vertebrae, settings)
    return {
        "comparisons": comparisons,
        "counts": pd.concat(
            [count_categories(plan, variables), count_vertebrae(vertebrae)], ignore_index=True
        ),
        "normality": normality_table(first, second, names, analysis.table2_rows, variables),
        "models": logistic_models(*models, variables),
        "correlations": correlations,
        "prevalence": prevalence_by_level(vertebrae, settings.levels),
        "effects": effect_sizes(plan, variables),
        "clustered": clustered_results(questions),
        "clustered_prevalence": clustered_prevalence(vertebrae, settings.levels),
        "recommended_models": recommended_models(*models, variables),
        "multiplicity": multiplicity_table(comparisons, correlations),
        **readers,
        **diagnose(participants, settings),
    }
