"""The tables of a study whose config.yaml does not name them: the one that is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.study.config import CONFIG_PATH

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from bonecohort.study.settings import Settings

PARTICIPANTS, SERIES = "participants", "series"
IN_CONFIG = "config/"
PLACES = (IN_CONFIG, "")
SUFFIXES = (".tsv", ".csv", ".xlsx")


def with_found_tables(
    folder: Path, settings: Settings, named: Collection[str]
) -> tuple[Settings, list[str]]:
    """Return the settings with the tables that the config does not name, and every problem.

    ``participants`` and ``series`` are looked for as text or workbook, in ``config`` and in the
    study folder. Where there is none, the default path stays.

    Parameters
    ----------
    folder
        The study folder.
    named
        The keys that the config has.
    """
    problems: list[str] = []
    participants, series = settings.participants, settings.series
    if PARTICIPANTS not in named:
        participants = found_table(folder, PARTICIPANTS, problems) or participants
    if SERIES not in named:
        series = found_table(folder, SERIES, problems) or series
    return replace(settings, participants=participants, series=series), problems


def found_table(
    folder: Path, key: str, problems: list[str], places: Sequence[str] = PLACES
) -> str | None:
    """Return the path of the table of one name that a study folder holds; None without one.

    Where there are several, the first of them stands, and ``problems`` gains that.
    """
    result = tables_there(folder, key, places)
    if len(result) > 1:
        problems.append(
            f"{' and '.join(result)} are both there, and nothing says which is meant. Keep one, "
            f"or name it in {CONFIG_PATH}, such as '{key}: {result[0]}'."
        )
    return result[0] if result else None


def study_files(folder: Path) -> list[str]:
    """Return the paths of a study's own files that a folder holds: config and tables."""
    config = [str(CONFIG_PATH)] if (folder / CONFIG_PATH).exists() else []
    return [*config, *tables_there(folder, PARTICIPANTS), *tables_there(folder, SERIES)]


def tables_there(folder: Path, key: str, places: Sequence[str] = PLACES) -> list[str]:
    """Return the paths of the tables of one name that a study folder holds."""
    paths = [f"{place}{key}{suffix}" for place in places for suffix in SUFFIXES]
    return [path for path in paths if (folder / path).exists()]
