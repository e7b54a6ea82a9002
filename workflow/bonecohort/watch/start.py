"""How the workflow of this checkout is started on a study."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault
from bonecohort.watch.handler import PLAN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHECKOUT = Path(__file__).resolve().parents[3]


def run_command(study: Path, options: Sequence[str]) -> list[str]:
    """Return the plain Snakemake command that runs a study with this checkout's workflow.

    Raises
    ------
    StudyFault
        Where the library was installed without the workflow.
    """
    snakefile, profile = CHECKOUT / "Snakefile", CHECKOUT / "profiles" / "default"
    if not snakefile.is_file():
        raise StudyFault([f"{snakefile} is missing; run bonecohort from its checkout."])
    return [
        sys.executable, "-m", "snakemake", "--snakefile", str(snakefile),
        "--workflow-profile", str(profile), "--directory", str(study), *options,
    ]  # fmt: skip


def plan_command(study: Path, options: Sequence[str]) -> list[str]:
    """Return the command that plans a run; under :func:`plan_environment` it prints plain words.

    Quiet about exactly these two, Snakemake ends when the plan is made.
    """
    dry = ["--dry-run", "--cores", "1", "--quiet", "rules", "progress"]
    return run_command(study, [*dry, *options])


def plan_environment() -> Mapping[str, str]:
    """Return this process's environment with the wish for plain words."""
    return os.environ | {PLAN_VARIABLE: "1"}
