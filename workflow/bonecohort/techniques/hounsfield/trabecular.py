"""What Hounsfield units trabecular bone can have."""

from __future__ import annotations

LOWEST_HU, HIGHEST_HU = -150.0, 800.0
"""Between them lies the mean of any region of trabecular bone.

Marrow of fat alone is fat, -150 to -50 HU; the most porous vertebrae have about -60. Healthy ones
reach 350. Osteoblastic metastases have a mean of 650, and a bone island, which no region of
trabecular bone may hold, has one above 885 (Ulano et al. 2016, AJR 207:362).
"""
EXPECTED = (
    f"a region of trabecular bone has {LOWEST_HU:g} to {HIGHEST_HU:g} HU, most have 50 to 250"
)
