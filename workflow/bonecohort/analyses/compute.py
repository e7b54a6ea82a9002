"""What each listed analysis computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.analyses.agreement import compute as agreement
from bonecohort.analyses.correlation import compute as correlation
from bonecohort.analyses.prevalence import compute as prevalence
from bonecohort.analyses.regression import compute as regression
from bonecohort.analyses.roc import compute as roc
from bonecohort.analyses.sites import compute as sites
from bonecohort.analyses.table1 import compute as table1
from bonecohort.analyses.thresholds import compute as thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from bonecohort.analyses.cohort import Cohort
    from bonecohort.study.analyses import Listed

COMPUTE: dict[str, Callable[[Any, Cohort], dict[str, pd.DataFrame]]] = {
    "table1": table1.compute,
    "correlation": correlation.compute,
    "regression": regression.compute,
    "sites": sites.compute,
    "roc": roc.compute,
    "thresholds": thresholds.compute,
    "prevalence": prevalence.compute,
    "agreement": agreement.compute,
}
"""By the analysis's name; its settings are of the class that :data:`ANALYSES` has for it."""


def compute(analyses: Sequence[Listed], cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Return the results of the analyses, unrounded, by the stems of their files."""
    result: dict[str, pd.DataFrame] = {}
    for analysis in analyses:
        results = COMPUTE[analysis.name](analysis.settings, cohort)
        result |= {stem: results[name] for name, stem in analysis.frames.items()}
    return result
