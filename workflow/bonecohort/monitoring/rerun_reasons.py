"""What changed between two texts of the same job (:mod:`bonecohort.study.tasks`), in plain words.

Paths of series.tsv are not repeated: a folder of an export may be named after a person.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bonecohort.monitoring.stages import IMAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILES = {
    "segment_vertebrae": "CT",
    "crop_vertebrae": "vertebra label map",
    "measure_hounsfield": "reader's HU regions",
    "measure_endplates": "endplate marks",
    "show_endplates": "endplate marks",
}
"""What the files of a rule's jobs hold."""
OTHER_FILES = {"ct": "CT", "t2": "T2"}
NESTED = {"crop": "crop_vertebrae", "segmentation": "segment_vertebrae"}
"""Keys whose value is the whole text of another rule's job, or null."""
SECTIONS = {"convert_series": "images", "measure_hounsfield": "hounsfield"}
SETTINGS = {
    "levels": "levels",
    "unlisted_level": "endplates.unlisted_level",
    "device": "vertebrae.segment_device",
    "fast": "vertebrae.segment_fast",
}
"""Keys that hold one setting each."""
SOURCES = {
    "automatic": "automatic regions",
    "hu_rois": "a reader's regions",
    "hu_table": "readings",
}
INPUTS = "it is made of other results than before"
PLAIN = {
    "records": INPUTS,
    "series_uid": "series_uid changed in series.tsv",
    "label_scheme": "the label scheme of the vertebra label map changed",
    "among_marks": "other listed files lie among the marks now (series.tsv)",
    "program": "another program segments the vertebrae",
    "readings": "the tables of readings changed",
    "truth": "the known truth (setting truth) changed",
    "overrides": "the settings given by --config changed",
    "settings": "a setting changed",
    "image": "bonecohort's own code changed",
    "code": "bonecohort's own code changed",
}
MISSING = "missing"


def task_changes(rule: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, None]:
    """Return, as an ordered set, what differs between a job's text at its last run and now."""
    found: dict[str, None] = {}
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            for words in _key_changes(rule, key, old.get(key), new.get(key), new):
                found[words] = None
    return found


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


def _key_changes(rule: str, key: str, old: Any, new: Any, task: Mapping[str, Any]) -> Iterator[str]:
    if key in NESTED and old is not None and new is not None:
        yield from task_changes(NESTED[key], json.loads(old), json.loads(new))
    elif key in NESTED:
        yield "the vertebrae come from another source now (series.tsv, vertebrae.segment)"
    elif key == "files":
        yield from _file_changes(_files_of(rule, task), old or [], new or [])
    elif key == "vertebrae":
        yield from _label_map_changes(old, new)
    elif key in OTHER_FILES:
        before, now = (old or {}).get("files", []), (new or {}).get("files", [])
        yield from _file_changes(OTHER_FILES[key], before, now)
    elif key == "settings" and rule in SECTIONS:
        yield from setting_changes(old or {}, new or {}, SECTIONS[rule])
    elif key in SETTINGS:
        yield f"setting {SETTINGS[key]}: {_value(old)} → {_value(new)}"
    elif key == "source":
        yield f"HU come from {SOURCES.get(new, new)} now"
    elif key == "inputs":
        names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
        yield from (f"{name} changed" for name in names)
    else:
        yield PLAIN.get(key, f"{key} changed")  # a key of another version


def _label_map_changes(old: Any, new: Any) -> Iterator[str]:
    """Yield what changed of the label map that a reader's regions are held to."""
    if old is None or new is None:
        yield (
            "a reader's regions are held to the vertebra label map"
            if new
            else ("no reader's regions are held to the vertebra label map now")
        )
        return
    if old["label_scheme"] != new["label_scheme"]:
        yield PLAIN["label_scheme"]
    yield from _file_changes(FILES["crop_vertebrae"], old["files"], new["files"])


def _files_of(rule: str, task: Mapping[str, Any]) -> str:
    return IMAGES[task["kind"]] if rule == "convert_series" else FILES[rule]


def _file_changes(what: str, old: list[dict[str, str]], new: list[dict[str, str]]) -> Iterator[str]:
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
