"""What the manuscript prints in the place of the page's own parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.report.page.section import Contribution, Heading, Listing, Paragraph
from bonecohort.report.printing.format import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bonecohort.report.page.section import ManuscriptBlock


def methods_text(methods: Iterable[tuple[str, str]]) -> tuple[ManuscriptBlock, ...]:
    """Return the headings and paragraphs of the methods; citations still have their keys."""
    return tuple(
        block
        for heading, paragraph in methods
        for block in (Heading(heading), Paragraph(paragraph))
    )


def findings_text(
    counts: Mapping[str, Any], added: Sequence[Contribution]
) -> tuple[ManuscriptBlock, ...]:
    """Return the paragraph that opens the results: who was analysed, and what was found.

    It holds the sentences of the page's summary that no section of the results has.
    """
    sentences = [*_participants_sentence(counts), *(text for part in added for text in _own(part))]
    return (Paragraph(" ".join(sentences)),) if sentences else ()


def _participants_sentence(counts: Mapping[str, Any]) -> Iterator[str]:
    numbers = [counts.get(name) for name in ("listed", "included", "analysed")]
    listed, included, analysed = (None if n is None else int(n) for n in numbers)
    if listed is not None and included is not None and analysed is not None:
        yield (
            f"Of {counted(listed, 'participant')}, {included} {_were(included)} included and "
            f"{analysed} {_were(analysed)} analysed ([#figure_flow])."
        )


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _own(part: Contribution) -> list[str]:
    sentences = [
        block.text
        for section in part.sections
        for block in section.blocks
        if isinstance(block, Paragraph)
    ]
    return [text for text in part.summary if not any(text in paragraph for paragraph in sentences)]


def limitations_text(limitations: Sequence[str]) -> tuple[ManuscriptBlock, ...]:
    """Return the limitations as a list; nothing where there are none."""
    return (Listing(tuple(limitations)),) if limitations else ()


def versions_text(versions: Iterable[tuple[str, str]]) -> tuple[ManuscriptBlock, ...]:
    """Return the versions of the programs and the digest of the configuration."""
    return (Paragraph("; ".join(f"{name} {version}" for name, version in versions) + "."),)
