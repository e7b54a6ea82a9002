"""config.yaml, read and checked: every problem at once, each with what would be right."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bonecohort.study.settings import (
    CATEGORICAL_TESTS,
    CONTINUOUS_TESTS,
    SampleSizeSettings,
    Settings,
    Variable,
    paper_variables,
)
from bonecohort.study.suggestions import did_you_mean

CONFIG_PATH = Path("config/config.yaml")


class _UniqueKeyLoader(yaml.SafeLoader):
    """A YAML loader to which a key given twice is an error, not a silent overwrite.

    ``yes`` and ``no`` are words, as in YAML 1.2: they are categories here, never true and false.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name and form
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag != "tag:yaml.org,2002:bool" or first in "tTfF"
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _mapping_without_duplicates(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in keys:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {key!r} stands twice", key_node.start_mark
            )
        keys.add(key)
    return loader.construct_mapping(node, deep=True)


_UniqueKeyLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_duplicates
)


def read_config(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the content of a config file and the problems met; a missing file is empty."""
    if not path.is_file():
        return {}, []
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), _UniqueKeyLoader)  # noqa: S506
    except UnicodeDecodeError as error:
        return {}, [f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8."]
    except yaml.YAMLError as error:
        return {}, [f"{path}: not readable YAML: {' '.join(str(error).split())}."]
    if content is None:
        return {}, []
    if not isinstance(content, dict):
        return {}, [f"{path}: 'key: value' lines are expected, not {type(content).__name__}."]
    return content, []


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` laid on top, mappings merged key by key."""
    merged = dict(base)
    for key, value in over.items():
        both_mappings = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if both_mappings else value
    return merged


def check_settings(content: Mapping[str, Any], path: Path) -> tuple[Settings, list[str]]:
    """Return the settings a config gives and every problem in it.

    What is wrong is left out of the settings returned, so that the rest and the tables can
    still be checked and all problems be told at once.
    """
    from pydantic import TypeAdapter, ValidationError  # slow to import; checked once a run

    content = _without_empty_sections(content)
    if isinstance(content.get("variables"), Mapping):
        defaults = {name: _plain(value) for name, value in paper_variables().items()}
        content["variables"] = merge(defaults, content["variables"])
    adapter = TypeAdapter(Settings)
    try:
        settings = adapter.validate_python(content)
    except ValidationError as error:
        problems = list(_explain(error.errors()))
        told = [".".join(str(part) for part in found["loc"][:2]) for found in error.errors()]
        try:
            settings = adapter.validate_python(_pruned(content, error.errors()))
        except ValidationError:
            return Settings(), [f"{path}: {text}" for text in problems]
        problems += [text for text in _contradictions(settings) if not text.startswith(tuple(told))]
        return settings, [f"{path}: {text}" for text in problems]
    return settings, [f"{path}: {text}" for text in _contradictions(settings)]


def _without_empty_sections(content: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out sections whose every line is a comment: they say nothing."""
    defaults = Settings()
    filled = {
        key: value
        for key, value in content.items()
        if value is not None
        or not isinstance(key, str)
        or not (key == "variables" or dataclasses.is_dataclass(getattr(defaults, key, None)))
    }
    variables = filled.get("variables")
    if isinstance(variables, Mapping):
        filled["variables"] = {
            name: {} if value is None else value for name, value in variables.items()
        }
    return filled


def _pruned(content: Mapping[str, Any], errors: list[Any]) -> dict[str, Any]:
    """Leave out every faulty value; a faulty variable stays as one whose values are not checked."""
    pruned: dict[str, Any] = copy.deepcopy(dict(content))
    for error in errors:
        node, inner, key = pruned, pruned, None
        for part in error["loc"]:
            if not isinstance(inner, dict) or part not in inner:
                break
            node, inner, key = inner, inner[part], part
        if error["loc"][0] == "variables" and len(error["loc"]) > 1:
            pruned["variables"][error["loc"][1]] = {"type": "categorical"}
        elif key is not None:
            del node[key]
    return pruned


def _plain(value: Variable) -> dict[str, Any]:
    return dataclasses.asdict(value)


def _explain(errors: list[Any]) -> Iterator[str]:
    told: set[str] = set()
    for error in errors:
        location = [part for part in error["loc"] if isinstance(part, int) or "[" not in str(part)]
        keys = [str(part) for part in location if part not in ("dict", "none")]
        name = ".".join(keys)
        if error["type"] == "unexpected_keyword_argument":
            text = f"unknown key '{name}'; {did_you_mean(keys[-1], _known_keys(keys[:-1]))}"
        else:
            text = f"{name}: found {error['input']!r}; {_expectation(error)}"
        if name not in told:
            told.add(name)
            yield text


def _expectation(error: Mapping[str, Any]) -> str:
    message = str(error["msg"])
    return message[0].lower() + message[1:] + "."


def _known_keys(parents: list[str]) -> list[str]:
    """Return the keys allowed below a dotted path of config.yaml."""
    node: Any = Settings()
    for parent in parents:
        if parent == "variables":
            return [field.name for field in dataclasses.fields(Variable)]
        node = getattr(node, parent, None)
    if not dataclasses.is_dataclass(node):
        return []
    return [field.name for field in dataclasses.fields(node)]


DERIVED_VARIABLES = (
    "total_spine_hu", "hu_L1", "hu_L2", "hu_L3", "hu_L4", "hu_L5", "osteoporosis",
    "endplate_defect", "n_defect_vertebrae",
)  # fmt: skip
TABLE2_GROUPINGS = ("low_hu", "lumbar_region", "endplate")
TABLE2_ROWS = (
    "hu", "width_mm", "depth_mm", "body_width_mm", "body_height_mm",
    "standardized_width", "standardized_depth", "cumulative_score",
)  # fmt: skip
RESERVED_NAMES = {
    "participant_id", "include", "exclusion_reason", "level", "low_hu", "defect_type",
    *DERIVED_VARIABLES, *TABLE2_GROUPINGS, *TABLE2_ROWS,
}  # fmt: skip


def _contradictions(settings: Settings) -> Iterator[str]:
    """Yield what is allowed key by key and wrong taken together."""
    yield from _impossible_numbers(settings)
    for name, variable in settings.variables.items():
        yield from _impossible_variable(name, variable)
    yield from _impossible_scheme(settings)
    yield from _impossible_tests(settings)
    yield from _impossible_statistics(settings)
    variables = {*settings.variables, *DERIVED_VARIABLES}
    groupings = {*settings.variables, *TABLE2_GROUPINGS}
    for key, known in {
        "table1_rows": variables,
        "univariate_terms": variables,
        "multivariable_terms": variables,
        "spline_terms": variables,
        "roc_predictors": variables,
        "table2_rows": TABLE2_ROWS,
        "correlation_outcomes": TABLE2_ROWS,
        "table2_groupings": groupings,
    }.items():
        for name in getattr(settings.analysis, key):
            if name not in known:
                yield f"analysis.{key}: unknown '{name}'; {did_you_mean(name, known)}"
        yield from _repeated(f"analysis.{key}", getattr(settings.analysis, key))


def _impossible_tests(settings: Settings) -> Iterator[str]:
    derived = dict.fromkeys((*DERIVED_VARIABLES, *TABLE2_ROWS), "continuous")
    derived |= dict.fromkeys(("osteoporosis", "endplate_defect"), "categorical")
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


def _impossible_variable(name: str, variable: Variable) -> Iterator[str]:
    if name in RESERVED_NAMES:
        yield f"variables.{name}: the results have a column of that name; choose another."
    if variable.type == "categorical" and len(variable.levels) < 2:
        yield (
            f"variables.{name}.levels: found {list(variable.levels)}; a categorical variable "
            "needs at least two levels, the reference first."
        )
    yield from _repeated(f"variables.{name}.levels", [level.lower() for level in variable.levels])
    if variable.range and variable.range[0] > variable.range[1]:
        yield (
            f"variables.{name}.range: found {list(variable.range)}; the smallest value, then the "
            "largest is expected."
        )
    if variable.decimals < 0:
        yield f"variables.{name}.decimals: found {variable.decimals}; 0 or more is expected."


def _impossible_scheme(settings: Settings) -> Iterator[str]:
    scheme = settings.vertebrae.label_scheme
    if isinstance(scheme, dict):
        yield from _repeated("vertebrae.label_scheme", list(scheme.values()))


def _repeated(where: str, values: Sequence[object]) -> Iterator[str]:
    twice = list(dict.fromkeys(value for value in values if values.count(value) > 1))
    if twice:
        yield f"{where}: {', '.join(map(str, twice))} stands more than once; once is expected."


def _impossible_numbers(settings: Settings) -> Iterator[str]:
    hounsfield = settings.hounsfield
    lower, middle, upper = hounsfield.planes
    if not 0 < lower < middle < upper < 1:
        yield (
            f"hounsfield.planes: found {[lower, middle, upper]}; three rising fractions between "
            "0 and 1 are expected (lower, middle, upper)."
        )
    for key in ("margin_mm", "min_voxels", "max_excluded_fraction", "min_levels"):
        if getattr(hounsfield, key) < 0:
            yield f"hounsfield.{key}: found {getattr(hounsfield, key)}; 0 or more is expected."
    yield from _repeated("levels", settings.levels)
    if not settings.levels:
        yield "levels: found none; at least one of L1, L2, L3, L4, L5 is expected."
