"""Areal bone mineral density by DXA: what is declared of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.techniques.declare import (
    Kind,
    Measure,
    Method,
    Readings,
    Sites,
    SiteValue,
    Technique,
)
from bonecohort.techniques.dxa.names import (
    LOWEST,
    MAKERS,
    MODALITY,
    SITES,
    SPINE,
    UNKNOWN,
    VENDOR,
    WHO,
    maker_method,
)
from bonecohort.techniques.dxa.sbmd import HUI1997, LU2001
from bonecohort.techniques.dxa.settings import DxaSettings
from bonecohort.techniques.dxa.who import CLASSES, OSTEOPOROSIS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.techniques.declare import AllSettings

LABELS = {
    "bmd": "BMD",
    "bmc": "BMC",
    "area": "area",
    "sbmd": "sBMD",
    "t_score": "T-score",
    "z_score": "Z-score",
}
OF_SEVERAL = (SPINE, "L2-L4")
LOWEST_T_SCORE = "dxa_t_score"
WHO_CLASS = "dxa_who_class"
IS_OSTEOPOROSIS = "dxa_osteoporosis"


def site_words(site: str) -> str:
    """Return what a site is called in a label: ``total hip, left``."""
    for side in ("left", "right"):
        if site.endswith(f"_{side}"):
            return f"{site_words(site.removesuffix(f'_{side}'))}, {side}"
    return "33% radius" if site == "radius_33" else site.replace("_", " ")


def _variables(_: AllSettings) -> tuple[SiteValue, ...]:
    return tuple(_values())


def _values() -> Iterator[SiteValue]:
    """Yield the spine's value of each measure, the lowest T-score, each site's, and the class."""
    for measure, label in LABELS.items():
        name = f"{MODALITY}_{measure}"
        if measure == "t_score":
            lowest = f"Lowest {label} (DXA)"
            yield SiteValue(name, measure, LOWEST, lowest, is_of_several=True)
        else:
            yield SiteValue(name, measure, SPINE, f"Spine {label} (DXA)", is_of_several=True)
        for site in SITES:
            yield SiteValue(
                f"{name}_{site}",
                measure,
                site,
                f"{label} (DXA), {site_words(site)}",
                is_of_several=site in OF_SEVERAL,
            )
    classes = tuple(enumerate(CLASSES))
    yield SiteValue(WHO_CLASS, "who_class", LOWEST, "WHO class (DXA)", classes, is_of_several=True)
    yes_no = tuple((one, "yes" if one == OSTEOPOROSIS else "no") for one, _ in classes)
    yield SiteValue(
        IS_OSTEOPOROSIS, "who_class", LOWEST, "Osteoporosis by DXA", yes_no, is_of_several=True
    )


TECHNIQUE = Technique(
    "dxa",
    section="bmd",
    settings=DxaSettings,
    doing="reading DXA",
    modality=MODALITY,
    sites=Sites("regions", names=SITES),
    kinds=(Kind("dxa", "DXA export", Readings()),),
    measures=(
        Measure("bmd", "BMD", "g/cm2", 3, (0.2, 2.5), "lower is worse"),
        Measure("bmc", "BMC", "g", 2, direction="lower is worse"),
        Measure("area", "Area", "cm2", 2),
        Measure("sbmd", "sBMD", "mg/cm2", 0, direction="lower is worse"),
        Measure("t_score", "T-score", range=(-8, 8), direction="lower is worse"),
        Measure("z_score", "Z-score", range=(-8, 8), direction="lower is worse"),
        Measure("who_class", "WHO class (0 normal, 1 low bone mass, 2 osteoporosis)", decimals=0),
    ),
    methods=(
        *(Method(maker_method(one), f"a densitometer by {one.capitalize()}") for one in MAKERS),
        Method(maker_method(UNKNOWN), "a densitometer whose maker the file does not name"),
        Method(VENDOR, "scores as the densitometer exported them"),
        Method(HUI1997, "standardized BMD of spine or total hip (Hui et al. 1997)"),
        Method(LU2001, "standardized BMD of femoral neck or trochanter (Lu et al. 2001)"),
        Method(WHO, "the WHO class by the lowest T-score"),
    ),
    variables=_variables,
    computed_from=((WHO_CLASS, (LOWEST_T_SCORE,)), (IS_OSTEOPOROSIS, (WHO_CLASS, LOWEST_T_SCORE))),
    columns=("postmenopausal", "ct_date"),
    readings="readings",
    pooling="pooling",
    flags="flags",
    report="report",
    demo="demo",
)
