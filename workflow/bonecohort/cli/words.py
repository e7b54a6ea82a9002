"""The words of a command as typed: which of them is the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cli.parser import CORES, TAKING_MORE

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = "."


def with_study_first(words: Sequence[str]) -> list[str]:
    """Return a command with its study named, where further words may be Snakemake's.

    The study stands first, or after ``--cores``; where an option stands there, it is the current
    folder: ``run --config part=2/5`` has no study called part=2/5.
    """
    if not words or words[0] not in TAKING_MORE:
        return [*words]
    command, *rest = words
    own: list[str] = []
    while rest and rest[0].partition("=")[0] == CORES:
        count = 1 if "=" in rest[0] else 2
        own, rest = [*own, *rest[:count]], rest[count:]
    if not rest or rest[0].startswith("-"):
        rest = [*rest] if set(rest) & {"-h", "--help"} else [HERE, *rest]
    return [command, *own, *rest]
