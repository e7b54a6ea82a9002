"""What the paper asks of vertebrae: outcome, terms and rows of every regression of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.papers.hao2025.statistics.groupings import (
    DEFECT_TYPES,
    LUMBAR_REGION,
    READ_TYPES,
    VERTEBRA,
    defect_vertebrae,
    table2_grouping,
)
from bonecohort.statistics.regression.design import Term
from bonecohort.statistics.regression.questions import Question
from bonecohort.statistics.variables import known_variables

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.statistics.tests.groupings import Grouping
    from bonecohort.study.settings import Settings, Variable

DEFECT = "endplate_defect"
FIGURE_4 = "Figure 4: defect size on the vertebra's HU"
TABLE_2 = "Table 2: defect size between two groups of vertebrae"
LOCATION = "Defect by lumbar region, level and the vertebra's HU"


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
        return _not_asked(name, term, frame, grouping.warning)
    if variable is None or variable.type == "continuous":
        return _asked("table2", TABLE_2, name, (term,), frame)
    if len(variable.levels) != 2:
        reason = f"not modelled: {name} has {len(variable.levels)} categories, not two"
        return _not_asked(name, term, frame, reason)
    if name in frame:
        frame = frame[frame[name].isin(variable.levels)]
    return _asked("table2", TABLE_2, name, (term,), frame, event=variable.levels[1])


def _not_asked(name: str, term: Term, frame: pd.DataFrame, reason: str) -> Question:
    return Question("table2", TABLE_2, name, (term,), frame, reason=reason, site=VERTEBRA)


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
    needed = dict.fromkeys((outcome, *(term.variable for term in terms)))
    absent = [column for column in needed if column not in frame]
    reason = f"left out: the table has no column {', '.join(absent)}" if absent else ""
    if not terms:
        reason = "left out: the study has one level only"
    return Question(name, family, outcome, terms, frame, event, joint, reason, VERTEBRA)
