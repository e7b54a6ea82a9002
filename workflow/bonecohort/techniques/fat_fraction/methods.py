"""Names of the methods of a fat fraction, and of the modality, as in measurements.csv."""

from __future__ import annotations

MODALITY = "mr_fat"
VENDOR_MAP = "pdff.vendor_map.v1"
WATER_FAT = "pdff.water_fat.v1"
SIGNAL = "sff.water_fat.v1"
R2STAR_MAP = "r2star.vendor_map.v1"
PDFF_METHODS = (VENDOR_MAP, WATER_FAT)
"""Methods that give a PDFF, in the order in which they are taken."""
