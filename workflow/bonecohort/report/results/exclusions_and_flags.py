"""Exclusions and flags as the report tells them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.flag_labels import flag_words, is_noteworthy
from bonecohort.report.records import records, text_of

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.results.inputs import ReportInputs


@dataclass(frozen=True)
class Remark:
    """An exclusion or a flag; the level is blank when it is of the whole participant.

    ``code`` is the text as the file has it. Levels that say the same share a remark.
    """

    participant_id: str
    level: str
    stage: str
    text: str
    code: str

    @property
    def noteworthy(self) -> bool:
        """Whether it asks for a look; else it tells how the vertebra was measured."""
        return is_noteworthy(self.code)


def all_exclusions(inputs: ReportInputs) -> list[Remark]:
    """Return every exclusion in the order of the table."""
    return remarks(inputs.frame("tables/exclusions.csv"), "reason")


def all_flags(inputs: ReportInputs) -> list[Remark]:
    """Return every flag in the order of the table, codes told as sentences."""
    return remarks(inputs.frame("tables/flags.csv"), "text")


def remarks(frame: pd.DataFrame, text_column: str) -> list[Remark]:
    """Return the rows of the exclusions or flags table, one a participant, step and text."""
    levels: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in records(frame):
        key = (
            text_of(row, "participant_id"), text_of(row, "stage"), text_of(row, text_column),
        )  # fmt: skip
        levels[key].append(text_of(row, "level"))
    return [
        Remark(
            participant_id,
            fmt.span(of_remark),
            labels.STAGES.get(stage, stage),
            _flag_sentence(text) if text_column == "text" else text,
            text,
        )
        for (participant_id, stage, text), of_remark in levels.items()
    ]


def _flag_sentence(text: str) -> str:
    meant = flag_words(text)
    return meant.sentence if meant else labels.sentence(text)
