"""The command line of bonecohort."""

from bonecohort.cli.command_line import INTERRUPTED, main
from bonecohort.cli.job import jobs

__all__ = ["INTERRUPTED", "jobs", "main"]
