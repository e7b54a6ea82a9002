"""T-scores from a declared reference population, else those of the export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bonecohort.techniques.dxa.names import REFERENCE, SIDES, SPINES, VENDOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.techniques.dxa.names import Measure
    from bonecohort.techniques.dxa.settings import Reference

OF_SPINE = "spine"
Score = tuple[float, str]


def t_score(
    site: str,
    maker: str,
    values: Mapping[Measure, float],
    references: Mapping[str, Reference],
) -> Score | None:
    """Return the T-score of a site with its method; None where there is none.

    It is (BMD − mean) / SD of the reference population that is declared for the region and maker.
    Without one, or without a BMD, it is the T-score of the export.
    """
    reference = reference_of(site, maker, references)
    if reference and "bmd" in values:
        return (values["bmd"] - reference.mean) / reference.sd, method_of(reference)
    return (values["t_score"], VENDOR) if "t_score" in values else None


def reference_of(site: str, maker: str, references: Mapping[str, Reference]) -> Reference | None:
    """Return the reference population of a site; single vertebrae have none."""
    result = references.get(OF_SPINE if site in SPINES else without_side(site))
    return result if result and result.make in ("", maker) else None


def method_of(reference: Reference) -> str:
    """Return the method of T-scores from a reference population: ``dxa.reference:NHANES_III``."""
    return f"{REFERENCE}{re.sub(r'[^A-Za-z0-9.-]+', '_', reference.name).strip('_')}"


def without_side(site: str) -> str:
    """Return a site without its side."""
    for side in SIDES:
        site = site.removesuffix(f"_{side}")
    return site
