"""Commands that print what bonecohort knows of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def print_settings(options: argparse.Namespace) -> int:
    """Print the guide to config.yaml, or its schema."""
    if options.schema:
        from bonecohort.study.settings_schema import schema_text

        print(schema_text(), end="")
        return 0
    from bonecohort.study.settings_guide import settings_guide

    print(settings_guide(), end="")
    return 0


def print_where(_: argparse.Namespace) -> int:
    """Print the folder of the workflow."""
    from bonecohort.study.installation import workflow_home

    print(workflow_home())
    return 0


def print_completion(options: argparse.Namespace) -> int:
    """Print the script that completes commands and options in a shell."""
    from bonecohort.cli.completion import completion_script

    print(completion_script(options.parser, options.commands.values(), options.shell))
    return 0
