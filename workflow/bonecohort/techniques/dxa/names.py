"""What the results of DXA are called: modality, sites, measures and methods."""

from __future__ import annotations

from typing import Literal

MODALITY = "dxa"
LEVELS = ("L1", "L2", "L3", "L4")
SPINE = "L1-L4"
SPINE_FROM_L2 = "L2-L4"
SPINES = (SPINE, SPINE_FROM_L2)
NECK, HIP, TROCHANTER, RADIUS = "femoral_neck", "total_hip", "trochanter", "radius_33"
INTERTROCHANTER = "intertrochanter"
"""Read for the area of the total hip; no result of its own."""
SIDED = (NECK, HIP, TROCHANTER, RADIUS)
LOWEST = "lowest"
SIDES = ("left", "right")
SITES = (
    *LEVELS,
    *SPINES,
    *(f"{site}{suffix}" for site in SIDED for suffix in ("", *(f"_{side}" for side in SIDES))),
)

Side = Literal["", "left", "right"]
Measure = Literal["bmd", "bmc", "area", "t_score", "z_score"]
MEASURES: tuple[Measure, ...] = ("bmd", "bmc", "area", "t_score", "z_score")
"""What files give of a region."""
RAW: tuple[Measure, ...] = ("bmd", "bmc", "area")
"""Those that differ between makers."""
SIZES: tuple[Measure, ...] = ("bmc", "area")
SCORES: tuple[Measure, ...] = ("t_score", "z_score")
UNITS = {
    "bmd": "g/cm2",
    "bmc": "g",
    "area": "cm2",
    "sbmd": "mg/cm2",
    "t_score": "1",
    "z_score": "1",
    "who_class": "1",
}

HOLOGIC, LUNAR, NORLAND, UNKNOWN = "hologic", "lunar", "norland", "unknown"
MAKERS = (HOLOGIC, LUNAR, NORLAND)
VENDOR = "dxa.vendor"
REFERENCE = "dxa.reference:"
WHO = "who.lowest"


def maker_method(maker: str) -> str:
    """Return the method of a BMD as a maker's densitometer measured it."""
    return f"dxa.{maker}"


def part_of(site: str) -> str:
    """Return the part of the body that one scan shows."""
    if site in (*LEVELS, *SPINES):
        return "spine"
    return "forearm" if site == RADIUS else "hip"
