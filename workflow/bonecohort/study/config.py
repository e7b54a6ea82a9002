"""config.yaml, read and checked: every problem at once, each with what would be right."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from bonecohort.study.settings import Settings, Variable, paper_variables
from bonecohort.study.suggestions import did_you_mean

CONFIG_PATH = Path("config/config.yaml")


class _UniqueKeyLoader(yaml.SafeLoader):
    """A YAML loader to which a key given twice is an error, not a silent overwrite."""


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

    With problems, the settings returned are the defaults, so that the tables can still be
    checked and all problems be told at once.
    """
    from pydantic import TypeAdapter, ValidationError  # slow to import; checked once a run

    content = dict(content)
    problems: list[str] = []
    if isinstance(content.get("variables"), Mapping):
        defaults = {name: _plain(value) for name, value in paper_variables().items()}
        content["variables"] = merge(defaults, content["variables"])
    adapter = TypeAdapter(Settings)
    try:
        settings = adapter.validate_python(content)
    except ValidationError as error:
        problems = [f"{path}: {text}" for text in _explain(error.errors())]
        return Settings(), problems
    return settings, [f"{path}: {text}" for text in _contradictions(settings)]


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


def _contradictions(settings: Settings) -> Iterator[str]:
    """Yield what is allowed key by key and wrong taken together."""
    yield from _impossible_numbers(settings)
    for name, variable in settings.variables.items():
        if variable.type == "categorical" and len(variable.levels) < 2:
            yield (
                f"variables.{name}.levels: found {list(variable.levels)}; a categorical variable "
                "needs at least two levels, the reference first."
            )
    variables = {*settings.variables, *DERIVED_VARIABLES}
    groupings = {*settings.variables, *TABLE2_GROUPINGS}
    for key, known in {
        "table1_rows": variables,
        "univariate_terms": variables,
        "multivariable_terms": variables,
        "table2_rows": TABLE2_ROWS,
        "correlation_outcomes": TABLE2_ROWS,
        "table2_groupings": groupings,
    }.items():
        for name in getattr(settings.analysis, key):
            if name not in known:
                yield f"analysis.{key}: unknown '{name}'; {did_you_mean(name, known)}"


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
    if not settings.levels:
        yield "levels: found none; at least one of L1, L2, L3, L4, L5 is expected."
