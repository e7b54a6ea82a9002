"""Decimal commas in whatever the report prints, where the study asks for them."""

from __future__ import annotations

import re
from typing import Any

from bonecohort.report.printing.printed_texts import with_texts

POINT = "."
NUMBER = re.compile(r"(?<![A-Za-z_.\d])(\d*)\.(\d+)(?!\.?\d)")
"""A number such as 0.05 or .05; what has several points is a version or a date."""
TWO_NUMBERS = re.compile(r"([\d.]*\d), (?=([\d.]*\d))")
"""Numbers that a comma parts, as in F(2, 30.3)."""
NOT_PRINTED = ("sort_value", "href", "source", "svg", "diagram")
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
    return value if mark == POINT else with_texts(value, decimal_comma, NOT_PRINTED)
