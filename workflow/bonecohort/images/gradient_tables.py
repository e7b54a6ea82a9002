"""The b values and directions that FSL and dcm2niix write beside a NIfTI file."""

from __future__ import annotations

from pathlib import Path

from bonecohort.faults import DataFault
from bonecohort.images.diffusion import unit_direction
from bonecohort.limits import check_limit
from bonecohort.study.companions import BVAL_ENDING, BVEC_ENDING, path_beside

LARGEST_BYTES = 2**20
"""Of a table of some thousand volumes."""
PARTS = 3


def b_values_beside(image: Path, volumes: int) -> list[float]:
    """Return the b value of each volume, s/mm².

    Raises
    ------
    DataFault
        The file is absent, or does not hold one number a volume.
    """
    rows = _rows(image, BVAL_ENDING)
    if rows is None:
        raise DataFault(
            f"There is no {BVAL_ENDING} file beside the NIfTI image. That file holds "
            "the b value of each volume; dcm2niix writes it."
        )
    values = [number for row in rows for number in row]
    if len(values) != volumes:
        raise DataFault(
            f"The {BVAL_ENDING} file holds {len(values)} b values, the NIfTI image {volumes} "
            "volumes: as many are needed."
        )
    return values


def has_b_values(image: Path) -> bool:
    """Whether there is a file of b values beside an image."""
    return Path(path_beside(str(image), BVAL_ENDING)).is_file()


def directions_beside(image: Path, volumes: int) -> list[list[float] | None]:
    """Return the direction of each volume as a unit vector; None where it has none.

    Raises
    ------
    DataFault
        There is a file, and it does not hold three numbers a volume.
    """
    rows = _rows(image, BVEC_ENDING)
    if rows is None:
        return [None] * volumes
    if len(rows) == PARTS and all(len(row) == volumes for row in rows):
        rows = [list(column) for column in zip(*rows, strict=True)]
    if len(rows) != volumes or any(len(row) != PARTS for row in rows):
        shape = f"{len(rows)} rows of {max(map(len, rows), default=0)}"
        raise DataFault(
            f"The {BVEC_ENDING} file holds {shape} numbers, the NIfTI image {volumes} volumes: "
            f"{PARTS} rows of {volumes} are needed."
        )
    return [unit_direction(row) for row in rows]


def _rows(image: Path, ending: str) -> list[list[float]] | None:
    path = Path(path_beside(str(image), ending))
    if not path.is_file():
        return None
    check_limit(f"The {ending} file has", path.stat().st_size, LARGEST_BYTES, "bytes")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataFault(f"The {ending} file is no text.") from error
    return [
        [_number(word, ending) for word in line.replace(",", " ").split()]
        for line in text.splitlines()
        if line.strip()
    ]


def _number(word: str, ending: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise DataFault(f"The {ending} file holds a word that is no number.") from None
