"""Which series of an export is the ADC map."""

from __future__ import annotations

from bonecohort.intake.map_rules import map_rules

RULES = map_rules("adc_map")
