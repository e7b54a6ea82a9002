"""config.yaml, read and checked: every problem at once, each with what would be right."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from bonecohort.faults import DataFault
from bonecohort.study.analyses import every_analysis, has_preset
from bonecohort.study.cells import without_invisible
from bonecohort.study.config_checks import config_problems
from bonecohort.study.formulae import with_fitting_defaults
from bonecohort.study.settings import (
    ReportSettings,
    Settings,
    Variable,
    default_sections,
    paper_variables,
)
from bonecohort.study.suggestions import did_you_mean

CONFIG_PATH = Path("config/config.yaml")
LARGEST_BYTES = 1_000_000
MOST_NODES = 20_000
DEEPEST = 30
LONGEST_QUOTED = 200
PLAIN_TITLE = "Study report"
UNKNOWN = "unexpected_keyword_argument"
"""Pydantic's type of the error of an unknown key."""
ANALYSES = "analyses"
OF_TECHNIQUES = "sections"
"""Field of the settings that is no key of config.yaml."""


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
    try:
        content = _content(path)
    except UnicodeDecodeError as error:
        problem = f"not UTF-8 text (byte {error.start}); save it as UTF-8."
    except yaml.YAMLError as error:
        problem = f"not readable YAML: {' '.join(str(error).split())}."
        if "unknown escape character" in problem:
            problem += " Write \\ between single quotes, as in 'D:\\data'."
    except DataFault as fault:
        problem = fault.reason
    except (TypeError, ValueError) as error:  # of a number, date or key that is none
        problem = f"not readable YAML: {str(error)[:LONGEST_QUOTED]}."
    else:
        if content is None or isinstance(content, dict):
            return content or {}, []
        problem = f"'key: value' lines are expected, not {type(content).__name__}."
    return {}, [f"{path}: {problem}"]


def _content(path: Path) -> Any:
    if not path.is_file():
        if path.exists() or path.is_symlink():
            raise DataFault("this is no file; a config file, or none, is expected.")
        return None
    if path.stat().st_size > LARGEST_BYTES:
        raise DataFault(f"{path.stat().st_size:,} bytes; a config file is much smaller.")
    text = path.read_text(encoding="utf-8-sig")
    _refuse_unfolding(text)
    return _plain_texts(yaml.load(text, _UniqueKeyLoader))  # noqa: S506


def _refuse_unfolding(text: str) -> None:
    """Raise a fault for YAML that nests too deep, or whose aliases unfold to very much."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, total))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = total - before + 1
        elif isinstance(event, yaml.AliasEvent):
            total += sizes.get(str(event.anchor), MOST_NODES)  # unknown while it is within itself
        elif isinstance(event, yaml.ScalarEvent) and event.anchor:
            sizes[event.anchor] = 1
        total += isinstance(event, yaml.NodeEvent)
        if len(open_nodes) > DEEPEST:
            raise DataFault(f"lines nest more than {DEEPEST} deep; settings nest a few.")
        if total > MOST_NODES:
            raise DataFault(f"more than {MOST_NODES:,} values, its aliases (*) filled in.")


def _plain_texts(content: Any) -> Any:
    """Return YAML content with days as text, and a space for what no report can hold.

    That are invisible characters.
    """
    if isinstance(content, dict):
        return {_plain_texts(key): _plain_texts(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_plain_texts(value) for value in content]
    if isinstance(content, date):
        return content.isoformat()
    return without_invisible(content) if isinstance(content, str) else content


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` laid on top, mappings merged key by key."""
    merged = dict(base)
    for key, value in over.items():
        both_mappings = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if both_mappings else value
    return merged


def check_settings(content: Mapping[str, Any], path: Path) -> tuple[Settings, list[str]]:
    """Return the settings a config gives and every problem in it.

    What is wrong is left out of the settings returned. So the rest and the tables can still be
    checked, and one message names all problems.
    """
    content = _without_empty_sections(content)
    if isinstance(content.get("variables"), Mapping):
        defaults = {name: _plain(value) for name, value in paper_variables().items()}
        content["variables"] = merge(defaults, content["variables"])
    settings, errors = _validated(content)
    if settings is not None:
        settings = _with_fitting_defaults(settings)
        return settings, [f"{path}: {text}" for text in config_problems(settings)]
    problems = list(_explain(errors))
    texts = [".".join(str(part) for part in result["loc"][:2]) for result in errors]
    pruned, _ = _validated(_pruned(content, errors))
    if pruned is None:
        return Settings(), [f"{path}: {text}" for text in problems]
    settings = _with_fitting_defaults(pruned)
    problems += [text for text in config_problems(settings) if not text.startswith(tuple(texts))]
    return settings, [f"{path}: {text}" for text in problems]


