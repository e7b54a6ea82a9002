"""The profiles that come with the workflow, chosen by name, and what they need installed."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault
from bonecohort.study.installation import workflow_home

if TYPE_CHECKING:
    from collections.abc import Sequence

OPTION = "--workflow-profile"
EXECUTOR_OPTIONS = ("--executor", "-e")
SLURM = "slurm"
"""Name of the executor, and of the profile that chooses it."""
SLURM_PLUGIN = "snakemake_executor_plugin_slurm"
INSTALL_SLURM = (
    "Submitting to SLURM needs snakemake-executor-plugin-slurm, which is not installed; install it "
    "with: pip install 'bonecohort[slurm]' (or: uv sync --extra slurm)."
)


def with_profile(options: Sequence[str]) -> list[str]:
    """Return Snakemake's options with a profile: the one they name, else the default one.

    ``--workflow-profile NAME`` is the workflow's own profile of that name, unless a folder of
    that name is there.

    Raises
    ------
    StudyFault
        Where the options ask for SLURM and its plugin is not installed.
    """
    result = [*options]
    profile = _value_of(result, (OPTION,))
    own = workflow_home() / "profiles"
    if profile is None:
        result = [OPTION, str(own / "default"), *result]
    elif (own / profile).is_dir() and not Path(profile).exists():
        result += [OPTION, str(own / profile)]  # the last one counts
    asks_for_slurm = SLURM in (_value_of(result, EXECUTOR_OPTIONS), Path(profile or "").name)
    if asks_for_slurm and find_spec(SLURM_PLUGIN) is None:
        raise StudyFault([INSTALL_SLURM])
    return result


def names_profile(options: Sequence[str]) -> bool:
    """Whether some options of Snakemake's name a profile, which then says how many cores."""
    return _value_of(options, (OPTION,)) is not None


def _value_of(options: Sequence[str], names: Sequence[str]) -> str | None:
    """Return the last value that some options give to an option of Snakemake's."""
    result = None
    for option, following in zip_longest(options, options[1:]):
        name, equals, value = option.partition("=")
        if name in names:
            result = value if equals else following
    return result
