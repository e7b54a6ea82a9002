"""The words of a command as typed: which is the study, and what a mistyped one may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cli.parser import CORES, TAKING_MORE

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping, Sequence

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


def check_words(
    parser: ArgumentParser, commands: Mapping[str, ArgumentParser], words: Sequence[str]
) -> None:
    """End the program where a command or an option is unknown, and name the nearest one."""
    if not words or words[0].startswith("-") or words[0] == "job":
        return
    from bonecohort.study.suggestions import did_you_mean, nearest  # no job needs it

    command, *rest = words
    if command not in commands:
        parser.error(f"unknown command '{command}'; {did_you_mean(command, _public(commands))}")
    if command in TAKING_MORE:
        return
    own = commands[command]
    options = [one for action in own._actions for one in action.option_strings]  # noqa: SLF001
    known = [one for one in options if one.startswith("--")]
    for word in rest:
        option = word.partition("=")[0]
        if option.startswith("--") and option not in known and option != "--":
            guess = nearest(option, known)
            own.error(f"unknown option '{option}'; " + (
                f"did you mean '{guess}'?" if guess else f"known are: {', '.join(known)}."
            ))  # fmt: skip


def _public(commands: Mapping[str, ArgumentParser]) -> list[str]:
    return [name for name in commands if name != "job"]
