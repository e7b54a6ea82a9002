"""The words of a command as typed: which is the study, and what a mistyped one may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.suggestions import did_you_mean, nearest

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping, Sequence

CORES = "--cores"
TAKING_MORE = ("run", "plan")
"""Commands that hand options they do not know on to Snakemake."""
HERE = "."
HELP = frozenset(("-h", "--help"))


def without_snakemakes(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the words of a command from those that are Snakemake's, which keep their order.

    The study stands first, or after ``--cores``. Where an option stands there, it is the current
    folder: ``run --config part=2/5`` has no study called part=2/5.

    Returns
    -------
    own, more
        The command and its study; all that follows.
    """
    if not words or words[0] not in TAKING_MORE:
        return [*words], []
    command, *rest = words
    if not HELP.isdisjoint(rest):
        return [command, "--help"], []
    cores, rest = split_cores(rest)
    if not rest or rest[0].startswith("-"):
        return [command, HERE], [*cores, *rest]
    return [command, rest[0]], [*cores, *rest[1:]]


def split_cores(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the number of cores, where it comes first, from the words after it."""
    cores: list[str] = []
    rest = [*words]
    while rest and rest[0].partition("=")[0] == CORES:
        count = 1 if "=" in rest[0] else 2
        cores, rest = [*cores, *rest[:count]], rest[count:]
    return cores, rest


def check_words(
    parser: ArgumentParser, commands: Mapping[str, ArgumentParser], words: Sequence[str]
) -> None:
    """End the program where a command or an option is unknown, and name the nearest one."""
    if not words or words[0].startswith("-"):
        return
    command, *rest = words
    if command not in commands:
        parser.error(f"unknown command '{command}'; {did_you_mean(command, commands)}")
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
