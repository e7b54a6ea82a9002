"""How a participant's segmented bones are loaded: by the settings, and its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.finite_elements.ends import CONSTRAINED, FRICTIONLESS
from bonecohort.study.cells import parse_number
from bonecohort.techniques.fe.ufe import ALL, Loading

if TYPE_CHECKING:
    from collections.abc import Mapping

BOUNDARY, POISSON = "fe_boundary", "fe_poisson"
"""Columns of participants.tsv."""
COLUMNS = (BOUNDARY, POISSON)
PER_SERIES = "per_series"
LARGEST_POISSON = 0.5


def loading_of(settings: Mapping[str, Any], cells: Mapping[str, str]) -> Loading:
    """Return how a participant's bones are loaded.

    Parameters
    ----------
    settings
        Of the section ``fe``.
    cells
        The participant's cells of ``COLUMNS``.

    Raises
    ------
    DataFault
        A cell holds what is neither a boundary nor a Poisson's ratio.
    """
    materials = {int(label): float(modulus) for label, modulus in settings["materials"].items()}
    return Loading(
        moduli_mpa=materials or {ALL: settings["modulus_mpa"]},
        poisson=_poisson(cells.get(POISSON, ""), settings["poisson"]),
        boundary=_boundary(settings["boundary"], cells.get(BOUNDARY, "")),
        volume_percent=settings["pistoia_volume_percent"],
        microstrain=settings["pistoia_microstrain"],
    )


def _boundary(declared: str, cell: str) -> str:
    if declared != PER_SERIES:
        return declared
    if cell in ("", CONSTRAINED, FRICTIONLESS):
        return cell or CONSTRAINED
    raise DataFault(
        f"participants.tsv, {BOUNDARY}: {cell!r}; {CONSTRAINED} or {FRICTIONLESS} is expected."
    )


def _poisson(cell: str, declared: float) -> float:
    if not cell:
        return declared
    try:
        result = parse_number(cell)
    except ValueError:
        result = float("nan")
    if 0 <= result < LARGEST_POISSON:
        return result
    raise DataFault(
        f"participants.tsv, {POISSON}: {cell!r}; a number from 0 to less than {LARGEST_POISSON:g} "
        "is expected."
    )
