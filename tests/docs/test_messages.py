"""The messages and flags that the documentation explains are those of the code."""

from __future__ import annotations

import re

import pytest

from bonecohort.report.printing.flag_words import OF_READINGS
from bonecohort.techniques.registry import technique_module, techniques
from tests.conftest import REPOSITORY

from .messages import quoted_in_headings, quoted_in_tables, texts_of_code, unknown_parts

MESSAGES = (REPOSITORY / "docs/messages.md").read_text(encoding="utf-8")
QUESTIONS = (REPOSITORY / "docs/faq.md").read_text(encoding="utf-8")
PAGES_OF_TECHNIQUES = sorted(REPOSITORY.glob("docs/techniques/*.md"))
QUOTED = [
    *quoted_in_tables(MESSAGES, "message"),
    *quoted_in_tables(MESSAGES, "reason"),
    *quoted_in_headings(QUESTIONS),
]


@pytest.fixture(scope="module")
def code() -> str:
    return texts_of_code(REPOSITORY / "workflow/bonecohort")


@pytest.mark.parametrize("quoted", QUOTED)
def test_a_quoted_message_is_one_of_the_code(quoted: str, code: str) -> None:
    assert unknown_parts(quoted, code) == []


def test_a_message_that_the_code_does_not_have_is_found(code: str) -> None:
    assert unknown_parts("The moon is … of cheese.", code) == ["the moon is", "of cheese."]


def test_all_kinds_of_messages_are_quoted() -> None:
    assert len(QUOTED) > 50


def test_every_flag_is_explained() -> None:
    pages = [MESSAGES, *(page.read_text(encoding="utf-8") for page in PAGES_OF_TECHNIQUES)]
    of_techniques = [
        flag
        for one in techniques()
        if one.flags
        for flag in technique_module(one.name, one.flags).FLAGS
    ]
    flags = {re.sub("_(upper|middle|lower)$", "", flag) for flag in [*OF_READINGS, *of_techniques]}
    assert len(flags) > 20
    assert [flag for flag in sorted(flags) if f"`{flag}`" not in "".join(pages)] == []
