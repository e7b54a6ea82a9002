"""Questions about nested sites: outcome, terms and rows of a site-level regression."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bonecohort.statistics.regression.clustered_data import ClusteredData
from bonecohort.statistics.site_name import SITE, SiteName

if TYPE_CHECKING:
    from bonecohort.statistics.regression.design import Term


@dataclass(frozen=True)
class Question:
    """One regression of sites.

    ``frame`` holds the sites with their ``participant_id``, the outcome and every term's variable;
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
    site: SiteName = SITE

    @property
    def columns(self) -> list[str]:
        """The variables of the terms."""
        return list(dict.fromkeys(term.variable for term in self.terms))


def complete_sites(question: Question) -> pd.DataFrame:
    """Return the sites with outcome and terms known, of categories the terms know."""
    frame = question.frame.dropna(subset=[question.outcome, *question.columns])
    for name in question.columns:
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
        question.site,
    )
