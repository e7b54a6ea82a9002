"""Bone strength by finite elements: of segmented specimens, and of vertebrae on calibrated CT."""
