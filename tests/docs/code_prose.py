"""The prose of Python files: docstrings, comments, and the texts that users read."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING, NamedTuple

from .prose import n_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNDERLINE = re.compile(r"^-{3,}$")
"""What stands below the heading of a numpydoc section."""
EDGE_OF_TABLE = re.compile(r"^ *={3,}")
DIRECTIVE = re.compile(r"\b(noqa|type:|pragma:|mypy:|fmt:)")
FEWEST_WORDS = 2
"""A literal text of fewer words is a name, a heading or a part of a message."""
COMMON = re.compile(
    r"\b(an?|the|is|are|was|were|be|of|in|to|for|by|with|at|on|over|and|or|not?|that|it|its)\b",
    re.IGNORECASE,
)
"""What every sentence of more than a few words has."""
NO_PROSE = re.compile(r"[<>\\^]|\{\s|\s\}|::|\b(SELECT|INSERT|CREATE|PRAGMA)\b")
"""What stands in markup, style sheets, regular expressions and SQL."""


class Text(NamedTuple):
    """A piece of prose, with its file and its first line."""

    file: str
    line: int
    words: str


def docstrings(file: Path) -> list[Text]:
    """Return the docstrings of a file, those of constants and fields among them.

    Each paragraph is a text of its own, and so is the description of a parameter.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        Text(file.name, node.lineno, paragraph)
        for node in _documentation(tree)
        for paragraph in paragraphs(ast.literal_eval(node))
    ]


def paragraphs(docstring: str) -> list[str]:
    """Return the paragraphs and list items of a docstring.

    Tables, and the headings and names of its sections, are none.
    """
    lines = [line.rstrip() for line in _dedented(docstring)]
    kept: list[str] = []
    in_section = in_table = False
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        is_underline = bool(UNDERLINE.match(line) or UNDERLINE.match(below))
        is_edge = bool(EDGE_OF_TABLE.match(line))
        in_section |= is_underline
        in_table ^= is_edge
        is_name = in_section and not line.startswith(" ")
        is_prose = not (is_underline or is_edge or in_table or is_name)
        kept.append(f"\n{line}" if line.startswith("- ") else line if is_prose else "")
    parts = re.split(r"\n\s*\n", "\n".join(kept))
    return [" ".join(part.split()) for part in parts if n_words(part)]


def comments(file: Path) -> list[Text]:
    """Return the comments of a Python file; lines below one another are one comment."""
    found: list[Text] = []
    last = -1
    source = io.StringIO(file.read_text(encoding="utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        if token.type != tokenize.COMMENT or DIRECTIVE.search(token.string):
            continue
        words, row = token.string.lstrip("#! "), token.start[0]
        alone = not token.line[: token.start[1]].strip()
        if found and alone and row == last + 1:
            found[-1] = found[-1]._replace(words=f"{found[-1].words} {words}")
        else:
            found.append(Text(file.name, row, words))
        last = row if alone else -1
    return found


def messages(file: Path) -> list[Text]:
    """Return the literal texts of a file that are prose: messages, labels, parts of the report.

    What an f-string fills in counts as one word. Each line of a literal is a text of its own.
    References to the literature and lists of terms are none.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    apart = {id(node) for node in [*_documentation(tree), *_references(tree)]}
    texts = [
        Text(file.name, node.lineno, line)
        for node in _literals(tree)
        if id(node) not in apart
        for line in _filled(node).splitlines()
    ]
    return [text for text in texts if _is_prose(text.words)]


def _is_prose(text: str) -> bool:
    is_text = len(text.split()) >= FEWEST_WORDS and bool(COMMON.search(text))
    return is_text and not NO_PROSE.search(text)


def _literals(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.JoinedStr):
        yield node
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _literals(part.value)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _literals(child)


def _references(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the authors, titles and journals of references to the literature."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Reference":
            yield from node.args


def _filled(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
        )
    return str(ast.literal_eval(node))


def _documentation(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the texts that stand alone as a statement."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
            continue
        if isinstance(node.value.value, str):
            yield node.value


def _dedented(docstring: str) -> list[str]:
    lines = docstring.expandtabs().splitlines()
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    indent = min(indents, default=0)
    return [line.strip() if row == 0 else line[indent:] for row, line in enumerate(lines)]
