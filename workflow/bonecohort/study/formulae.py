"""The models as formulae of the participants table: what can be known wrong before measuring.

Only the lists a study gives itself are held to this. The paper's own, which hold where the config
is silent, are taken as far as the study's data go, and the results say what was left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bonecohort.papers.hao2025.settings import AnalysisSettings
from bonecohort.study.catalogue import computed_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from bonecohort.study.participants import Participant, Value
    from bonecohort.study.settings import Settings

TERM_LISTS = ("univariate_terms", "multivariable_terms")
FEWEST_EVENTS_PER_TERM = 10


@dataclass(frozen=True)
class _Column:
    """One column of a design: a continuous variable, or a category against the others."""

    name: str
    category: str = ""

    def value(self, row: Mapping[str, Value]) -> float:
        """Return a row's number; a category is 1, any other 0."""
        result = row[self.name]
        if self.category:
            return float(result == self.category)
        return float(result or 0)  # complete rows: never missing


def not_terms(outcome: str) -> tuple[str, ...]:
    """Return what cannot be a term of an outcome: itself, and what it is computed from.

    As its term, that would part the outcome wholly.
    """
    return (outcome, *computed_from().get(outcome, ()))


def with_fitting_defaults(analysis: AnalysisSettings) -> AnalysisSettings:
    """Return the analysis with outcome and grouping left out of the lists that are the paper's."""
    paper = AnalysisSettings()
    left_out = dict.fromkeys(TERM_LISTS, not_terms(analysis.outcome))
    left_out["table1_rows"] = (analysis.table1_grouping,)
    changed: dict[str, Any] = {
        key: tuple(name for name in getattr(paper, key) if name not in names)
        for key, names in left_out.items()
        if getattr(analysis, key) == getattr(paper, key)
    }
    return replace(analysis, **changed)


def formula_faults(
    settings: Settings, participants: Mapping[str, Participant], missing: Sequence[str]
) -> Iterator[str]:
    """Yield why the outcome, the grouping or a term cannot be analysed in these participants.

    Parameters
    ----------
    settings
        The study's settings.
    participants
        All of them; those included are looked at.
    missing
        Declared variables the participants table has no column for.
    """
    rows = included_values(participants)
    analysis = settings.analysis
    asked = [("outcome", analysis.outcome), ("table1_grouping", analysis.table1_grouping)]
    asked += [(key, name) for key in _own_lists(analysis) for name in getattr(analysis, key)]
    for key, name in asked:
        if name not in settings.variables or not rows:
            continue
        values = {row[name] for row in rows if row.get(name) is not None}
        where = f"analysis.{key}: {name}"
        if fault := absent(name, settings, rows, missing):
            yield f"{where}: {fault}"
        elif len(values) == 1:
            (only,) = values
            shown = only if isinstance(only, str) else f"{only:g}"
            yield f"{where}: all included participants have {shown}; two values are needed."
    if "multivariable_terms" in _own_lists(analysis):
        yield from _collinear(settings, rows)


def included_values(participants: Mapping[str, Participant]) -> list[Mapping[str, Value]]:
    """Return the variables of the participants who are included."""
    return [who.values for who in participants.values() if who.include]


def absent(
    name: str, settings: Settings, rows: Sequence[Mapping[str, Value]], missing: Sequence[str]
) -> str:
    """Return why nobody has a value of a declared variable; '' where somebody has."""
    if name in missing:
        return f"{settings.participants} has no column of that name."
    if all(row.get(name) is None for row in rows):
        return "no included participant has a value; leave it out."
    return ""


def formula_warnings(settings: Settings, participants: Mapping[str, Participant]) -> Iterator[str]:
    """Yield what makes the models weak though not impossible: few events, unused references."""
    rows = included_values(participants)
    analysis = settings.analysis
    names = dict.fromkeys((*analysis.univariate_terms, *analysis.multivariable_terms))
    for name in names:
        levels = _levels(name, settings)
        present = _present(name, levels, rows)
        if len(present) > 1 and present[0] != levels[0]:
            yield (
                f"{name}: no included participant has {levels[0]}, the first level declared; "
                f"{present[0]} is the reference of the models."
            )
    if analysis.outcome in settings.variables:
        models: dict[str, tuple[str, ...]] = {
            f"the univariate model of {name}": (name,) for name in analysis.univariate_terms
        }
        models["the multivariable model"] = analysis.multivariable_terms
        for model, terms in models.items():
            yield from _few_events(terms, model, settings, rows)


