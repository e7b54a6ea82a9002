"""Areal bone mineral density by DXA, from the exports of densitometers."""
