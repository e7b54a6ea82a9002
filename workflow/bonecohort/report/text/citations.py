"""Citations in the text: ``[@liang1986; @cameron2015]`` printed as author and year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bonecohort.report.text.references import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.report.text.references import Reference

CITATION = re.compile(r"\[(?P<keys>@\w+(?:; @\w+)*)\]")


def known_works(further: Iterable[Reference] = ()) -> dict[str, Reference]:
    """Return the works that may be cited by their keys: those of every report, and further."""
    return REFERENCES | {work.key: work for work in further}


def with_citations(text: str, works: Mapping[str, Reference] = REFERENCES) -> str:
    """Return the text with each citation printed: ``(Liang and Zeger 1986)``."""

    def printed(found: re.Match[str]) -> str:
        return f"({'; '.join(works[key].short for key in _keys(found))})"

    return CITATION.sub(printed, text)


def cited_works(
    texts: Iterable[str], works: Mapping[str, Reference] = REFERENCES
) -> list[Reference]:
    """Return the works that the texts cite, each once, by their keys; an unknown key raises."""
    keys = {key for text in texts for found in CITATION.finditer(text) for key in _keys(found)}
    return [works[key] for key in sorted(keys)]


def _keys(found: re.Match[str]) -> list[str]:
    return [key.removeprefix("@") for key in found["keys"].split("; ")]
