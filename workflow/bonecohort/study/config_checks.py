"""What a config allows key by key and is wrong taken together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.settings import GROUPINGS, VERTEBRA_MEASURES
from bonecohort.study.analyses_checks import analyses_faults
from bonecohort.study.analysis_settings import CATEGORICAL_TESTS, CONTINUOUS_TESTS, MOST_GROUPS
from bonecohort.study.catalogue import (
    NO_YES,
    derived_variables,
    measured_of_participants,
)
from bonecohort.study.cell_values import folded
from bonecohort.study.declared import repeated
from bonecohort.study.formulae import TERM_LISTS, not_terms
from bonecohort.study.suggestions import did_you_mean
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bonecohort.papers.hao2025.settings import AnalysisSettings
    from bonecohort.study.analysis_settings import SampleSizeSettings
    from bonecohort.study.settings import Settings, Variable

OWN_COLUMNS = ("participant_id", "include", "exclusion_reason", "level")
"""Columns of the tables that no variable may be called."""


def reserved_names() -> set[str]:
    """Return the names of columns that the results have."""
    derived = {*derived_variables("participant"), *derived_variables("site")}
    others = (name for technique in techniques() for name in technique.other_columns)
    return {*OWN_COLUMNS, *others, *derived, *GROUPINGS, *VERTEBRA_MEASURES}


def _two_level_derived() -> list[str]:
    derived = derived_variables("participant").items()
    return [name for name, variable in derived if variable.levels == NO_YES]


def config_problems(settings: Settings) -> Iterator[str]:
    """Yield what is allowed key by key and wrong taken together."""
    yield from _impossible_numbers(settings)
    measured = measured_of_participants(settings)
    for name, variable in settings.variables.items():
        yield from _impossible_variable(name, variable, measured)
    for technique in techniques():
        for text in settings.of(technique.settings).problems():
            yield f"{technique.section}.{text}"
    yield from _impossible_tests(settings)
    yield from _impossible_statistics(settings)
    variables = {*settings.variables, *derived_variables("participant")}
    groupings = {*settings.variables, *GROUPINGS}
    for key, known in {
        "table1_rows": variables,
        "univariate_terms": variables,
        "multivariable_terms": variables,
        "spline_terms": variables,
        "roc_predictors": variables,
        "table2_rows": VERTEBRA_MEASURES,
        "correlation_outcomes": VERTEBRA_MEASURES,
        "table2_groupings": groupings,
    }.items():
        for name in getattr(settings.analysis, key):
            if name not in known:
                yield f"analysis.{key}: unknown '{name}'; {did_you_mean(name, known)}"
        yield from repeated(f"analysis.{key}", getattr(settings.analysis, key))
    main, terms = settings.analysis.main_term, settings.analysis.multivariable_terms
    if main is not None and main not in terms:
        yield (
            f"analysis.main_term: '{main}' is no term of the multivariable model; "
            f"{did_you_mean(main, terms)}"
        )
    yield from _impossible_splits(settings)
    yield from analyses_faults(settings)


def _impossible_splits(settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the outcome of the models and with the grouping of Table 1."""
    analysis = settings.analysis
    variables = settings.variables
    known = [*_two_level_derived(), *(n for n, v in variables.items() if v.type == "categorical")]
    for key, most, needed in (
        ("outcome", 2, "two are needed"),
        ("table1_grouping", MOST_GROUPS, f"two to {MOST_GROUPS} are needed"),
    ):
        name = getattr(analysis, key)
        if name in _two_level_derived():
            continue
        if name not in {*variables, *derived_variables("participant")}:
            yield f"analysis.{key}: unknown '{name}'; {did_you_mean(name, known)}"
        elif name not in variables or variables[name].type != "categorical":
            yield (
                f"analysis.{key}: found {name}, which is continuous; a categorical variable with "
                f"{'two' if most == 2 else f'two to {most}'} levels is expected."
            )
        elif not 2 <= len(variables[name].levels) <= most:
            yield (
                f"analysis.{key}: {name} has {len(variables[name].levels)} levels "
                f"({', '.join(variables[name].levels)}); {needed}."
            )
    yield from _terms_of_the_outcome(analysis)
    if analysis.table1_grouping in analysis.table1_rows:
        yield (
            f"analysis.table1_rows: {analysis.table1_grouping} is the grouping of Table 1; leave "
            "it out of its rows."
        )


def _terms_of_the_outcome(analysis: AnalysisSettings) -> Iterator[str]:
    for key in TERM_LISTS:
        for name in getattr(analysis, key):
            if name == analysis.outcome:
                yield f"analysis.{key}: {name} is the outcome; leave it out of its own terms."
            elif name in not_terms(analysis.outcome):
                yield (
                    f"analysis.{key}: the outcome {analysis.outcome} is computed from {name}; "
                    "leave it "
                    "out of the terms."
                )


