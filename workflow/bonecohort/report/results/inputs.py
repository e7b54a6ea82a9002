"""Everything the report is made from, read once from a results folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.cohort import frames
from bonecohort.study.analysis_settings import MOST_GROUPS
from bonecohort.study.layout import participant_folder
from bonecohort.techniques.registry import tables_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def least_columns() -> dict[str, tuple[str, ...]]:
    """Return what each table of a cohort holds at least: of one that is not there, its columns."""
    of_vertebrae = (name for module in tables_modules() for name in module.VERTEBRAE)
    return {
        "tables/participants.csv": ("participant_id",),
        "tables/vertebrae.csv": ("participant_id", "level", *of_vertebrae),
        "tables/sites.csv": ("participant_id", "site"),
        "tables/exclusions.csv": ("participant_id", "level", "stage", "reason"),
        "tables/flags.csv": ("participant_id", "level", "stage", "text"),
        "tables/measurements.csv": (
            "participant_id",
            "site",
            "modality",
            "measure",
            "value",
            "method",
            "reader",
        ),
    }


TEXT_COLUMNS = (
    "level", "site", "category", "group", "readers", "knots", "reason", "warnings",
    *(f"group_{place}" for place in range(1, MOST_GROUPS + 1)),
)  # fmt: skip

Document = dict[str, Any]


NOT_INCLUDED = "eligibility"
"""Stage in exclusions.csv of those whom the study itself leaves out."""


@dataclass(frozen=True)
class ReportInputs:
    """The tables by path below ``results``, and the run record.

    ``included`` are the participants of the study, measured or not.
    """

    results: Path
    frames: dict[str, pd.DataFrame]
    run: Document
    included: frozenset[str]

    def records_by_site(self, folder: str) -> dict[str, dict[str, Document]]:
        """Return the records that a technique's jobs left in a folder of each participant.

        By participant, then site: the ``folder/{site}.json`` of whom the tables are made of.
        """
        result: dict[str, dict[str, Document]] = {}
        for name in sorted(self.included):
            for path in sorted((participant_folder(self.results, name) / folder).glob("*.json")):
                result.setdefault(name, {})[path.stem] = read_json(path)
        return result

    def frame(self, path: str) -> pd.DataFrame:
        """Return a table; without rows, yet with its columns, when the study has none."""
        return self.frames[path]


def read_inputs(
    results: Path,
    categories: Iterable[str] = (),
    further: Mapping[str, tuple[str, ...]] | None = None,
) -> ReportInputs:
    """Read a results folder; what a study does not have is empty, never an error.

    Parameters
    ----------
    results
        The folder.
    categories
        The categorical variables, which stay text where they look like numbers.
    further
        Tables that are read beside the cohort's, and what each holds at least.
    """
    text, least = (*TEXT_COLUMNS, *categories), least_columns()
    for path, columns in (further or {}).items():
        least[path] = tuple(dict.fromkeys((*least.get(path, ()), *columns)))
    result = {path: read_table(results / path, columns, text) for path, columns in least.items()}
    run_path = results / "run.json"
    run = read_json(run_path) if run_path.is_file() else {}
    return ReportInputs(results, result, run, _included(result))


def read_table(
    path: Path, columns: tuple[str, ...], text: tuple[str, ...] = TEXT_COLUMNS
) -> pd.DataFrame:
    """Read one CSV; one that the study does not have is empty, yet has its columns."""
    if not path.is_file():
        return pd.DataFrame(columns=list(columns))
    frame = frames.read_table(path, text)
    return frame.reindex(columns=[*frame.columns, *(c for c in columns if c not in frame.columns)])


def read_json(path: Path) -> Document:
    """Read a JSON object."""
    document: Document = json.loads(path.read_text(encoding="utf-8"))
    return document


def _included(result: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Return whom the tables are made of; files of others may lie among the results still."""
    exclusions = result["tables/exclusions.csv"]
    faults = exclusions[exclusions["stage"] != NOT_INCLUDED]
    tables = (result["tables/participants.csv"], result["tables/vertebrae.csv"], faults)
    return frozenset(name for table in tables for name in table["participant_id"])
