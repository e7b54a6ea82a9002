"""References to tables and figures: ``[#roc]`` is printed as the name that the report gives it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bonecohort.report.printing.printed_texts import with_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

REFERENCE = re.compile(r"\[#(?P<key>\w+)(?::(?P<form>number|anchor))?\]")
"""``[#roc]`` is Table S11, ``[#roc:number]`` is S11, ``[#roc:anchor]`` is table-s11."""
NO_TEXT = ("sort_value", "source", "diagram")
"""Fields that hold no reference; a drawing holds its caption as the text for screen readers."""


def anchor(name: str) -> str:
    """Return what links to a table or figure point to: ``table-s11`` of ``Table S11``."""
    return name.lower().replace(" ", "-")


def with_references(value: Any, names: Mapping[str, str]) -> Any:
    """Return texts, and what holds texts, with the names of tables and figures in them.

    Parameters
    ----------
    value
        A text, or lists, mappings and dataclasses that hold texts.
    names
        The printed name of each table and figure by its key. What looks like a reference to
        another key is text of the study's own and stays.
    """

    def printed(match: re.Match[str]) -> str:
        name = names.get(match["key"])
        if name is None:
            return match[0]
        if match["form"] == "anchor":
            return anchor(name)
        return name.rpartition(" ")[2] if match["form"] == "number" else name

    return with_texts(value, lambda text: REFERENCE.sub(printed, text), NO_TEXT)