def _impossible_tests(settings: Settings) -> Iterator[str]:
    derived = dict.fromkeys((*derived_variables("participant"), *VERTEBRA_MEASURES), "continuous")
    derived |= dict.fromkeys(_two_level_derived(), "categorical")
    derived |= {name: one.type for name, one in measured_of_participants(settings).items()}
    kinds = derived | {name: variable.type for name, variable in settings.variables.items()}
    allowed = {"continuous": CONTINUOUS_TESTS, "categorical": CATEGORICAL_TESTS}
    for name, test in settings.statistics.tests.items():
        if name not in kinds:
            yield f"statistics.tests: unknown '{name}'; {did_you_mean(name, kinds)}"
        elif test not in allowed[kinds[name]]:
            yield (
                f"statistics.tests.{name}: found {test}; {name} is {kinds[name]}: "
                f"{', '.join(allowed[kinds[name]])} are expected."
            )


def _impossible_statistics(settings: Settings) -> Iterator[str]:
    statistics = settings.statistics
    standard, known = settings.analysis.reference_standard, {*settings.variables}
    if standard not in known:
        yield f"analysis.reference_standard: unknown '{standard}'; {did_you_mean(standard, known)}"
    if statistics.multiple_imputation < 0 or statistics.multiple_imputation == 1:
        yield (
            f"statistics.multiple_imputation: found {statistics.multiple_imputation}; 0 for none, "
            "or 2 or more is expected."
        )
    for key in ("bootstrap_resamples", "optimism_resamples"):
        if getattr(statistics, key) < 1:
            yield f"statistics.{key}: found {getattr(statistics, key)}; 1 or more is expected."
    if statistics.seed < 0:
        yield f"statistics.seed: found {statistics.seed}; 0 or more is expected."
    yield from _impossible_assumptions(settings.sample_size)


def _impossible_assumptions(planned: SampleSizeSettings) -> Iterator[str]:
    for key in ("power", "alpha", "event_share", "half_width"):
        if not 0 < getattr(planned, key) < 1:
            yield f"sample_size.{key}: found {getattr(planned, key)}; between 0 and 1 is expected."
    if planned.power <= planned.alpha:
        yield f"sample_size.power: found {planned.power}; more than alpha is expected."
    if planned.difference_sd <= 0:
        yield f"sample_size.difference_sd: found {planned.difference_sd}; above 0 is expected."
    if planned.odds_ratio <= 0 or planned.odds_ratio == 1:
        yield (
            f"sample_size.odds_ratio: found {planned.odds_ratio}; above 0 and other than 1 is "
            "expected."
        )


def _impossible_variable(name: str, variable: Variable, measured: Collection[str]) -> Iterator[str]:
    if name in reserved_names() or name in measured:
        yield f"variables.{name}: the results have a column of that name; choose another."
    if variable.type == "categorical" and len(variable.levels) < 2:
        yield (
            f"variables.{name}.levels: found {list(variable.levels)}; a categorical variable "
            "needs at least two levels, the reference first."
        )
    yield from repeated(f"variables.{name}.levels", [level.lower() for level in variable.levels])
    yield from _impossible_codes(name, variable)
    if variable.range and variable.range[0] > variable.range[1]:
        yield (
            f"variables.{name}.range: found {list(variable.range)}; the smallest value, then the "
            "largest is expected."
        )
    if variable.decimals < 0:
        yield f"variables.{name}.decimals: found {variable.decimals}; 0 or more is expected."
    if variable.ratio_units < 1:
        yield f"variables.{name}.ratio_units: found {variable.ratio_units}; 1 or more is expected."


def _impossible_codes(name: str, variable: Variable) -> Iterator[str]:
    where = f"variables.{name}.codes"
    if variable.codes and variable.type != "categorical":
        yield f"{where}: {name} is {variable.type}; only a categorical variable has codes."
        return
    yield from repeated(where, [folded(code) for code in variable.codes])
    levels = {folded(level): level for level in variable.levels}
    for code, level in variable.codes.items():
        if level not in variable.levels and variable.levels:
            yield f"{where}.{code}: found {level!r}; {did_you_mean(level, variable.levels)}"
        elif levels.get(folded(code), level) != level:
            yield f"{where}.{code}: {code} is a level itself, and cannot mean {level}."


def _impossible_numbers(settings: Settings) -> Iterator[str]:
    energies = settings.images.monoenergetic_kev
    if energies and not 0 < energies[0] <= energies[1]:
        yield (
            f"images.monoenergetic_kev: found {list(energies)}; the lowest and the highest energy "
            "in keV are expected, such as [65, 75]."
        )
    yield from repeated("levels", settings.levels)
    if not settings.levels:
        yield "levels: found none; at least one of L1, L2, L3, L4, L5 is expected."
