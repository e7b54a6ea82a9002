"""Pages, help texts and docstrings of the API are written for readers of many languages.

One thought a sentence: the mean length of a page's sentences is bounded. Idioms that a dictionary
explains badly are not used.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from bonecohort.cli import main
from tests.conftest import REPOSITORY

from .prose import IDIOMS, MOST_WORDS, mean_length, n_words, sentences, sentences_of_page

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted(
    str(path.relative_to(REPOSITORY))
    for path in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")]
)
RECORDS = ("CHANGELOG.md",)
"""Pages whose words are not looked at, only their length."""
COMMAND = re.compile(r"^    ([a-z]+)(?:\s{2,}|$)", re.MULTILINE)
PUBLIC = sorted(
    module
    for page in (REPOSITORY / "docs/api").glob("*.md")
    for module in re.findall(r"automodule:: ([\w.]+)", page.read_text(encoding="utf-8"))
)


def text_of(page: str) -> str:
    """Return a page; of the changelog what is not yet released."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return text.partition("\n## 0.1.0")[0] if page == "CHANGELOG.md" else text


def help_of(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    return capsys.readouterr().out


def entries_of_help(text: str) -> list[str]:
    """Return the description and the words beside each argument, without their names."""
    entries: list[str] = []
    for block in re.split(r"\n\s*\n", text.partition("\n\n")[2]):
        for line in block.splitlines():
            indent = len(line) - len(line.lstrip())
            words = re.split(r"\s{2,}", line.strip(), maxsplit=1)[-1]
            if entries and indent > 8:
                entries[-1] += f" {words}"
            else:
                entries.append(words)
        entries.append("")
    return [entry for entry in entries if entry]


def first_sentences(file: Path) -> list[str]:
    """Return the first sentence of the docstrings of a module and its public names."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Module)
        or (isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"))
    ]
    texts = [ast.get_docstring(node) for node in documented]
    return [sentences(text.partition("\n\n")[0])[0] for text in texts if text]


def file_of(module: str) -> Path:
    path = REPOSITORY / "workflow" / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.parametrize("page", PAGES)
def test_the_sentences_of_a_page_are_short(page: str) -> None:
    found = sentences_of_page(text_of(page))
    longest = sorted(found, key=n_words)[-5:]
    assert mean_length(found) <= MOST_WORDS, "\n".join(longest)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in RECORDS])
def test_a_page_has_no_idiom(page: str) -> None:
    assert [match[0] for match in IDIOMS.finditer(text_of(page))] == []


def test_help_texts_are_short(capsys: pytest.CaptureFixture[str]) -> None:
    of_all = help_of(capsys)
    commands = COMMAND.findall(of_all)
    assert len(commands) > 5
    texts = [of_all, *(help_of(capsys, command) for command in commands)]
    entries = [entry for text in texts for entry in entries_of_help(text)]
    found = [part for entry in entries for text in entry.split("; ") for part in sentences(text)]
    assert [text for text in found if n_words(text) > MOST_WORDS] == []


@pytest.mark.parametrize("module", PUBLIC)
def test_docstrings_of_the_api_begin_with_a_short_sentence(module: str) -> None:
    found = first_sentences(file_of(module))
    assert [text for text in found if n_words(text) > MOST_WORDS or IDIOMS.search(text)] == []


def test_a_sentence_ends_at_a_full_stop_and_not_within_a_number_or_an_abbreviation() -> None:
    text = "Hao et al. 2025 found 1.5 mm, e.g. L3. The next has `a.b`? Yes."
    assert sentences(text) == [
        "Hao et al. 2025 found 1.5 mm, e.g. L3.",
        "The next has `a.b`?",
        "Yes.",
    ]


def test_only_prose_counts() -> None:
    page = """\
# A heading of many words

| a | table of many words |
|---|---|
| a | row |

```
code of many words
```

- [a link alone](page.md)
- Two words.

`config.yaml` is *read*.
"""
    assert sentences_of_page(page) == ["Two words.", "Code is read."]
    assert mean_length(["Two words.", "Code is read."]) == pytest.approx(2.5)
