"""Decimal commas in whatever the report prints, where the study asks for them."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

POINT = "."
NUMBER = re.compile(r"(?<![A-Za-z_.\d])(\d*)\.(\d+)(?!\.?\d)")
"""A number such as 0.05 or .05; what has several points is a version or a date."""
TWO_NUMBERS = re.compile(r"([\d.]*\d), (?=([\d.]*\d))")
"""Numbers that a comma parts, as in F(2, 30.3)."""
NOT_PRINTED = ("sort_value", "href", "source", "svg")
"""Fields that no reader sees as they are."""


def decimal_comma(text: str) -> str:
    """Return a text with decimal commas, as many languages print numbers.

    A semicolon parts numbers of which one has a decimal comma: ``F(2; 30,3)``.
    """

    def apart(numbers: re.Match[str]) -> str:
        return f"{numbers[1]}; " if POINT in numbers[1] + numbers[2] else numbers[0]

    return NUMBER.sub(r"\1,\2", TWO_NUMBERS.sub(apart, text))


def with_decimal_mark(value: Any, mark: str) -> Any:
    """Return texts, and what holds texts (lists, mappings, dataclasses), with a decimal mark."""
    if mark == POINT:
        return value
    if isinstance(value, str):
        return decimal_comma(value)
    if isinstance(value, list | tuple):
        return type(value)(with_decimal_mark(item, mark) for item in value)
    if isinstance(value, dict):
        return {key: with_decimal_mark(item, mark) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        printed = [item.name for item in fields(value) if item.name not in NOT_PRINTED]
        changed = {name: with_decimal_mark(getattr(value, name), mark) for name in printed}
        return replace(value, **changed)
    return value
