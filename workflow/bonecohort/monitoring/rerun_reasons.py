"""What changed between two texts of the same job, in plain words.

Paths of series.tsv are not repeated: a folder of an export may be named after a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.monitoring.stages import stage_words
from bonecohort.study.echo_rows import COLUMN
from bonecohort.study.job_table import CONVERT
from bonecohort.techniques.registry import kinds, stages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INPUTS = "it is made of other results than before"
PLAIN = {
    "records": INPUTS,
    "among": "other listed files lie among the marks now (series.tsv)",
    "readings": "the tables of readings changed",
    "truth": "the known truth (setting truth) changed",
    "overrides": "the settings given by --config changed",
    "columns": "a cell of the participants table changed",
    "settings": "a setting changed",
    "names": "other names of marks are known now",
    "image": "the workflow converts such images otherwise",
    "techniques": "bonecohort's own code changed",
    "code": "bonecohort's own code changed",
}
MISSING = "missing"


def task_changes(rule: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, None]:
    """Return, as an ordered set, what differs between a job's text at its last run and now."""
    result: dict[str, None] = {}
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            for words in _key_changes(rule, key, old.get(key), new.get(key)):
                result[words] = None
    return result


def setting_changes(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield each setting that differs, with its value before and now."""
    for key in sorted({*old, *new}):
        before, now = old.get(key), new.get(key)
        where = f"{path}.{key}" if path else key
        if before == now:
            continue
        if isinstance(before, dict) and isinstance(now, dict):
            yield from setting_changes(before, now, where)
        else:
            yield f"setting {where}: {_value(before)} → {_value(now)}"


def _key_changes(rule: str, key: str, old: Any, new: Any) -> Iterator[str]:
    if key == "after":
        yield from _stage_changes(old or {}, new or {})
    elif key == "files":
        for kind in sorted({*(old or {}), *(new or {})}):
            yield from _file_changes(kind, (old or {}).get(kind, []), (new or {}).get(kind, []))
    elif key == "names" and None in (old, new):
        return  # named as the files that they are of
    elif key == "settings" and (section := _section(rule)):
        yield from setting_changes(old or {}, new or {}, section)
    elif key == "sites":
        yield f"setting levels: {_value(old)} → {_value(new)}"
    elif key == "inputs":
        names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
        yield from (f"{name} {_table_change(old.get(name), new.get(name))}" for name in names)
    else:
        yield PLAIN.get(key, f"{key} changed")  # a key of another version


def _table_change(old: str | None, new: str | None) -> str:
    """Return what became of one of the study's own tables, by its digests."""
    if old is None:
        return "is new"
    return "is not there any more" if new is None else "changed"


def _section(rule: str) -> str:
    """Return which section's settings a rule's jobs use."""
    if rule == CONVERT:
        return "images"
    return stages()[rule].technique.section if rule in stages() else ""


def _stage_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what changed of the jobs whose results are used up."""
    for rule in sorted({*old, *new}):
        if rule in old and rule in new:
            yield from task_changes(rule, old[rule], new[rule])
        else:
            yield f"{stage_words(rule)}: {'asked for now' if rule in new else 'not needed now'}"


def _file_changes(kind: str, old: list[dict[str, str]], new: list[dict[str, str]]) -> Iterator[str]:
    what = kinds()[kind].label if kind in kinds() else kind
    if len(old) != len(new):
        yield f"{what}: {_rows(len(old))} in series.tsv before, {_rows(len(new))} now"
        return
    for before, now in zip(old, new, strict=True):
        if before["content"] != now["content"]:
            yield _content_change(what, before["content"], now["content"])
        if before.get("beside") != now.get("beside"):
            yield f"{what}: the files beside it changed"
        if before["path"] != now["path"]:
            yield f"{what}: series.tsv names another path"
        if before["reader"] != now["reader"]:
            yield f"{what}: another reader in series.tsv"
        if before.get("label_scheme") != now.get("label_scheme"):
            yield f"the label scheme of the {what} changed"
        for column in ("series_uid", COLUMN):
            if (before.get(column) or "") != (now.get(column) or ""):
                yield f"{what}: {column} changed in series.tsv"


def _content_change(what: str, before: str, now: str) -> str:
    if now == MISSING:
        return f"{what}: the files are missing now"
    if before == MISSING:
        return f"{what}: the files were missing and are there now"
    return f"{what}: the files changed"


def _rows(number: int) -> str:
    return {0: "no row", 1: "one row"}.get(number, f"{number} rows")


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
