"""What is wrong with the list of analyses: all problems at once, before any job.

The settings alone show which names are unknown or of the wrong type. The participants table shows
which variables nobody has a value of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.analyses import has_preset, listed
from bonecohort.study.analysis_settings import MOST_GROUPS
from bonecohort.study.at_work import is_at_work
from bonecohort.study.catalogue import (
    measured_by,
    measures_by_name,
    participant_variables,
    site_variables,
)
from bonecohort.study.declared import repeated
from bonecohort.study.formulae import absent, included_values
from bonecohort.study.settings import paper_variables
from bonecohort.study.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bonecohort.study.analyses import Listed
    from bonecohort.study.analysis_entries import Asked
    from bonecohort.study.participants import Participant
    from bonecohort.study.settings import Settings, Variable

TESTS_OF_MEANS = ("student_t", "welch_t", "anova", "welch_anova")
MEDIAN_AND_MEANS = (
    "config/config.yaml: statistics.tests.{name}: found {test}, which compares means; variables."
    "{name}.summary describes a median and quartiles. Name mann_whitney_u, or leave the test out."
)


def analyses_faults(settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the list of analyses by the settings alone."""
    if not settings.analyses:
        yield "analyses: found none; one entry at least is expected, such as preset: hao2025."
    for number, entry in enumerate(settings.analyses, start=1):
        given = entry.given()
        if len(given) != 1:
            names = f"{', '.join(given)} in one entry" if given else "an entry without a name"
            yield f"analyses.{number}: found {names}; one analysis an entry is expected."
    presets = [entry.preset for entry in settings.analyses if entry.preset]
    yield from repeated("analyses.preset", presets)
    of_participants, of_sites = participant_variables(settings), site_variables(settings)
    for analysis in listed(settings.analyses):
        yield from (f"{analysis.key}.{text}" for text in analysis.settings.problems())
        yield from _repeated_names(analysis)
        for asked in analysis.settings.asked():
            known = {**of_sites, **of_participants} if asked.of_sites else of_participants
            if asked.needs == "measure":
                known = {name: of_sites[column] for name, column in measures_by_name().items()}
            yield from _fault(analysis, asked, known)


def _repeated_names(analysis: Listed) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for asked in analysis.settings.asked():
        names.setdefault(asked.key, []).append(asked.name)
    for key, result in names.items():
        yield from repeated(f"{analysis.key}.{key}", result)


def _fault(analysis: Listed, asked: Asked, known: Mapping[str, Variable]) -> Iterator[str]:
    where = f"{analysis.key}.{asked.key}"
    if not asked.name:
        yield f"{where}: found none; a variable is expected."
    elif asked.name not in known:
        yield f"{where}: unknown '{asked.name}'; {did_you_mean(asked.name, known)}"
    elif reason := _unfit(asked, known[asked.name]):
        yield f"{where}: {asked.name} {reason}"


def _unfit(asked: Asked, variable: Variable) -> str:
    """Return why a variable is not what the analysis needs; empty where it is."""
    n_levels = len(variable.levels)
    continuous = variable.type == "continuous"
    match asked.needs:
        case "continuous" | "direction" if not continuous:
            return "is categorical; a continuous variable is expected."
        case "direction" if not variable.direction:
            return (
                "may speak for the event when it is high or when it is low. Declare "
                f"variables.{asked.name}.direction, higher is worse or lower is worse."
            )
        case "categorical" | "two categories" | "groups" if continuous:
            return "is continuous; a categorical variable is expected."
        case "two categories" if n_levels != 2:
            return f"has {n_levels} levels ({', '.join(variable.levels)}); two are needed."
        case "groups" if not 2 <= n_levels <= MOST_GROUPS:
            return f"has {n_levels} levels; two to {MOST_GROUPS} are needed."
    return ""


def values_faults(
    settings: Settings, participants: Mapping[str, Participant], missing: Sequence[str]
) -> Iterator[str]:
    """Yield which variables of the participants table an analysis names and nobody has.

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
    for analysis in listed(settings.analyses):
        for asked in analysis.settings.asked():
            if asked.name not in settings.variables or not rows:
                continue
            if fault := absent(asked.name, settings, rows, missing):
                yield f"{analysis.key}.{asked.key}: {asked.name}: {fault}"


def unmeasured_faults(
    settings: Settings, kinds_together: Collection[frozenset[str]]
) -> Iterator[str]:
    """Yield which variables an analysis names that no file of the study gives.

    Parameters
    ----------
    settings
        The study's settings.
    kinds_together
        Kinds of which one included participant has files: a set for each who has others.
    """
    sources = measured_by(settings)
    for analysis in listed(settings.analyses):
        for asked in analysis.settings.asked():
            technique = sources.get(asked.name)
            needed = [kind.name for kind in technique.kinds] if technique else []
            if needed and technique and not is_at_work(settings, kinds_together, technique):
                yield (
                    f"{analysis.key}.{asked.key}: {asked.name} is measured on files of the kinds "
                    f"{', '.join(needed)}; no included participant has one."
                )


def settings_warnings(settings: Settings) -> Iterator[str]:
    """Yield which settings are allowed and do not fit each other."""
    for name, test in settings.statistics.tests.items():
        variable = settings.variables.get(name)
        if variable and variable.summary == "median_quartiles" and test in TESTS_OF_MEANS:
            yield MEDIAN_AND_MEANS.format(name=name, test=test)


def really_missing(settings: Settings, missing: Sequence[str]) -> list[str]:
    """Return which declared variables without a column the study itself meant to have.

    Those of the paper are declared from the start; a study that does not ask for the paper's
    analyses misses none of them.
    """
    paper = paper_variables()
    return [
        name
        for name in missing
        if has_preset(settings.analyses) or settings.variables[name] != paper.get(name)
    ]
