"""The sentences of a Markdown page, and what is held of them: length and words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_WORDS = 18
"""Words of a page's sentences on average, and of one sentence of a help text."""
IDIOMS = re.compile(
    r"\b(told|tells?|telling|read off|of nobody|asked of|as ever|h[au]ngs? on|pass(es|ed)? over|"
    r"at hand|goes on|to go on|gone on|whoever|by itself|all the same|come in by)\b",
    re.IGNORECASE,
)
"""Words that a dictionary explains badly."""
ABBREVIATIONS = ("e.g.", "i.e.", "et al.", "vs.", "Fig.", "No.", "approx.", "etc.")
ENDS = re.compile(r"(?<=[.!?])[)\"'”’*]*\s+(?=[^\sa-z])")
"""Where a sentence ends: a full stop, then a word that does not begin with a small letter."""
WORD = re.compile(r"[^\W_]")
"""What makes a word of the text between two spaces: a letter or a digit."""


def sentences_of_page(markdown: str) -> list[str]:
    """Return the sentences of paragraphs and list items.

    Headings, tables, code blocks and items that are a link alone have none. Code within a sentence
    is one word.
    """
    return [sentence for text in _paragraphs(markdown) for sentence in sentences(text)]


def sentences(text: str) -> list[str]:
    """Split plain text at the ends of its sentences."""
    whole = " ".join(text.split())
    for abbreviation in ABBREVIATIONS:
        whole = whole.replace(abbreviation, abbreviation.replace(".", "․"))
    parts = (part.replace("․", ".") for part in ENDS.split(whole))
    return [part for part in parts if n_words(part)]


def n_words(sentence: str) -> int:
    """Count the words of a sentence."""
    return sum(bool(WORD.search(part)) for part in sentence.split())


def mean_length(found: list[str]) -> float:
    """Return the mean number of words of a sentence; 0 without any."""
    return sum(map(n_words, found)) / len(found) if found else 0.0


def _paragraphs(markdown: str) -> Iterator[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    in_table, before = False, ""
    for token in tokens:
        if token.type in {"table_open", "table_close"}:
            in_table = token.type == "table_open"
        if token.type == "inline" and not in_table and before == "paragraph_open":
            children = token.children or []
            text = "".join(_plain(child.type, child.content) for child in children)
            outside = _outside_links(children)
            if WORD.search(outside):
                yield text
        before = token.type


def _plain(kind: str, content: str) -> str:
    if kind in {"softbreak", "hardbreak"}:
        return " "
    if kind == "code_inline":
        return "Code"
    return content if kind == "text" else ""


def _outside_links(children: list[object]) -> str:
    depth, parts = 0, []
    for child in children:
        kind = child.type
        depth += (kind == "link_open") - (kind == "link_close")
        if depth == 0:
            parts.append(_plain(kind, child.content))
    return "".join(parts)
