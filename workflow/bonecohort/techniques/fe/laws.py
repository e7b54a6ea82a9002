"""Constants of the models: their materials, the strain of the ends, and when they fail."""

from __future__ import annotations

UFE_STRAIN = -0.01
"""Of a segmented bone; negative for compression."""
CRAWFORD_STRAIN = 0.0068
"""A vertebral body fails at this strain of a linear model.

Crawford RP, Cann CE, Keaveny TM. Bone 2003;33:744-750.
"""
MODULUS_MPA, EXPONENT = 2980.0, 1.05
"""Young's modulus along the spine of 1 g/cm³ of K2HPO4, and the power of the density.

Kopperdahl DL, Morgan EF, Keaveny TM. J Orthop Res 2002;20:801-805.
"""
PMMA_MPA = 2500.0
"""Young's modulus of bone cement."""
