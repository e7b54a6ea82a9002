"""The guide to config.yaml, written from the settings themselves."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bonecohort.study.analyses import ANALYSES, Analysis
from bonecohort.study.settings import Settings, Variable, default_sections

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_PLAIN = ("variables", "sections", "analyses")
HEADER = """\
# config.yaml

Every key is optional; without it the default below holds, and the defaults are the analysis of
Hao et al. 2025. An unknown key is an error that names the nearest known one.
"""


def settings_guide() -> str:
    """Return the guide as Markdown."""
    sections = [HEADER, _table("Top level", "", _plain_fields(Settings()))]
    for name, parts in _sections().items():
        rows = (row for part in parts for row in _all_fields(part))
        sections.append(_table(f"`{name}`", name, rows))
    sections += [_analyses(), _variables()]
    return "\n".join(sections)


def _sections() -> dict[str, tuple[Any, ...]]:
    """Return the parts of every section of config.yaml with their defaults.

    One that several techniques share has a part of each.
    """
    result: dict[str, tuple[Any, ...]] = {}
    for field in dataclasses.fields(Settings):
        value = getattr(Settings(), field.name)
        if field.name == "sections":
            result |= default_sections()
        elif dataclasses.is_dataclass(value):
            result[field.name] = (value,)
    return result


def _plain_fields(settings: Any) -> Iterator[tuple[str, Any, str]]:
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if not dataclasses.is_dataclass(value) and field.name not in NOT_PLAIN:
            yield field.name, value, field.metadata["doc"]


def _all_fields(settings: Any, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    """Yield the fields of a section, and those of the sections within it."""
    for name, value, doc in _plain_fields(settings):
        yield f"{prefix}{name}", value, doc
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            yield from _all_fields(value, f"{prefix}{field.name}.")


def _table(title: str, prefix: str, rows: Iterator[tuple[str, Any, str]]) -> str:
    lines = [f"## {title}", "", "| key | default | meaning |", "|---|---|---|"]
    for name, default, doc in rows:
        key = f"{prefix}.{name}" if prefix else name
        lines.append(f"| `{key}` | {_shown(default)} | {doc} |")
    return "\n".join([*lines, ""])


def _analyses() -> str:
    lines = [
        "## `analyses`", "",
        (
            "A list of what the report holds, in order; an entry has one of these keys. Without "
            "the list, or with it as `[{preset: hao2025}]`, the report is the paper's."
        ), "",
        "| key | default | meaning |", "|---|---|---|",
    ]  # fmt: skip
    for field in dataclasses.fields(Analysis):
        lines.append(f"| `{field.name}` | | {field.metadata['doc']} |")
        settings = ANALYSES.get(field.name)
        for name, default, doc in _plain_fields(settings()) if settings else ():
            lines.append(f"| `{field.name}.{name}` | {_shown(default)} | {doc} |")
    return "\n".join([*lines, ""])


def _variables() -> str:
    lines = [
        "## `variables`", "",
        "A map from column of participants.tsv to its declaration, added to the paper's own:", "",
        "| key | default | meaning |", "|---|---|---|",
    ]  # fmt: skip
    for name, default, doc in _plain_fields(Variable()):
        lines.append(f"| `variables.NAME.{name}` | {_shown(default)} | {doc} |")
    lines += ["", "Declared from the start:", "", "| column | label | type | allowed |",
              "|---|---|---|---|"]  # fmt: skip
    for name, variable in Settings().variables.items():
        allowed = " / ".join(variable.levels)
        if variable.range:
            allowed = f"{variable.range[0]:g} to {variable.range[1]:g} {variable.unit}".strip()
        lines.append(f"| `{name}` | {variable.label} | {variable.type} | {allowed} |")
    return "\n".join([*lines, ""])


def _shown(value: Any) -> str:
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{entry}`" for entry in value)
    return f"`{value}`"
