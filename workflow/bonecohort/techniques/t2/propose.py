"""Which series of an export is the T2 map."""

from __future__ import annotations

from bonecohort.intake.map_rules import map_rules

RULES = map_rules("t2_map", types=("T2 MAP", "T2_MAP"))
