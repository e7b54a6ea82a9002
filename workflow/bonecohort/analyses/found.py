"""What one analysis found, for its part of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report.page.illustration import Illustration, illustration
from bonecohort.report.page.section import RESULTS, Contribution, Paragraph, Section
from bonecohort.report.printing.decimal_mark import with_decimal_mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from bonecohort.report.page.section import Block
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analyses import Listed
    from bonecohort.study.settings import Settings


@dataclass(frozen=True)
class Found:
    """An analysis, its frames as they were written, and what they are printed with.

    Attributes
    ----------
    listed
        The analysis and its settings.
    frames
        Its results by what they are called; '' is the main one.
    participants
        The table of participants.
    figures
        The folder of the analyses' figures.
    settings
        The study's settings.
    printer
        Prints names, numbers and p values as the study asks.
    """

    listed: Listed
    frames: Mapping[str, pd.DataFrame]
    participants: pd.DataFrame
    figures: Path
    settings: Settings
    printer: Printer

    @property
    def label(self) -> str:
        """The key of the main table."""
        return self.listed.label

    @property
    def main(self) -> pd.DataFrame:
        """The main results."""
        return self.frames[""]

    def figure(self, caption: str) -> Illustration:
        """Return the analysis's figure."""
        caption_text = with_decimal_mark(caption, self.printer.report.decimal_mark)
        return illustration(self.figures, self.listed.stem, f"figure_{self.label}", caption_text)

    def contribution(
        self,
        title: str,
        sentences: Sequence[str],
        blocks: Sequence[Block],
        methods: tuple[str, str],
    ) -> Contribution:
        """Return the part of the report: sentences, then tables and figures; and the methods.

        Parameters
        ----------
        title
            Of the section.
        sentences
            Of the results; the report's summary has them, too.
        blocks
            Tables and figures.
        methods
            Heading and paragraph of the methods.
        """
        texts = [sentence for sentence in sentences if sentence]
        paragraphs = [Paragraph(" ".join(texts))] if texts else []
        anchor = f"analysis-{self.listed.number}"
        section = Section(anchor, title, (*paragraphs, *blocks), parent=RESULTS)
        return Contribution(sections=(section,), methods=(methods,), summary=tuple(texts))
