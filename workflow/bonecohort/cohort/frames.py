"""Tables as CSV files, written whole or not at all, and read back with their types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table unrounded, blank for missing."""
    with whole_file(path) as unfinished:
        table.to_csv(unfinished, index=False, lineterminator="\n")


def read_table(path: Path, categories: Iterable[str] = ()) -> pd.DataFrame:
    """Read a results table: only a blank cell is missing ('none' is a word).

    IDs and the columns named as categories stay text, also when they look like numbers.
    """
    text = dict.fromkeys(("participant_id", "reader", *categories), str)
    table: pd.DataFrame = pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""])
    return table
