"""The texts of messages in the code, and whether a page quotes them as they are."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VARIABLE = "…"
"""What a page writes where a message has a name or a number."""
QUOTED_IN_CODE = re.compile(r"`([^`]+)`")
QUOTED_IN_HEADING = re.compile(r'^#+ .*?"(.+)"', re.MULTILINE)


def texts_of_code(folder: Path) -> str:
    """Return every literal text below a folder in small letters, apart by line ends."""
    found = [
        text
        for path in sorted(folder.rglob("*.py"))
        for text in _texts(ast.parse(path.read_text(encoding="utf-8")))
    ]
    return "\n".join(found).lower()


def quoted_in_tables(page: str, heading: str) -> list[str]:
    """Return what the first column of the tables below a heading quotes."""
    column = re.compile(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", re.MULTILINE)
    rows = "".join(column.findall(page)).splitlines()
    return [text for row in rows for text in QUOTED_IN_CODE.findall(row.split(" | ")[0])]


def quoted_in_headings(page: str) -> list[str]:
    """Return what headings quote between double quotes."""
    return QUOTED_IN_HEADING.findall(page)


def unknown_parts(quoted: str, code: str) -> list[str]:
    """Return the parts of a quoted message, between its variable ones, that no code has."""
    parts = [part.strip().lower() for part in quoted.split(VARIABLE)]
    return [part for part in parts if re.search(r"\w", part) and part not in code]


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part for part in node.values if isinstance(part, ast.Constant))
            yield from (str(part.value) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
