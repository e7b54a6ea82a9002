"""The class of the World Health Organization by the lowest T-score."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

from bonecohort.techniques.dxa.names import HIP, NECK, RADIUS, SIDES, SPINE, SPINE_FROM_L2

if TYPE_CHECKING:
    from collections.abc import Mapping

NORMAL, LOW_BONE_MASS, OSTEOPOROSIS = 0, 1, 2
CLASSES = ("normal", "low bone mass", "osteoporosis")
LEAST_NORMAL = Decimal("-1.0")
MOST_OSTEOPOROSIS = Decimal("-2.5")
ONE_DECIMAL = Decimal("0.1")
FLOAT_DIGITS = 9
"""Beyond these a float is not what was divided."""
LEAST_AGE = 50


def _sided(site: str) -> tuple[str, ...]:
    return (site, *(f"{site}_{side}" for side in SIDES))


CENTRAL = (*_sided(HIP), *_sided(NECK))
FOREARM = _sided(RADIUS)


class Lowest(NamedTuple):
    """The lowest T-score, and the site that it is of."""

    site: str
    t_score: float


def lowest_t_score(t_scores: Mapping[str, float]) -> Lowest | None:
    """Return the lowest T-score of spine, total hip and femoral neck, else of the 33% radius.

    Parameters
    ----------
    t_scores
        By site. L2-L4 stands for the spine where L1-L4 is missing.
    """
    spine = SPINE if SPINE in t_scores else SPINE_FROM_L2
    sites = [site for site in (spine, *CENTRAL) if site in t_scores]
    sites = sites or [site for site in FOREARM if site in t_scores]
    if not sites:
        return None
    site = min(sites, key=lambda one: t_scores[one])
    return Lowest(site, t_scores[site])


def who_class(t_score: float) -> int:
    """Return 0 normal, 1 low bone mass, 2 osteoporosis; T is rounded to one decimal before.

    Halves go away from 0, as on printouts.
    """
    rounded = Decimal(str(round(t_score, FLOAT_DIGITS))).quantize(ONE_DECIMAL, ROUND_HALF_UP)
    if rounded >= LEAST_NORMAL:
        return NORMAL
    return OSTEOPOROSIS if rounded <= MOST_OSTEOPOROSIS else LOW_BONE_MASS


def why_no_class(sex: str | None, age_years: float | None, postmenopausal: str | None) -> str:
    """Return why a person's T-score has no class; '' where it has one.

    The classes are those of postmenopausal women, and of men from 50 years on. Where nothing is
    known of the menopause, a woman from 50 years on counts as postmenopausal.

    Parameters
    ----------
    sex
        ``male`` or ``female``; None where it is not known.
    age_years
        None where it is not known.
    postmenopausal
        ``yes`` or ``no``; None where it is not known.
    """
    rule = "the classes are those of postmenopausal women and of men from 50 years on"
    if sex not in ("male", "female"):
        return f"No WHO class: the sex is not known, and {rule}."
    if sex == "female" and postmenopausal is not None:
        return "" if postmenopausal == "yes" else f"No WHO class: not postmenopausal; {rule}."
    if age_years is None:
        return f"No WHO class: the age is not known, and {rule}."
    if age_years >= LEAST_AGE:
        return ""
    if sex == "male":
        return f"No WHO class: a man of {age_years:g} years; {rule}."
    return (
        f"No WHO class: a woman of {age_years:g} years of whom the column postmenopausal says "
        f"nothing; {rule}."
    )
