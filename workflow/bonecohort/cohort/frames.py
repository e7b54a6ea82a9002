"""Tables as CSV files, written whole or not at all, and read back with their types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table unrounded, blank for missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    table.to_csv(partial, index=False, lineterminator="\n")
    partial.replace(path)


def read_table(path: Path) -> pd.DataFrame:
    """Read a results table: IDs stay text, only a blank cell is missing ('none' is a word)."""
    table: pd.DataFrame = pd.read_csv(
        path, dtype={"participant_id": str, "reader": str}, keep_default_na=False, na_values=[""]
    )
    return table
