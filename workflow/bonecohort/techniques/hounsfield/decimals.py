"""The decimals that Hounsfield units are printed with, in tables, pictures and sentences."""

PLANE_DECIMALS = 1
"""Of a region in one plane, and its SD."""
VERTEBRA_DECIMALS = 2
"""Of a vertebra, and of the spine."""
