"""The command line of bonecohort."""

from bonecohort.cli.command_line import main
from bonecohort.cli.job import jobs

__all__ = ["jobs", "main"]
