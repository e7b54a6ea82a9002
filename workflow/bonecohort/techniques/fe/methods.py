"""Names of the methods, as in measurements.csv: boundary, law of the modulus and criterion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.fe.laws import CRAWFORD_STRAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

MODALITY = "fe"
READER = "auto"
UFE, VERTEBRA = "fe.ufe", "fe.qct"
CONSTRAINED = "constrained"
USUAL_POISSON = 0.3
VERSION = "v1"


def ufe_method(
    moduli_mpa: Mapping[int, float], boundary: str, poisson: float, criterion: tuple[float, float]
) -> str:
    """Return the method of a segmented model.

    Parameters
    ----------
    moduli_mpa
        Modulus by label; of one label 0, that of all.
    criterion
        Critical volume in % and strain in µε.
    """
    volume, strain = criterion
    named = [
        f"E{modulus:g}" if label == 0 else f"E{label}-{modulus:g}"
        for label, modulus in sorted(moduli_mpa.items())
    ]
    parts = [UFE, *([] if boundary == CONSTRAINED else [boundary])]
    parts += ["pistoia", f"{volume:g}pct", f"{strain:g}ue", *named, *_of_poisson(poisson), VERSION]
    return ".".join(parts)


def vertebra_method(equivalent: str, posterior: str, poisson: float) -> str:
    """Return the method of a vertebra's model, by its density's mineral."""
    cut = ["body"] if posterior == "cut" else []
    criterion = f"crawford{CRAWFORD_STRAIN:g}"
    parts = [VERTEBRA, equivalent, *cut, "pmma", criterion, *_of_poisson(poisson), VERSION]
    return ".".join(parts)


def has_poisson(method: str, poisson: float) -> bool:
    """Whether a method's models have a Poisson's ratio."""
    named = method.removesuffix(f".{VERSION}").split(".nu")[1:]
    return [f"nu{ratio}" for ratio in named] == _of_poisson(poisson)


def _of_poisson(poisson: float) -> list[str]:
    return [] if poisson == USUAL_POISSON else [f"nu{poisson:g}"]
