"""Results that Snakemake is told to make again, as it does with those of a job that was cut off.

Removing a result would not do: Snakemake does not miss one while all that was made of it is there.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from pathlib import Path

METADATA, INCOMPLETE = Path(".snakemake/metadata"), Path(".snakemake/incomplete")
"""Snakemake's records of finished results, and its marks of unfinished ones, of the same names."""
NAME_LENGTH = 254


def mark_unfinished(result: Path) -> None:
    """Mark a result, a path below the study folder, for the run that begins in this process."""
    _mark(_name_of(result))


def forget_record(result: Path) -> None:
    """Remove what Snakemake keeps of a result that was taken away, its inputs' paths among it."""
    for folder in (METADATA, INCOMPLETE):
        (folder / _name_of(result)).unlink(missing_ok=True)


def doubt_lost_records() -> None:
    """Mark the results of which Snakemake's own record did not reach the disk.

    Without it Snakemake would take such a result as up to date for ever, whatever changed.
    """
    for record in METADATA.rglob("*"):
        if record.is_file() and not record.read_bytes().endswith(b"}"):
            _mark(record.relative_to(METADATA))


def _name_of(result: Path) -> Path:
    encoded = urlsafe_b64encode(str(result).encode()).decode()
    parts = [encoded[at : at + NAME_LENGTH] for at in range(0, len(encoded), NAME_LENGTH)]
    return Path(*(f"@{part}" for part in parts[:-1]), parts[-1])


def _mark(name: Path) -> None:
    mark = INCOMPLETE / name
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text("{}", encoding="utf-8")