def _few_events(
    terms: Sequence[str], model: str, settings: Settings, rows: Sequence[Mapping[str, Value]]
) -> Iterator[str]:
    outcome = settings.analysis.outcome
    complete = _complete(_in_table([outcome, *terms], settings, rows), rows)
    n_events = sum(row[outcome] == _levels(outcome, settings)[-1] for row in complete)
    n_terms = sum(max(len(_present(name, _levels(name, settings), complete)) - 1, 1)
                  for name in terms)  # fmt: skip
    rarer = min(n_events, len(complete) - n_events)
    if n_terms and complete and rarer < FEWEST_EVENTS_PER_TERM * n_terms:
        yield (
            f"{outcome}: {rarer} cases of the rarer outcome among {len(complete)} complete "
            f"participants for {n_terms} {'term' if n_terms == 1 else 'terms'} of {model}; "
            f"{FEWEST_EVENTS_PER_TERM} a term are advised."
        )


def _collinear(settings: Settings, rows: Sequence[Mapping[str, Value]]) -> Iterator[str]:
    """Yield the terms of the table that repeat each other, whatever is measured beside them."""
    import numpy as np  # slow to import: only where there is a formula to check

    from bonecohort.study.collinearity import collinear_terms

    analysis = settings.analysis
    names = _in_table(analysis.multivariable_terms, settings, rows)
    complete = _complete(_in_table([analysis.outcome, *names], settings, rows), rows)
    columns = [column for name in names for column in _columns(name, settings, complete)]
    result = {column: _standardized(column, complete) for column in columns}
    varying = {column: values for column, values in result.items() if values is not None}
    if len(complete) <= len(varying) + 1:  # too few rows for any model: its result says so
        return
    design = np.column_stack([np.ones(len(complete)), *varying.values()])
    repeated = collinear_terms(design, [column.name for column in varying])
    if repeated:
        yield (
            f"analysis.multivariable_terms: {', '.join(dict.fromkeys(repeated))} repeat each other "
            f"exactly in the {len(complete)} complete participants; leave one out."
        )


def _standardized(
    column: _Column, rows: Sequence[Mapping[str, Value]]
) -> NDArray[np.float64] | None:
    """Return a column with mean 0 and SD 1, shape (rows,); None where it is constant."""
    import numpy as np

    values = np.array([column.value(row) for row in rows], dtype=np.float64)
    if values.size == 0 or np.ptp(values) == 0:
        return None
    standardized: NDArray[np.float64] = (values - values.mean()) / values.std()
    return standardized


def _own_lists(analysis: AnalysisSettings) -> list[str]:
    """Return the lists of terms that are not the paper's."""
    paper = with_fitting_defaults(
        AnalysisSettings(outcome=analysis.outcome, table1_grouping=analysis.table1_grouping)
    )
    return [key for key in TERM_LISTS if getattr(analysis, key) != getattr(paper, key)]


def _in_table(
    names: Sequence[str], settings: Settings, rows: Sequence[Mapping[str, Value]]
) -> list[str]:
    """Return the soundly declared variables that somebody has a value of in the table."""
    return [
        name
        for name in names
        if (variable := settings.variables.get(name))
        and (variable.levels or variable.type == "continuous")
        and any(row.get(name) is not None for row in rows)
    ]


def _complete(
    names: Sequence[str], rows: Sequence[Mapping[str, Value]]
) -> list[Mapping[str, Value]]:
    return [row for row in rows if all(row.get(name) is not None for name in names)]


def _levels(name: str, settings: Settings) -> tuple[str, ...]:
    """Return a categorical variable's levels; none for any other."""
    variable = settings.variables.get(name)
    return variable.levels if variable and variable.type == "categorical" else ()


def _present(name: str, levels: Sequence[str], rows: Sequence[Mapping[str, Value]]) -> list[str]:
    held = {row.get(name) for row in rows}
    return [level for level in levels if level in held]


def _columns(name: str, settings: Settings, rows: Sequence[Mapping[str, Value]]) -> list[_Column]:
    levels = _levels(name, settings)
    if not levels:
        return [_Column(name)]
    return [_Column(name, level) for level in _present(name, levels, rows)[1:]]
