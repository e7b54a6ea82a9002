"""The tables of NHANES (2005 to 2020) of spine and femur: DXXSPN and DXXFEM.

https://wwwn.cdc.gov/Nchs/Data/Nhanes/Public/2017/DataFiles/P_DXXSPN.htm. Their scans were made with
densitometers of Hologic. Tables of the whole body (DXX), where the lumbar spine is ``DXXLSBMD``,
are not read.
"""

from __future__ import annotations

import re

from bonecohort.techniques.dxa.names import HIP, INTERTROCHANTER, LEVELS, NECK, SPINE, TROCHANTER

ID = "SEQN"
INVALIDITY = "invalidity"
"""A code of why a region is not valid; 0 for a valid one."""
STATUS_OF = {"dxaspnst": "spine", "dxafmrst": "hip"}
"""Columns that say whether a scan is valid, by the part of the body."""
REGIONS = {
    "os": SPINE,
    **{level.lower(): level for level in LEVELS},
    "of": HIP,
    "nk": NECK,
    "tr": TROCHANTER,
    "in": INTERTROCHANTER,
}
MEASURES = {"bmd": "bmd", "bmc": "bmc", "a": "area", "bcc": INVALIDITY}
TOTAL_FEMUR_INVALIDITY = "dxxfmbcc"
HEADING = re.compile(rf"dxx(?P<region>{'|'.join(REGIONS)})(?P<measure>{'|'.join(MEASURES)})")


def region_of_heading(plain: str) -> tuple[str, str] | None:
    """Return the site and measure of a heading in small letters; None for another heading."""
    if plain == TOTAL_FEMUR_INVALIDITY:
        return HIP, INVALIDITY
    match = HEADING.fullmatch(plain)
    return (REGIONS[match["region"]], MEASURES[match["measure"]]) if match else None
