"""Which number is which vertebra: the published label schemes, and how one is chosen.

A number alone means nothing: 20 is L3 to TotalSegmentator's first version and L1 to VerSe. The
scheme is declared, or named by the file itself, and never guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES: Mapping[str, Mapping[str, int]] = {
    "totalsegmentator_v2": {
        "T11": 33, "T12": 32, "L1": 31, "L2": 30, "L3": 29, "L4": 28, "L5": 27, "S1": 26,
    },
    "totalsegmentator_v1": {"T12": 23, "L1": 22, "L2": 21, "L3": 20, "L4": 19, "L5": 18},
    "verse": {
        "T11": 18, "T12": 19, "T13": 28, "L1": 20, "L2": 21, "L3": 22, "L4": 23, "L5": 24,
        "L6": 25, "sacrum": 26,
    },
    "totalspineseg": {
        "L1": 41, "L2": 42, "L3": 43, "L4": 44, "L5": 45, "L6": 46, "sacrum": 50,
    },
    "totalsegmentator_mr": {"L1": 6, "L2": 5, "L3": 4, "L4": 3, "L5": 2, "sacrum": 1},
}  # fmt: skip

HEAD_TO_FOOT = ("T11", "T12", "T13", "L1", "L2", "L3", "L4", "L5", "L6")
LEVEL_IN_NAME = re.compile(r"(?:^|[^A-Za-z0-9])(T1[0-3]|T[1-9]|L[1-6]|S1|sacrum)$", re.IGNORECASE)
HOW_TO_DECLARE = (
    f"write vertebrae.label_scheme in config.yaml, or label_scheme in series.tsv; give one "
    f"of {', '.join(SCHEMES)}, or in config.yaml a map such as {{L1: 31, L2: 30}}"
)


def level_of_name(name: str) -> str | None:
    """Return the level that a label's name ends in (``vertebrae_L1`` is ``L1``), if any."""
    match = LEVEL_IN_NAME.search(name.strip())
    if match is None:
        return None
    level = match.group(1)
    return "sacrum" if level.lower() == "sacrum" else level.upper()


def levels_named(names_in_file: Mapping[int, str] | None) -> dict[str, int]:
    """Return level → number from the names in a file; empty when it names no vertebra.

    Raises
    ------
    DataFault
        Two numbers carry the same level's name.
    """
    numbers: dict[str, int] = {}
    for number, name in (names_in_file or {}).items():
        level = level_of_name(name)
        if level is None:
            continue
        if level in numbers:
            message = f"The label map names both {numbers[level]} and {number} {level}."
            raise DataFault(message)
        numbers[level] = number
    return numbers


def declared_numbers(declared: str | Mapping[str, int]) -> dict[str, int]:
    """Return level → number of a declared scheme, by name or as the map itself."""
    if not isinstance(declared, str):
        return dict(declared)
    if declared not in SCHEMES:
        message = f"The label scheme {declared!r} is not known: {HOW_TO_DECLARE}."
        raise DataFault(message)
    return dict(SCHEMES[declared])


def resolve_scheme(
    declared: str | Mapping[str, int] | None, names_in_file: Mapping[int, str] | None
) -> dict[str, int]:
    """Choose the numbering of a label map: level → number in the file.

    The declared scheme is used, and checked against the names in the file when there are any;
    undeclared, the names decide.

    Raises
    ------
    DataFault
        Neither a declaration nor names; or the two contradict each other.
    """
    named = levels_named(names_in_file)
    if declared is None:
        if not any(level.startswith("L") for level in named):
            message = (
                "The label map names no lumbar vertebra and its numbering is not declared: "
                f"{HOW_TO_DECLARE}."
            )
            raise DataFault(message)
        return named
    numbers = declared_numbers(declared)
    by_number = {number: level for level, number in named.items()}
    for level in HEAD_TO_FOOT:
        number = numbers.get(level)
        if number is None:
            continue
        in_file = by_number.get(number, level)
        if in_file != level or named.get(level, number) != number:
            what = declared if isinstance(declared, str) else "declared"
            names = f"{number} is {in_file}" if in_file != level else f"{level} is {named[level]}"
            message = (
                f"The {what} label scheme says that {level} is {number}, but the names in the "
                f"label map say that {names}. To declare it, {HOW_TO_DECLARE}."
            )
            raise DataFault(message)
    return numbers
