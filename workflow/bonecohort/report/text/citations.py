"""Citations in the text: ``[@liang1986; @cameron2015]`` as author and year, or as numbers."""

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
    """Return the text with each citation printed: ``(Liang and Zeger 1986)``.

    What cites an unknown key is text of the study's own and stays.
    """

    def printed(match: re.Match[str]) -> str:
        keys = _keys(match)
        if not all(key in works for key in keys):
            return match[0]
        return f"({'; '.join(works[key].short for key in keys)})"

    return CITATION.sub(printed, text)


def with_numbers(text: str, numbers: Mapping[str, int]) -> str:
    """Return the text with each citation printed as the numbers of its works: ``[2, 5]``."""

    def printed(match: re.Match[str]) -> str:
        keys = _keys(match)
        if not all(key in numbers for key in keys):
            return match[0]
        return f"[{', '.join(str(number) for number in sorted(numbers[key] for key in keys))}]"

    return CITATION.sub(printed, text)


def cited_works(
    texts: Iterable[str], works: Mapping[str, Reference] = REFERENCES
) -> list[Reference]:
    """Return the works that the texts cite, each once, by their keys; an unknown key raises."""
    return [works[key] for key in sorted(cited_keys(texts))]


def cited_keys(texts: Iterable[str]) -> list[str]:
    """Return the keys that the texts cite, each once, in the order in which they come first."""
    cited = (key for text in texts for match in CITATION.finditer(text) for key in _keys(match))
    return list(dict.fromkeys(cited))


def _keys(match: re.Match[str]) -> list[str]:
    return [key.removeprefix("@") for key in match["keys"].split("; ")]
