"""A regression of nested sites asked in variables: outcome, terms, reference categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.statistics.regression.design import terms_of
from bonecohort.statistics.regression.questions import Question
from bonecohort.statistics.site_name import SITE, SiteName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from bonecohort.study.settings import Variable


def site_question(
    frame: pd.DataFrame,
    outcome: str,
    names: Sequence[str],
    variables: Mapping[str, Variable],
    *,
    site: SiteName = SITE,
) -> Question:
    """Return the question of an outcome on several terms, for ``clustered_results``.

    A continuous outcome is modelled linearly, a categorical one of two levels by logistic
    regression of the second. Where the terms are those of one variable they are tested together.

    Parameters
    ----------
    frame
        One row a participant and site: ``participant_id``, the outcome and the terms' columns.
        Participants' variables are repeated at each of their sites.
    names
        The variables of the terms; ``site`` may be one, declared as a categorical variable.
    """
    known = [name for name in names if name in variables]
    terms = tuple(term for name in known for term in terms_of(name, variables[name], frame))
    variable = variables.get(outcome)
    two = variable is not None and variable.type == "categorical" and len(variable.levels) == 2
    event = variable.levels[-1] if variable is not None and two else ""
    reason = _why_not(frame, outcome, names, variables)
    rows = frame
    if event and variable is not None and not reason:
        rows = frame[frame[outcome].isin(variable.levels)]
    joint = names[0] if len(names) == 1 and len(terms) > 1 else ""
    family = f"{outcome} of {site.many}"
    return Question(
        f"{outcome} on {' + '.join(names)}",
        family,
        outcome,
        terms,
        rows,
        event,
        joint,
        reason,
        site,
    )


def _why_not(
    frame: pd.DataFrame, outcome: str, names: Sequence[str], variables: Mapping[str, Variable]
) -> str:
    if undeclared := [name for name in (outcome, *names) if name not in variables]:
        return f"left out: {', '.join(undeclared)} is not declared under variables"
    if absent := [name for name in (outcome, *names) if name not in frame]:
        return f"left out: the table has no column {', '.join(absent)}"
    variable = variables[outcome]
    if variable.type == "categorical" and len(variable.levels) != 2:
        return f"not modelled: {outcome} has {len(variable.levels)} categories, not two"
    return "" if names else "left out: no term is asked for"
