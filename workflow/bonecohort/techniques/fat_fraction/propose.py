"""Which series of an export are the maps of water and fat, and of relaxation.

Water and fat of a spin echo are no proton densities: many clinical T2 are Dixon images.
"""

from __future__ import annotations

from bonecohort.intake.map_rules import map_rules

RULES = {
    **map_rules("fat_fraction"),
    **map_rules("water_image", of_gradient_echo=True),
    **map_rules("fat_image", of_gradient_echo=True),
    **map_rules("r2star"),
    **map_rules("t2star"),
}
