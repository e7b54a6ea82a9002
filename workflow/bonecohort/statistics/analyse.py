"""The statistics as published: every test and model of Hao et al. 2025, from the result tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.statistics.agreement import agreement_of_readers
from bonecohort.statistics.comparisons import compare_groups
from bonecohort.statistics.correlations import regress_on_hu
from bonecohort.statistics.counts import count_categories
from bonecohort.statistics.groupings import table1_grouping, table2_grouping
from bonecohort.statistics.models import logistic_models
from bonecohort.statistics.normality_table import normality_table
from bonecohort.statistics.prevalence import prevalence_by_level
from bonecohort.statistics.variables import known_variables

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings

OUTCOME = "endplate_defect"


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
        Frames by file stem: ``comparisons``, ``counts``, ``normality``, ``models``,
        ``correlations``, ``prevalence``, and with measurements ``agreement``. Numbers are
        unrounded; what could not be computed is NaN with the reason in the row's ``warning``.
    """
    variables = known_variables(settings)
    analysis = settings.analysis
    first = table1_grouping(participants)
    second = [
        table2_grouping(name, participants, vertebrae, settings)
        for name in analysis.table2_groupings
    ]
    plan = [(first, analysis.table1_rows), *((group, analysis.table2_rows) for group in second)]
    readers = (
        {} if measurements is None else {"agreement": agreement_of_readers(measurements, settings)}
    )
    return {
        "comparisons": compare_groups(plan, variables, settings.statistics),
        "counts": count_categories(plan, vertebrae, variables),
        "normality": normality_table(first, second, variables, settings),
        "models": logistic_models(
            participants,
            OUTCOME,
            analysis.univariate_terms,
            analysis.multivariable_terms,
            variables,
        ),
        "correlations": regress_on_hu(vertebrae, analysis.correlation_outcomes),
        "prevalence": prevalence_by_level(vertebrae, settings.levels),
        **readers,
    }
