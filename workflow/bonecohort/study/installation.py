"""Where this program lies: its library, and the workflow that comes with it."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
BUNDLED = PACKAGE / "_workflow"
"""Where a wheel has the workflow (``hatch_build.py``); a checkout has no such folder."""


def workflow_home() -> Path:
    """Return the folder that holds ``Snakefile``, ``workflow``, ``envs`` and ``profiles``.

    Of an installed wheel it lies in the package; of a checkout it is the checkout itself.
    """
    return BUNDLED if BUNDLED.is_dir() else PACKAGE.parents[1]


def program_folder() -> Path:
    """Return the folder that is the program's own: the checkout, or the installed package."""
    return PACKAGE if BUNDLED.is_dir() else PACKAGE.parents[1]
