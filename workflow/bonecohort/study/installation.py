"""Where this program lies: its library, and the workflow that comes with it."""

from __future__ import annotations

from pathlib import Path

from bonecohort.faults import StudyFault

PACKAGE = Path(__file__).resolve().parents[1]
BUNDLED = PACKAGE / "_workflow"
"""Where a wheel has the workflow (``hatch_build.py``); a checkout has no such folder."""
OF_A_CHECKOUT = Path("workflow/bonecohort/__init__.py")


def workflow_home() -> Path:
    """Return the folder that holds ``Snakefile``, ``workflow``, ``envs`` and ``profiles``.

    Of an installed wheel it lies in the package; of a checkout it is the checkout itself.
    """
    return BUNDLED if BUNDLED.is_dir() else PACKAGE.parents[1]


def refuse_own_folder(study: Path) -> None:
    """Refuse a study folder inside a checkout of bonecohort, or inside the installed package.

    Raises
    ------
    StudyFault
        Where it is: a patient's data would lie among the program's files.
    """
    place = study.resolve()
    for folder in (place, *place.parents):
        if folder == PACKAGE or (folder / OF_A_CHECKOUT).is_file():
            message = f"{place} lies inside the program's own folder, {folder}."
            raise StudyFault(
                [f"{message} Patients' data do not belong there: name another folder."]
            )
