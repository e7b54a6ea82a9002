"""Whatever the report prints, with each of its texts changed: its decimal mark, its references."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


def with_texts(value: Any, change: Callable[[str], str], without: Collection[str]) -> Any:
    """Return texts, and what holds texts (lists, mappings, dataclasses), each text changed.

    ``without`` names the fields of dataclasses that stay as they are.
    """
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | tuple):
        return type(value)(with_texts(item, change, without) for item in value)
    if isinstance(value, dict):
        return {key: with_texts(item, change, without) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        printed = [item.name for item in fields(value) if item.name not in without]
        changed = {name: with_texts(getattr(value, name), change, without) for name in printed}
        return replace(value, **changed)
    return value
