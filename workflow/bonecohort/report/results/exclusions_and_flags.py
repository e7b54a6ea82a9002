"""Exclusions and flags as the report prints them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.cohort.records import conversion
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.flag_words import flag_words
from bonecohort.report.records import records, text_of
from bonecohort.techniques.registry import images, kinds, technique_module, techniques

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from bonecohort.report.printing.flag_words import FlagWords
    from bonecohort.report.results.inputs import ReportInputs


@dataclass(frozen=True)
class Remark:
    """An exclusion or a flag; the level is blank when it is of the whole participant.

    ``code`` is the text as the file has it, ``words`` are its words where it is the code of a flag.
    Levels that say the same share a remark.
    """

    participant_id: str
    level: str
    stage: str
    text: str
    code: str
    words: FlagWords | None = None

    @property
    def noteworthy(self) -> bool:
        """Whether it needs a check; else it says how the site was measured."""
        return self.words is None or self.words.noteworthy


def all_exclusions(inputs: ReportInputs) -> list[Remark]:
    """Return every exclusion in the order of the table."""
    return exclusions(inputs.frame("tables/exclusions.csv"))


def all_flags(inputs: ReportInputs) -> list[Remark]:
    """Return every flag in the order of the table, with sentences for codes."""
    return flags(inputs.frame("tables/flags.csv"))


def exclusions(frame: pd.DataFrame) -> list[Remark]:
    """Return the rows of the table of exclusions, one a participant, step and reason."""
    doing = stage_words()
    return [
        Remark(participant_id, fmt.span(levels), doing.get(stage, stage), text, text)
        for (participant_id, stage, text), levels in _with_levels(frame, "reason").items()
    ]


def flags(frame: pd.DataFrame) -> list[Remark]:
    """Return the rows of the table of flags, one a participant, step and text."""
    doing, known = stage_words(), words_of_flags()
    made = []
    for (participant_id, stage, text), levels in _with_levels(frame, "text").items():
        words = flag_words(text, known.get(stage, {}))
        sentence = words.sentence if words else labels.sentence(text)
        made.append(
            Remark(participant_id, fmt.span(levels), doing.get(stage, stage), sentence, text, words)
        )
    return made


def stage_words() -> dict[str, str]:
    """Return what was being done at each stage of the exclusions and flags."""
    reading = {conversion(kind): f"reading the {kinds()[kind].label}" for kind in images()}
    return reading | {
        technique.name: technique.doing for technique in techniques() if technique.doing
    }


def words_of_flags() -> dict[str, Mapping[str, FlagWords]]:
    """Return the words of each technique's flags, by their codes."""
    return {
        technique.name: technique_module(technique.name, technique.flags).FLAGS
        for technique in techniques()
        if technique.flags
    }


def _with_levels(frame: pd.DataFrame, column: str) -> dict[tuple[str, str, str], list[str]]:
    levels: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in records(frame):
        key = (text_of(row, "participant_id"), text_of(row, "stage"), text_of(row, column))
        levels[key].append(text_of(row, "level"))
    return levels
