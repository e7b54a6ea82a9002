"""Docstrings, comments and messages are written for readers of many languages."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY

from .code_prose import Text, comments, docstrings, messages, paragraphs
from .prose import IDIOMS, MOST_WORDS, mean_length, n_words, sentences

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = REPOSITORY / "workflow/bonecohort"
PARTS = sorted(
    str(path.relative_to(REPOSITORY))
    for path in [*LIBRARY.iterdir(), REPOSITORY / "benchmarks", *(REPOSITORY / "tests").iterdir()]
    if next(path.rglob("*.py"), None) or path.suffix == ".py"
)
"""Packages and modules of the library, the benchmarks and the tests."""
LIBRARY_PARTS = [part for part in PARTS if part.startswith("workflow")]
OTHERS = sorted(
    str(path.relative_to(REPOSITORY))
    for pattern in ("**/*.smk", "**/*.j2", "**/*.js", "**/*.rst", "**/Snakefile")
    for path in (REPOSITORY / "workflow").glob(pattern)
)
"""Rules, and the templates of the report."""
EXAMPLE = '''\
"""A module.

It has a second paragraph.
"""

LIMIT = 3  # of all
"""Most values."""


def area(width_mm):
    """Return an area.

    Parameters
    ----------
    width_mm
        Width of it.

    Raises
    ------
    ValueError
        It is negative.
    """
    # the first line
    # and the second
    if width_mm < 0:
        raise ValueError(f"found {width_mm:g} mm; 0 or more is "
                         "expected.")
    return {"mm": width_mm**2}  # noqa: SLF001
'''


def files_of(part: str) -> list[Path]:
    path = REPOSITORY / part
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def too_long(file: Path) -> list[str]:
    """Return the docstrings of a file whose sentences are too long on average."""
    texts = {
        line: [sentence for text in group for sentence in sentences(text.words)]
        for line, group in itertools.groupby(docstrings(file), key=lambda text: text.line)
    }
    return [
        f"{file.name}:{line}: {max(found, key=n_words)}"
        for line, found in texts.items()
        if mean_length(found) > MOST_WORDS
    ]


def clauses(text: str) -> list[str]:
    """Return the sentences of a message; what follows a semicolon, such as the cure, is one."""
    return [part for sentence in sentences(text) for part in sentence.split("; ")]


def with_idiom(texts: list[Text]) -> list[str]:
    return [f"{text.file}:{text.line}: {text.words}" for text in texts if IDIOMS.search(text.words)]


@pytest.mark.parametrize("part", PARTS)
def test_docstrings_and_comments_have_no_idiom(part: str) -> None:
    texts = [text for file in files_of(part) for text in [*docstrings(file), *comments(file)]]
    assert with_idiom(texts) == []


@pytest.mark.parametrize("part", PARTS)
def test_the_sentences_of_a_docstring_are_short(part: str) -> None:
    assert [text for file in files_of(part) for text in too_long(file)] == []


@pytest.mark.parametrize("part", LIBRARY_PARTS)
def test_messages_have_no_idiom(part: str) -> None:
    assert with_idiom([text for file in files_of(part) for text in messages(file)]) == []


@pytest.mark.parametrize("part", LIBRARY_PARTS)
def test_the_sentences_of_a_message_are_short(part: str) -> None:
    texts = [text for file in files_of(part) for text in messages(file)]
    found = [text for text in texts if mean_length(clauses(text.words)) > MOST_WORDS]
    assert found == []


@pytest.mark.parametrize("file", OTHERS)
def test_rules_and_templates_have_no_idiom(file: str) -> None:
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    assert [match[0] for match in IDIOMS.finditer(text)] == []


def test_docstrings_comments_and_messages_are_found(tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text(EXAMPLE, encoding="utf-8")
    assert [text.words for text in docstrings(file)] == [
        "A module.",
        "It has a second paragraph.",
        "Most values.",
        "Return an area.",
        "Width of it.",
        "It is negative.",
    ]
    assert [(text.line, text.words) for text in comments(file)] == [
        (6, "of all"),
        (23, "the first line and the second"),
    ]
    assert [text.words for text in messages(file)] == ["found X mm; 0 or more is expected."]


def test_the_description_of_a_parameter_is_a_paragraph() -> None:
    text = "Return it.\n\n    Returns\n    -------\n    dict\n        First: a,\n        b.\n    "
    assert paragraphs(text) == ["Return it.", "First: a, b."]


def test_a_list_item_is_a_paragraph_and_a_table_is_none() -> None:
    text = "Return it.\n\n    - one\n    - two\n      lines\n\n    ====\n    cell\n    ====\n    "
    assert paragraphs(text) == ["Return it.", "- one", "- two lines"]


def test_a_long_docstring_is_found(tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    long = " ".join(["word"] * (MOST_WORDS + 1))
    file.write_text(f'"""A short one. Another."""\n\nA = 1\n"""{long}."""\n', encoding="utf-8")
    assert too_long(file) == [f"example.py:4: {long}."]


def test_references_and_terms_are_no_messages(tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    reference = 'Reference("key", "Miller, A and Smith, B", 1999, "On the mean of a sample")'
    file.write_text(f'WORK = {reference}\nTERMS = "AXIAL ORIGINAL PRIMARY"\n', encoding="utf-8")
    assert messages(file) == []


def test_an_idiom_is_found(tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text("# whoever reads\nTEXT = 'The label tells nothing.'\n", encoding="utf-8")
    assert with_idiom([*comments(file), *messages(file)]) == [
        "example.py:1: whoever reads",
        "example.py:2: The label tells nothing.",
    ]
