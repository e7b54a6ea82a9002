"""Agreement of readers who measured the same subjects: ``agreement.csv``."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.agreement.bland_altman import bland_altman
from bonecohort.statistics.agreement.estimate import (
    ONE_READER,
    Estimate,
    not_computed,
)
from bonecohort.statistics.agreement.generalized_icc import GENERALIZED_ICC, with_generalized_limits
from bonecohort.statistics.agreement.icc import (
    ICC_FORMS,
    intraclass_correlations,
    within_subject_spread,
)
from bonecohort.statistics.agreement.kappa import all_readers_kappa, two_reader_kappas
from bonecohort.statistics.agreement.readings import (
    Graded,
    Measured,
    paired_readers,
)
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

AGREEMENT_COLUMNS = (
    "measure", "among", "readers", "statistic", "unit", "n", "n_participants", "n_readers",
    "n_incomplete", "estimate", "ci_low", "ci_high", "warning",
)  # fmt: skip
LEAST_SUBJECTS = 3

Statistics = dict[str, Estimate]


@dataclass(frozen=True)
class Compared:
    """The statistics of some readers, and what they are of."""

    readers: tuple[str, ...]
    n: int
    n_participants: int
    n_incomplete: int
    statistics: Statistics


def agreement_of_readers(measures: Iterable[Measured], gradings: Iterable[Graded]) -> pd.DataFrame:
    """Compare the readers of every measure, one row a statistic.

    For all readers together there are the six forms of ICC, (2,1) with its generalized interval
    too. Within-subject SD, least significant change, and from three readers on Fleiss' kappa
    follow. For every pair of readers, the first minus the second, there are Bland and Altman's
    differences. Percent agreement and Cohen's kappa follow, weighted too where the categories are
    ordered. Only what all the readers compared have read is used; ``n_incomplete`` counts what only
    some of them read.

    Parameters
    ----------
    measures, gradings
        What the readers measured, and what they graded, in the order of the rows.
    """
    rows: list[dict[str, Any]] = []
    for measured in measures:
        rows += _rows(measured, _of_measured(measured))
    for graded in gradings:
        rows += _rows(graded, _of_graded(graded))
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def _rows(what: Measured | Graded, compared: Iterator[Compared]) -> Iterator[dict[str, Any]]:
    for of_readers in compared:
        for name, result in of_readers.statistics.items():
            is_clustered = of_readers.n_participants < of_readers.n and not np.isnan(result.ci_low)
            yield {
                "measure": what.measure,
                "among": what.among,
                "readers": ", ".join(of_readers.readers),
                "statistic": name,
                "unit": _unit_of(name, what),
                "n": of_readers.n,
                "n_participants": of_readers.n_participants,
                "n_readers": len(of_readers.readers),
                "n_incomplete": of_readers.n_incomplete,
                "estimate": result.value,
                "ci_low": result.ci_low,
                "ci_high": result.ci_high,
                "warning": joined(result.warning, what.site.alike if is_clustered else ""),
            }


def _unit_of(statistic: str, what: Measured | Graded) -> str:
    if isinstance(what, Graded):
        return "%" if statistic == "percent_agreement" else ""
    return "" if statistic in (*ICC_FORMS, GENERALIZED_ICC) else what.unit


def _of_measured(measured: Measured) -> Iterator[Compared]:
    readers = paired_readers(measured.values)
    if not readers:
        yield _nobody(measured)
        return
    yield _compared(measured, readers, _together)
    for pair in combinations(readers, 2):
        yield _compared(measured, pair, lambda values: bland_altman(values[:, 0], values[:, 1]))


def _together(values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Statistics:
    icc = intraclass_correlations(values)
    generalized = {GENERALIZED_ICC: with_generalized_limits(values, icc["icc_2_1"])}
    return {**icc, **generalized, **within_subject_spread(values)}


def _of_graded(graded: Graded) -> Iterator[Compared]:
    def kappas(values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Statistics:
        first, second = values.astype(np.intp).T
        return two_reader_kappas(first, second, graded.n_categories, ordered=graded.ordered)

    def fleiss(values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Statistics:
        return {"fleiss_kappa": all_readers_kappa(values.astype(np.intp), graded.n_categories)}

    readers = paired_readers(graded.values)
    if not readers:
        yield _nobody(graded)
        return
    if len(readers) > 2:
        yield _compared(graded, readers, fleiss)
    for pair in combinations(readers, 2):
        yield _compared(graded, pair, kappas)


def _compared(
    what: Measured | Graded,
    readers: tuple[str, ...],
    compare: Callable[[np.ndarray[tuple[int, int], np.dtype[np.float64]]], Statistics],
) -> Compared:
    common = what.read_by(readers)
    n = len(common)
    statistics = (
        compare(common.to_numpy(dtype=np.float64))
        if n >= LEAST_SUBJECTS
        else {"": not_computed(f"{n} read by all of the readers, fewer than {LEAST_SUBJECTS}")}
    )
    people = common.index.get_level_values("participant_id").nunique()
    return Compared(readers, n, int(people), what.n_incomplete(readers), statistics)


def _nobody(what: Measured | Graded) -> Compared:
    """Return the reason why nothing of a measure can be compared."""
    readers = tuple(what.values.columns)
    reason = ONE_READER if len(readers) < 2 else what.site.nothing_in_common
    return Compared(readers, 0, 0, 0, {"": not_computed(reason)})
