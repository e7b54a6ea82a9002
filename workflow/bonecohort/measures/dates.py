"""Dates as tables and FHIR write them."""

from __future__ import annotations

import re
from datetime import date

from bonecohort.faults import DataFault

YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s].*)?")
DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T\s].*)?")
DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:\s.*)?")
SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s.*)?")
MONTHS = 12


def iso_date(text: str, where: str) -> str:
    """Return a date as ``YYYY-MM-DD``; '' of a blank text.

    ``2024-03-05``, ``20240305``, ``5.3.2024``; with slashes where the day is above 12.

    Raises
    ------
    DataFault
        It is no date, or may be read in two ways.
    """
    text = text.strip()
    if not text:
        return ""
    try:
        result = _date(text)
    except ValueError:
        result = None
    if result is None:
        raise DataFault(f"{where}: this is no plain date; YYYY-MM-DD is expected.")
    return result.isoformat()


def _date(text: str) -> date | None:
    if match := YEAR_FIRST.fullmatch(text) or DIGITS.fullmatch(text):
        return date(*map(int, match.groups()))
    if match := DAY_FIRST.fullmatch(text):
        day, month, year = map(int, match.groups())
        return date(year, month, day)
    if match := SLASHES.fullmatch(text):
        one, other, year = map(int, match.groups())
        if one > MONTHS or one == other:
            return date(year, other, one)
        if other > MONTHS:
            return date(year, one, other)
    return None
