"""Flags of echoes that water, fat and R2* do not explain."""

from __future__ import annotations

RESIDUAL = "residual: {left:.1%} (limit {limit:.0%})"
LARGEST_RESIDUAL = 0.05


def residual_flags(left: float) -> list[str]:
    """Return a flag where the fit leaves too large a share of the signal."""
    if left <= LARGEST_RESIDUAL:
        return []
    return [RESIDUAL.format(left=left, limit=LARGEST_RESIDUAL)]
