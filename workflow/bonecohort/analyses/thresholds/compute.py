"""The frame of thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.statistics.prediction.reference_standard import of_category
from bonecohort.statistics.prediction.thresholds import threshold_table

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.analyses.cohort import Cohort
    from bonecohort.study.analysis_entries import Thresholds

TURNED = {"<": ">", "<=": ">="}


def compute(asked: Thresholds, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Call values positive by each threshold: low ones, or high ones where more is worse.

    Returns
    -------
    dict
        ``''``: one row a threshold and ``rule``
        (:func:`~bonecohort.statistics.prediction.thresholds.threshold_table`). The columns
        ``n_below``, ``below_…`` count what is called positive, ``above_…`` the others, on
        whichever side the rule says.
    """
    variable = cohort.variables[asked.of]
    without, event = cohort.variables[asked.outcome].levels
    people, thresholds = cohort.participants, asked.at
    turned = variable.direction == "higher is worse"
    if turned:  # a high value is a low one of the negative
        people = people.assign(**{asked.of: -people[asked.of]})
        thresholds = tuple(-threshold for threshold in thresholds)
    result = threshold_table(
        people,
        asked.of,
        thresholds,
        asked.outcome,
        (without, event),
        standard=of_category(people, asked.outcome, (without, event)),
        label=variable.label or asked.of,
    )
    if turned:
        result = result.assign(threshold=-result["threshold"], rule=result["rule"].map(TURNED))
    return {"": result}
