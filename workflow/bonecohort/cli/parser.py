"""The commands, their arguments and their help."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from bonecohort import __version__
from bonecohort.cli import guides, runs, studies
from bonecohort.cli.help_texts import DESCRIPTION, EXAMPLES, START
from bonecohort.cli.words import CORES

if TYPE_CHECKING:
    from collections.abc import Callable

DEMO_PARTICIPANTS = 24
DEMO_SEED = 1
WIDTH = 78
SHELLS = ("bash", "zsh", "fish")


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, with examples as they are written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=16)


class Commands:
    """The commands' parsers, by name."""

    def __init__(self) -> None:
        self.parser = argparse.ArgumentParser(
            prog="bonecohort", description=DESCRIPTION, epilog=START, allow_abbrev=False,
            formatter_class=_Help,
        )  # fmt: skip
        self.parser.add_argument("--version", action="version", version=f"bonecohort {__version__}")
        self.known: dict[str, argparse.ArgumentParser] = {}
        self._added = self.parser.add_subparsers(dest="command", required=True, title="commands",
                                                 metavar="COMMAND")  # fmt: skip

    def add(
        self, name: str, act: Callable[[argparse.Namespace], int], words: str, more: str = ""
    ) -> argparse.ArgumentParser:
        """Add a command: what does it, its help in one line, and what its own page adds."""
        command = self._added.add_parser(
            name, help=words, description=fill(f"{words[0].upper()}{words[1:]}. {more}", WIDTH),
            epilog=f"examples:\n{EXAMPLES[name]}\n", allow_abbrev=False, formatter_class=_Help,
        )  # fmt: skip
        command.set_defaults(act=act)
        self.known[name] = command
        return command


def command_parser() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """Return the parser of the command line, and that of each command."""
    commands = Commands()
    _add_beginnings(commands)
    _add_runs(commands)
    _add_guides(commands)
    return commands.parser, commands.known


def _add_beginnings(commands: Commands) -> None:
    new = commands.add("new", studies.new_study, "write an empty study to fill in, without DICOM")
    _add_study(new, "folder to write to; nothing is overwritten")
    demo = commands.add("demo", studies.write_demo, "write a synthetic study with known truth")
    _add_study(demo, "folder to write to; nothing is overwritten")
    demo.add_argument("--participants", type=int, default=DEMO_PARTICIPANTS, metavar="N",
                      help=f"number of participants; {DEMO_PARTICIPANTS} by default")  # fmt: skip
    demo.add_argument("--seed", type=int, default=DEMO_SEED, metavar="N",
                      help="decides every number of the study; 1 by default")  # fmt: skip
    _add_jobs(demo)
    init = commands.add("init", studies.propose_study, "propose a study from a DICOM export",
                        "The export may have any shape.")  # fmt: skip
    init.add_argument("root", type=Path, metavar="EXPORT", help="folder of the export; only read")
    _add_study(init, "the study folder; edits in it are kept")
    init.add_argument(
        "--kind",
        action="append",
        metavar="KIND",
        help="propose this kind, too, such as t1_sagittal; may be given again",
    )
    _add_jobs(init)
    fetch = commands.add("fetch", studies.fetch_studies, "fetch studies from a PACS",
                         "A table lists the studies.")  # fmt: skip
    fetch.add_argument("server", type=Path, metavar="SERVER", help="YAML file: how to reach it")
    fetch.add_argument("table", type=Path, metavar="TABLE", help="the studies; keep it private")
    fetch.add_argument("folder", type=Path, metavar="FOLDER", help="where the images go")


def _add_runs(commands: Commands) -> None:
    check = commands.add(
        "check", runs.check, "check a study's files; run nothing",
        "It reads config, tables and readings, and looks for every path.",
    )  # fmt: skip
    _add_study(check)
    check.add_argument(
        "--fix", action="store_true",
        help="propose the declarations that the participants table needs; write them to "
        "config/config.yaml, or beside it where that declares variables already",
    )  # fmt: skip
    hand_on = "Further options are Snakemake's; the study then comes first."
    plan = commands.add("plan", runs.plan, "show what the next run would do, and why", hand_on)
    _add_study(plan)
    run = commands.add("run", runs.run, "run a study, up to its report", hand_on)
    _add_study(run)
    run.add_argument(CORES, metavar="N", help="processor cores to use; all by default")
    status = commands.add("status", runs.status, "show what is done, failed and left")
    _add_study(status)
    status.add_argument("--json", action="store_true", help="for programs")
    clean = commands.add("clean", runs.clean, "remove results of people who left the study",
                         "Without --yes it only lists the files.")  # fmt: skip
    _add_study(clean)
    clean.add_argument("--yes", action="store_true", help="remove the files")


def _add_guides(commands: Commands) -> None:
    settings = commands.add(
        "settings", guides.print_settings, "print every setting, with its default"
    )
    settings.add_argument("--schema", action="store_true", help="as a JSON schema, for editors")
    commands.add("where", guides.print_where, "print the folder of the workflow",
                 "It holds the Snakefile, the profiles and the environments.")  # fmt: skip
    completion = commands.add(
        "completion", guides.print_completion, "print a script that completes words by the Tab key"
    )
    completion.add_argument("shell", choices=SHELLS)


def _add_study(command: argparse.ArgumentParser, words: str = "the study folder") -> None:
    command.add_argument("study", type=Path, nargs="?", metavar="STUDY",
                         help=f"{words}; the current folder by default")  # fmt: skip


def _add_jobs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                         help="processes to work with; one a core by default")  # fmt: skip