def _validated(content: Mapping[str, Any]) -> tuple[Settings | None, list[Any]]:
    """Return the settings of a config's content, or every error in it, as pydantic reports them."""
    from pydantic import TypeAdapter, ValidationError  # slow to import; checked once a run

    errors: list[Any] = []

    def check(of: type, given: Any, where: tuple[str, ...]) -> Any:
        try:
            return TypeAdapter(of).validate_python(given)
        except ValidationError as error:
            errors.extend({**one, "loc": (*where, *one["loc"])} for one in error.errors())

    sections = default_sections()
    if OF_TECHNIQUES in content:
        errors.append({"type": UNKNOWN, "loc": (OF_TECHNIQUES,), "input": None, "msg": ""})
    common = {key: value for key, value in content.items() if key not in sections}
    common.pop(OF_TECHNIQUES, None)
    settings = check(Settings, common, ())
    checked = [
        default if given is None else check(type(default), given, (key,))
        for key, parts in sections.items()
        for default, given in _given_to_parts(parts, content.get(key))
    ]
    if errors:
        return None, errors
    return dataclasses.replace(settings, sections=tuple(checked)), []


def _given_to_parts(parts: Sequence[Any], given: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each technique's part of a section, and what a config gives of it; None for nothing.

    What no part knows is given to the first, whose check refuses it.
    """
    first, *others = parts
    for part in others:
        own = {field_.name for field_ in dataclasses.fields(part)}
        if not isinstance(given, Mapping) or own.isdisjoint(given):
            yield part, None
            continue
        yield part, {key: value for key, value in given.items() if key in own}
        given = {key: value for key, value in given.items() if key not in own}
    yield first, given


def _with_fitting_defaults(settings: Settings) -> Settings:
    fitting = with_fitting_defaults(settings.analysis)
    report = settings.report
    if not has_preset(settings.analyses) and report.title == ReportSettings().title:
        report = dataclasses.replace(report, title=PLAIN_TITLE)  # the default names the paper's
    return dataclasses.replace(settings, analysis=fitting, report=report)


def _without_empty_sections(content: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out sections whose every line is a comment: they say nothing."""
    defaults = _settings_tree()
    filled = {
        key: value
        for key, value in content.items()
        if value is not None
        or not (key == "variables" or any(map(_is_section, defaults.get(key, ()))))
    }
    if isinstance(filled.get(ANALYSES), list):
        filled[ANALYSES] = [_filled_entry(entry) for entry in filled[ANALYSES]]
    variables = filled.get("variables")
    if isinstance(variables, Mapping):
        filled["variables"] = {
            name: {} if value is None else _with_words(value) for name, value in variables.items()
        }
    return filled


def _with_words(variable: Any) -> Any:
    """Return a declaration with words for the codes that YAML takes for true or false."""
    match variable:
        case {"codes": Mapping() as codes}:
            words = {
                str(code).lower() if isinstance(code, bool) else code: level
                for code, level in codes.items()
            }
            return {**variable, "codes": words}
    return variable


def _filled_entry(entry: Any) -> Any:
    """Return an entry of the list of analyses; one named without settings has the defaults."""
    if not isinstance(entry, Mapping):
        return entry
    return {name: {} if value is None else value for name, value in entry.items()}


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
    seen: set[str] = set()
    for error in errors:
        location = [part for part in error["loc"] if isinstance(part, int) or "[" not in str(part)]
        keys = [str(part) for part in location if part not in ("dict", "none")]
        if keys[0] == ANALYSES and len(keys) > 1:
            keys[1] = str(int(keys[1]) + 1)  # an entry has the number that people count
        name = ".".join(keys)
        if error["type"] == UNKNOWN:
            text = f"unknown key '{name}'; {did_you_mean(keys[-1], _known_keys(keys[:-1]))}"
        else:
            text = f"{name}: found {error['input']!r}; {_expectation(error)}"
        if name not in seen:
            seen.add(name)
            yield text


def _expectation(error: Mapping[str, Any]) -> str:
    message = str(error["msg"])
    return message[0].lower() + message[1:] + "."


def _known_keys(parents: list[str]) -> list[str]:
    """Return the keys allowed below a dotted path of config.yaml."""
    if not parents:
        return list(_settings_tree())
    if parents[0] == "variables":
        return [field.name for field in dataclasses.fields(Variable)]
    nodes = _settings_tree().get(parents[0], ())
    if parents[0] == ANALYSES:
        nodes, parents = (every_analysis(),), parents[1:]
    for parent in parents[1:]:
        nodes = tuple(_below(node, parent) for node in nodes)
    sections = filter(_is_section, nodes)
    return [field.name for section in sections for field in dataclasses.fields(section)]


def _below(node: Any, key: str) -> Any:
    """Return what a section has at a key; for a map or list of sections, their class."""
    if isinstance(node, type):  # of a map or list: any name or number leads to one of its sections
        return node()
    hint = get_type_hints(type(node)).get(key) if _is_section(node) else None
    kinds = get_args(hint) if get_origin(hint) in (dict, list, tuple) else ()
    sections = (kind for kind in kinds if isinstance(kind, type) and dataclasses.is_dataclass(kind))
    return next(sections, getattr(node, key, None))


def _is_section(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _settings_tree() -> dict[str, tuple[Any, ...]]:
    """Return every key of config.yaml with its default, or its parts where techniques share it."""
    defaults = Settings()
    common = {
        field.name: (getattr(defaults, field.name),) for field in dataclasses.fields(Settings)
    }
    del common[OF_TECHNIQUES]
    return common | default_sections()
