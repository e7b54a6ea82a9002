"""Names of the methods of a fat fraction, and of the modality, as in measurements.csv."""

from __future__ import annotations

MODALITY = "mr_fat"
VENDOR_MAP = "pdff.vendor_map.v1"
COMPLEX = "pdff.complex.v1"
MAGNITUDE = "pdff.magnitude.v1"
WATER_FAT = "pdff.water_fat.v1"
SIGNAL = "sff.water_fat.v1"
R2STAR_MAP = "r2star.vendor_map.v1"
R2STAR_COMPLEX = "r2star.complex.v1"
R2STAR_MAGNITUDE = "r2star.magnitude.v1"
ECHOES = "multi_echo_gre"
"""Kind of the echoes in series.tsv."""
PDFF_METHODS = (VENDOR_MAP, COMPLEX, MAGNITUDE, WATER_FAT)
"""Methods that give a PDFF, in the order in which they are taken."""
R2STAR_METHODS = (R2STAR_MAP, R2STAR_COMPLEX, R2STAR_MAGNITUDE)
"""Methods that give R2*, likewise."""
