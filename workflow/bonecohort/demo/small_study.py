"""A small study of one technique: the demo's participants, files of its own, and their truth."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.demo.cohort import draw_cohort
from bonecohort.demo.share import no_files, no_texts
from bonecohort.demo.tables import TRUTH_COLUMNS, participants_text, table_text
from bonecohort.faults import StudyFault
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from bonecohort.demo.share import TruthRow
    from bonecohort.demo.truth import DemoParticipant

Rows = Callable[[Sequence["DemoParticipant"]], Iterable[Sequence[object]]]
SERIES_COLUMNS = ("participant_id", "kind", "path")


@dataclass(frozen=True)
class SmallStudy:
    """What a study holds beside the participants of the demo study of the same seed.

    Attributes
    ----------
    folder
        Its own folder below that of the study, with a folder for each participant.
    config
        Text of config.yaml.
    series
        Gives the rows of series.tsv, of those who take part.
    truth
        Gives the true values of a participant.
    files
        Writes the files of one participant into a folder, by the seed.
    texts
        Gives further text files of those who take part, by their paths in the study.
    series_columns
        Columns of series.tsv.
    """

    folder: str
    config: str
    series: Rows
    truth: Callable[[DemoParticipant], Iterable[TruthRow]]
    files: Callable[[Path, DemoParticipant, int], None] = no_files
    texts: Callable[[Sequence[DemoParticipant]], Mapping[str, str]] = no_texts
    series_columns: Sequence[str] = SERIES_COLUMNS

    def write(self, folder: Path, participants: int, seed: int) -> None:
        """Write the study: tables, the participants' files and truth.

        Parameters
        ----------
        folder
            Study folder; made when absent.
        participants
            Size of the cohort.
        seed
            Decides every number of the study, the images' noise included.

        Raises
        ------
        StudyFault
            The folder holds a study already.
        """
        if (folder / "config" / "config.yaml").exists() or (folder / self.folder).exists():
            message = f"{folder} holds a study already; write the demo into another folder."
            raise StudyFault([message])
        cohort = draw_cohort(participants, seed)
        taking_part = [participant for participant in cohort if not participant.is_excluded]
        for participant in taking_part:
            self.files(folder / self.folder / participant.participant_id, participant, seed)
        truth = ((one.participant_id, *row) for one in taking_part for row in self.truth(one))
        texts = {
            "config/config.yaml": self.config,
            "config/participants.tsv": participants_text(cohort),
            "config/series.tsv": table_text(self.series_columns, self.series(taking_part), "\t"),
            **self.texts(taking_part),
            truth_path(self.folder): table_text(TRUTH_COLUMNS, truth, ","),
        }
        for name, text in texts.items():
            with whole_file(folder / name) as unfinished:
                unfinished.write_text(text, encoding="utf-8")

    def write_as_asked(self, description: str, participants: int) -> None:
        """Write the study that the command line asks for.

        Parameters
        ----------
        description
            Of the command, in its help.
        participants
            Size of the cohort where the command line names none.
        """
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("folder", type=Path, help="the study folder, made when absent")
        parser.add_argument("--participants", type=int, default=participants)
        parser.add_argument("--seed", type=int, default=1)
        asked = parser.parse_args()
        self.write(asked.folder, asked.participants, asked.seed)


def truth_path(folder: str) -> str:
    """Return the path of the truth in the study whose own folder is given."""
    return f"{folder}/truth.csv"
