"""What is asked of vertebrae: outcome, terms and rows of every vertebra-level regression."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bonecohort.statistics.regression.clustered_data import ClusteredData
from bonecohort.statistics.regression.logistic_published import Term
from bonecohort.statistics.tests.groupings import (
    DEFECT_TYPES,
    LUMBAR_REGION,
    READ_TYPES,
    defect_vertebrae,
    table2_grouping,
)
from bonecohort.statistics.variables import known_variables

if TYPE_CHECKING:
    from bonecohort.statistics.tests.groupings import Grouping
    from bonecohort.study.settings import Settings, Variable

DEFECT = "endplate_defect"
FIGURE_4 = "Figure 4: defect size on the vertebra's HU"
TABLE_2 = "Table 2: defect size between two groups of vertebrae"
LOCATION = "Defect by lumbar region, level and the vertebra's HU"


@dataclass(frozen=True)
class Question:
    """One regression of vertebrae.

    ``frame`` holds the vertebrae asked of, with the outcome and every term's variable;
    ``joint`` is the variable whose terms are tested together, ``event`` the category of a
    categorical outcome that counts as the event. ``reason`` says why it cannot be asked.
    """

    name: str
    family_of_tests: str
    outcome: str
    terms: tuple[Term, ...]
    frame: pd.DataFrame = field(repr=False)
    event: str = ""
    joint: str = ""
    reason: str = ""


def vertebra_questions(
    participants: pd.DataFrame, vertebrae: pd.DataFrame, settings: Settings
) -> list[Question]:
    """Return every question the report answers on vertebrae, in its order.

    Figure 4's regressions and Table 2's groupings concern vertebrae with a defect, the others all
    vertebrae whose endplates were read.
    """
    analysis, variables = settings.analysis, known_variables(settings)
    with_defect = defect_vertebrae(vertebrae)
    groupings = [
        table2_grouping(name, participants, vertebrae, settings)
        for name in analysis.table2_groupings
    ]
    return [
        *(
            _asked("figure4", FIGURE_4, name, (Term("hu"),), with_defect)
            for name in analysis.correlation_outcomes
        ),
        *(
            _between(grouping, name, variables.get(name))
            for grouping in groupings
            for name in analysis.table2_rows
        ),
        *_location(vertebrae, settings.levels),
    ]


def _between(grouping: Grouping, name: str, variable: Variable | None) -> Question:
    first, second = grouping.groups
    term = Term(grouping.name, first, second)
    frame = grouping.pooled().assign(**{grouping.name: grouping.labels})
    if grouping.warning:
        return Question("table2", TABLE_2, name, (term,), frame, reason=grouping.warning)
    if variable is None or variable.type == "continuous":
        return _asked("table2", TABLE_2, name, (term,), frame)
    if len(variable.levels) != 2:
        reason = f"not modelled: {name} has {len(variable.levels)} categories, not two"
        return Question("table2", TABLE_2, name, (term,), frame, reason=reason)
    if name in frame:
        frame = frame[frame[name].isin(variable.levels)]
    return _asked("table2", TABLE_2, name, (term,), frame, event=variable.levels[1])


def _location(vertebrae: pd.DataFrame, levels: tuple[str, ...]) -> list[Question]:
    read = vertebrae[vertebrae["defect_type"].isin(READ_TYPES)]
    defect = np.where(read["defect_type"].isin(DEFECT_TYPES), "yes", "no")
    frame = read.assign(endplate_defect=defect, lumbar_region=read["level"].map(LUMBAR_REGION))
    by_level = tuple(Term("level", level, levels[0]) for level in levels[1:])
    region = (Term("lumbar_region", "upper", "lower"),)
    return [
        _asked("defect_region", LOCATION, DEFECT, region, frame, event="yes"),
        _asked("defect_level", LOCATION, DEFECT, by_level, frame, event="yes", joint="level"),
        _asked("defect_hu", LOCATION, DEFECT, (Term("hu"),), frame, event="yes"),
    ]


def _asked(
    name: str,
    family: str,
    outcome: str,
    terms: tuple[Term, ...],
    frame: pd.DataFrame,
    *,
    event: str = "",
    joint: str = "",
) -> Question:
    absent = [column for column in (outcome, *_columns(terms)) if column not in frame]
    reason = f"left out: the table has no column {', '.join(absent)}" if absent else ""
    if not terms:
        reason = "left out: the study has one level only"
    return Question(name, family, outcome, terms, frame, event, joint, reason)


def _columns(terms: tuple[Term, ...]) -> list[str]:
    return list(dict.fromkeys(term.variable for term in terms))


def complete_vertebrae(question: Question) -> pd.DataFrame:
    """Return the vertebrae with outcome and terms known, of categories the terms know."""
    frame = question.frame.dropna(subset=[question.outcome, *_columns(question.terms)])
    for name in _columns(question.terms):
        categories = {term.category for term in question.terms if term.variable == name}
        references = {term.reference for term in question.terms if term.variable == name}
        if categories != {""}:
            frame = frame[frame[name].isin(categories | references)]
    return frame.sort_values("participant_id", kind="stable")


def regression_data(question: Question, complete: pd.DataFrame) -> ClusteredData:
    """Return the numbers of a question's regression."""
    if question.event:
        outcome = np.where(complete[question.outcome] == question.event, 1.0, 0.0)
    else:
        outcome = pd.to_numeric(complete[question.outcome]).to_numpy(dtype=np.float64)
    design = np.column_stack([term.column(complete) for term in question.terms])
    return ClusteredData(
        outcome,
        design,
        pd.factorize(complete["participant_id"])[0].astype(np.int64),
        tuple(term.name for term in question.terms),
        "logistic" if question.event else "linear",
    )
